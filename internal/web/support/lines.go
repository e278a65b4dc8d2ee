package support

import (
	"context"
	"slices"

	"bellwether/internal/account"
	"bellwether/internal/civil"
	"bellwether/internal/store"
	talk "bellwether/internal/support"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

const (
	shownLines = 60  // on a page
	freshLines = 500 // at once, to an open page that was away
)

// teller writes the messages of one conversation for one side.
type teller struct {
	v    *cabinet.Visit
	side talk.Side // of the reader
}

// tell turns messages into lines; before is the one before them, for where days begin.
func (t teller) tell(ctx context.Context, q store.Querier, messages []talk.Message, before *talk.Message) ([]ui.TalkLine, error) {
	names, err := namesOf(ctx, q, messages)
	if err != nil {
		return nil, err
	}
	var last civil.Date
	if before != nil {
		last = civil.DateIn(before.At, t.v.Zone())
	}
	lines := make([]ui.TalkLine, len(messages))
	for i, m := range messages {
		lines[i] = t.line(m, names[m.Author].Name)
		if day := civil.DateIn(m.At, t.v.Zone()); day != last {
			lines[i].Day, last = t.v.DateLong(day), day
		}
	}
	return lines, nil
}

func (t teller) line(m talk.Message, name string) ui.TalkLine {
	l := ui.TalkLine{Seq: m.Seq, Mine: m.Side == t.side, Who: name, At: m.At, Text: m.Body}
	switch m.Kind {
	case talk.Solved:
		l.Note, l.Text = true, t.v.T("support.note_solved")
	case talk.Reopened:
		l.Note, l.Text = true, t.v.T("support.note_reopened")
	case talk.Text:
		if t.side == talk.Operator && m.Page != "" {
			l.Page = ui.Link{Text: m.Page, Href: m.Page}
		}
		if t.side == talk.Customer && l.Mine {
			l.Who = t.v.T("support.you")
		}
	}
	return l
}

func namesOf(ctx context.Context, q store.Querier, messages []talk.Message) (map[account.UserID]account.User, error) {
	var people []account.UserID
	for _, m := range messages {
		if !slices.Contains(people, m.Author) {
			people = append(people, m.Author)
		}
	}
	return account.Users(ctx, q, people)
}

// after gives the lines after one.
func (t teller) after(ctx context.Context, q store.Querier, c talk.Conversation, seq int64) ([]ui.TalkLine, error) {
	messages, err := c.MessagesFrom(ctx, q, max(1, seq), freshLines)
	if err != nil || len(messages) == 0 {
		return nil, err
	}
	var before *talk.Message
	if messages[0].Seq <= seq {
		before, messages = &messages[0], messages[1:]
	}
	return t.tell(ctx, q, messages, before)
}

// latest gives the last lines before one (0 for the very last), and the number of the first where there are more before it.
func (t teller) latest(ctx context.Context, q store.Querier, c talk.Conversation, before int64) (lines []ui.TalkLine, older int64, err error) {
	messages, err := c.Messages(ctx, q, before, shownLines)
	if err != nil || len(messages) == 0 {
		return nil, 0, err
	}
	if messages[0].Seq > 1 {
		older = messages[0].Seq
	}
	lines, err = t.tell(ctx, q, messages, nil)
	return lines, older, err
}
