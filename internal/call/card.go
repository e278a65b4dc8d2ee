package call

import (
	"cmp"
	"context"
	"slices"
	"time"

	"bellwether/internal/money"
	"bellwether/internal/store"
)

// Card is everything about one client's number: what its calls come to, who spoke with them, what was written.
type Card struct {
	Client string
	Totals
	First, Last time.Time // zero where nobody called
	Spoke       []Spoke   // who talked with them longest first
	Notes       []Note    // the newest first
	Tags        []string
}

// Spoke is an employee who talked with a client.
type Spoke struct {
	Person
	Calls int64
	Talk  int64 // seconds
	Cost  money.Micro
	Last  time.Time
}

// cardNotes is how many notes a card has.
const cardNotes = 50

// Card reads the card of a number from the calls the reader sees. errs.NotFound `call.not_found` where there are none.
func (w Window) Card(ctx context.Context, q store.Querier, client string) (c Card, err error) {
	c.Client = client
	if client == "" {
		return c, noCall()
	}
	calls, err := w.List(ctx, q, Filter{Client: client}, NewestFirst, 0, mostOfOne)
	if err != nil {
		return c, err
	}
	if len(calls) == 0 {
		return c, noCall()
	}
	c.Last, c.First = calls[0].StartedAt, calls[len(calls)-1].StartedAt
	spoke := map[string]*Spoke{}
	for _, one := range calls {
		c.Totals.add(one)
		c.Tags = append(c.Tags, one.Tags...)
		c.speak(spoke, one)
		if one.Notes > 0 && len(c.Notes) < cardNotes {
			notes, err := notesOf(ctx, q, one)
			if err != nil {
				return c, err
			}
			slices.Reverse(notes)
			c.Notes = append(c.Notes, notes...)
		}
	}
	slices.Sort(c.Tags)
	c.Tags, c.Notes = slices.Compact(c.Tags), c.Notes[:min(cardNotes, len(c.Notes))]
	for _, s := range spoke {
		c.Spoke = append(c.Spoke, *s)
	}
	slices.SortFunc(c.Spoke, func(a, b Spoke) int { return cmp.Or(cmp.Compare(b.Talk, a.Talk), cmp.Compare(a.ID, b.ID)) })
	return c, nil
}

// speak adds a call to whoever talked; calls come with the newest first, whose name counts.
func (c *Card) speak(spoke map[string]*Spoke, one Call) {
	if one.Person.ID == "" || one.AnsweredAt.IsZero() {
		return
	}
	s := spoke[one.Person.ID]
	if s == nil {
		s = &Spoke{Person: one.Person, Last: one.StartedAt}
		spoke[one.Person.ID] = s
	}
	s.Calls, s.Talk, s.Cost = s.Calls+1, s.Talk+one.Talk, s.Cost+one.Cost
}
