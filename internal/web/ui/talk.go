package ui

import (
	"regexp"
	"strconv"
	"time"

	"github.com/a-h/templ"
)

// Talk is a conversation: what was said, and a form to say more. Where scripts run, what is new comes by itself and sending
// leaves the page alone.
type Talk struct {
	ID     string // unique in the page
	Label  string // what it is, for screen readers
	Lines  []TalkLine
	Empty  string      // what stands there before anything was said
	Older  string      // the address of what was said before; empty for none
	Topic  string      // of what is new; empty where nothing is told
	Fresh  string      // the path of the lines after ?after=
	Seen   string      // takes how far was read, by POST; empty where that is not kept
	Action string      // takes a message by POST; empty where none may be sent
	Off    string      // why none may be sent
	Draft  TalkDraft   // what the form holds
	Saved  []TalkSaved // texts to begin with; nothing is drawn for none
}

// TalkLine is one thing that was said, or that happened.
type TalkLine struct {
	Seq  int64
	Mine bool // by the reader's side
	Who  string
	At   time.Time
	Day  string // the date, on the first line of a day; empty on others
	Text string
	Note bool // it happened and was not said: "Solved"
	Page Link // the page it was written on; nothing is drawn for the zero value
}

// TalkDraft is what a form of a conversation holds.
type TalkDraft struct {
	ClientID string // the message's name, so that sending it twice is sending it once
	Text     string
	Wrong    string // what is wrong with it
	Label    string // of the field
	Longest  int
}

// TalkSaved is a text that the form can begin with.
type TalkSaved struct {
	Title string
	Text  string
	Href  string // the page with the text in its form, for where no scripts run
}

// ChatView is the conversation in the corner of every page: a link to its page, and, where scripts run, a panel that opens over
// any page and stays while the reader goes on.
type ChatView struct {
	Text  string // "Support"
	Href  string // the page of the conversation
	Panel string // the path of what the panel holds; empty where the link is all there is
	Count ChatCount
	Here  string // where, by POST, the page says that its reader is there; empty for nowhere
}

// ChatCount is how much is new; a live update replaces it.
type ChatCount struct {
	N       int
	Text    string // what it counts, for screen readers: "unread answers"
	Topic   string
	Refresh string
}

// ChatHead stands above a conversation: who is there, and how soon they answer.
type ChatHead struct {
	There   bool
	Text    string // "Somebody is here"
	Note    string // "usually answers in 4 min"; empty where that is not known
	Refresh string // the path of the head alone
}

// articles finds addresses of the knowledge base in a text.
var articles = regexp.MustCompile(`/help/[a-z0-9][a-z0-9-]*`)

// TextPart is a piece of a text; with Href it leads to an article.
type textPart struct{ Text, Href string }

// linked splits a text at the addresses of articles, which are all that becomes a link: what strangers write leads nowhere
// else.
func linked(text string) (parts []textPart) {
	at := 0
	for _, span := range articles.FindAllStringIndex(text, -1) {
		if span[0] > 0 && text[span[0]-1] != ' ' && text[span[0]-1] != '\n' && text[span[0]-1] != '(' {
			continue
		}
		parts = append(parts, textPart{Text: text[at:span[0]]}, textPart{text[span[0]:span[1]], text[span[0]:span[1]]})
		at = span[1]
	}
	return append(parts, textPart{Text: text[at:]})
}

func (l TalkLine) class() string {
	switch {
	case l.Note:
		return "talk-line talk-note"
	case l.Mine:
		return "talk-line talk-mine"
	}
	return "talk-line"
}

func (l TalkLine) seq() string { return strconv.FormatInt(l.Seq, 10) }

// WholePage keeps a form or link from being swapped into the page: it is sent by a script of its own, or its answer is
// another page altogether.
func WholePage() templ.Attributes { return templ.Attributes{"hx-boost": "false"} }
