package gallery

import (
	"time"

	"bellwether/internal/web/ui"
)

// conversation is a short one, of both sides.
func (s sample) conversation() ui.Talk {
	at := s.v.Now.Add(-time.Hour)
	return ui.Talk{
		ID: "sample-talk", Label: s.texts.talk, Older: Root, Action: Root + "/refuse",
		Lines: []ui.TalkLine{
			{Seq: 1, Who: s.texts.person, At: at, Day: s.v.DateLong(s.v.Today()), Text: s.texts.why + "\n/help/balance", Page: ui.Link{Text: s.texts.section, Href: Root}},
			{Seq: 2, Mine: true, Who: s.texts.agency, At: at.Add(time.Minute), Text: s.texts.lead},
			{Seq: 3, Note: true, At: at.Add(2 * time.Minute), Text: s.texts.answered},
		},
		Draft: ui.TalkDraft{ClientID: "sample", Label: s.texts.note, Longest: 400, Wrong: s.texts.wrong},
		Saved: []ui.TalkSaved{{Title: s.texts.done, Text: s.texts.hint, Href: Root}},
	}
}

// marked is a text in which something was found.
func (s sample) marked() []ui.Mark {
	return []ui.Mark{{Text: s.texts.lead + " "}, {Text: s.texts.balance, Hit: true}, {Text: " " + s.texts.why}}
}
