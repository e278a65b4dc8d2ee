package demo

import (
	"context"
	"slices"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/call"
	"bellwether/internal/store"
)

// What people write to calls, by what the calls were about.
var remarks = map[string][]string{
	"Order": {
		"25 white roses for Friday, deliver by 10", "Peonies if there are any, else ranunculus. Up to 1,500", "Wedding on the 14th: bouquet, 6 boutonnieres, an arch. Send the estimate",
		"A bouquet for a teacher, no lilies", "Birthday at 18:00, write “Happy 30th, Marta”", "Wants the same as last year",
	},
	"Delivery":  {"Asked to move the delivery to Saturday", "The door code is 47, the bell does not work", "The courier was late by 40 minutes: a voucher of 200", "Delivered, she is delighted"},
	"Question":  {"Wants an invoice for the office", "Asks for a discount for a weekly order", "How to keep hydrangeas: told her"},
	"Complaint": {"Two tulips were broken: new ones go out today", "Roses wilted on the second day, refund agreed", "Wrong card in the bouquet, apologised"},
}

var labels = map[string][]string{"Order": {"wedding", "corporate", "VIP", "bouquet of the week"}, "Delivery": {"urgent", "address changed"}, "Question": {"invoice"}, "Complaint": {"refund", "VIP"}}

// actor is who the trail says did it: the story, not the person in it.
var actor = audit.Program(who)

func sessionOf(user account.UserID) account.Session { return account.Session{ID: who, User: user} }

// remark lets people write notes and tags to some of their calls, as soon as those have ended.
func (l *life) remark(ctx context.Context, list []*told) error {
	return l.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, c := range list {
			about := remarks[c.closing.Category]
			if len(about) == 0 || c.closing.Person.User == "" {
				continue
			}
			noted, tagged := c.IntN(9) == 0, c.IntN(11) == 0
			if !noted && !tagged {
				continue
			}
			if err := l.write(ctx, tx, c, noted, tagged); err != nil {
				return err
			}
		}
		return nil
	})
}

func (l *life) write(ctx context.Context, tx *store.Tx, c *told, noted, tagged bool) error {
	at, id := c.closing.EndedAt, c.opening.ID
	p, err := l.personal(ctx, c.closing.Person, at)
	if err != nil {
		return err
	}
	if noted {
		about := remarks[c.closing.Category]
		if _, err := call.AddNote(ctx, tx, p, id, about[c.IntN(len(about))], at); err != nil {
			return err
		}
	}
	if !tagged {
		return nil
	}
	all := labels[c.closing.Category]
	tags := []string{all[c.IntN(len(all))], all[c.IntN(len(all))]}
	slices.Sort(tags)
	return call.SetTags(ctx, tx, p, id, slices.Compact(tags), at)
}

// personal is what one of the shop's people may do.
func (l *life) personal(ctx context.Context, who call.Person, at time.Time) (access.Permit, error) {
	return l.gate.Enter(ctx, access.BySession(sessionOf(who.User), actor), shopOrg, at)
}
