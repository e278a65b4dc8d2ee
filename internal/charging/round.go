package charging

import (
	"context"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/store"
)

// needs is what a request wants looked up.
type needs struct {
	project ident.ProjectID
	leg     string           // id of a leg
	message string           // id of a message
	entry   string           // key of the ledger entry it may post
	hold    bool             // it may open a hold for the leg
	caps    bool             // the anti-fraud caps apply
	at      time.Time        // whose usage day they apply to; zero for that of the open leg
	number  billing.NumberAt // whose owner is asked for
}

// round decides a batch of requests: everything they need is looked up first, every effect is written at the end.
type round struct {
	*Service
	tx        *store.Tx
	ledger    *ledger.Batch
	customers map[ident.ProjectID]*customer
	legs      map[key]*Leg
	messages  map[key]*Message
	owners    map[billing.NumberAt]string
	written   []*Leg
	sent      []*Message
	usage     map[billing.UsageKey]*billing.Usage
	minutes   map[packageMonth]int64
}

// packageMonth names the minutes of a package in a calendar month.
type packageMonth struct {
	project ident.ProjectID
	month   civil.Date
	pack    string
}

func newRound(s *Service, tx *store.Tx) *round {
	return &round{
		Service: s, tx: tx, ledger: ledger.NewBatch(tx), customers: map[ident.ProjectID]*customer{}, legs: map[key]*Leg{}, messages: map[key]*Message{},
		usage: map[billing.UsageKey]*billing.Usage{}, minutes: map[packageMonth]int64{},
	}
}

// load looks up what the requests need, a few hundred of them a query.
func (r *round) load(ctx context.Context, in []request) error {
	wanted := make([]needs, len(in))
	var ids []ident.ProjectID
	seen := make(map[ident.ProjectID]bool, len(in))
	for i, request := range in {
		wanted[i] = request.needs()
		if id := wanted[i].project; !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	if err := r.loadCustomers(ctx, ids, func(ids []ident.ProjectID) error { return r.ledger.Load(ctx, ids, entryKeys(wanted)) }); err != nil {
		return err
	}
	if err := r.loadLegs(ctx, wanted); err != nil {
		return err
	}
	if err := r.loadMessages(ctx, wanted); err != nil {
		return err
	}
	if err := r.loadHolds(ctx, wanted); err != nil {
		return err
	}
	var numbers []billing.NumberAt
	for _, n := range wanted {
		if n.number.Number != "" {
			numbers = append(numbers, n.number)
		}
	}
	if err := r.loadOwners(ctx, numbers); err != nil || !r.billing.Enforce {
		return err
	}
	return r.loadSpending(ctx, r.cappedDays(wanted))
}

func entryKeys(wanted []needs) []ledger.Key {
	keys := make([]ledger.Key, 0, len(wanted))
	for _, n := range wanted {
		if n.entry != "" {
			keys = append(keys, ledger.Key{Project: n.project, Key: n.entry})
		}
	}
	return keys
}

// loadHolds looks up the holds of open legs, and the keys of those to be opened.
func (r *round) loadHolds(ctx context.Context, wanted []needs) error {
	var ids []ident.HoldID
	var keys []ledger.Key
	for _, n := range wanted {
		if n.leg == "" {
			continue
		}
		switch leg := r.legs[key{n.project, n.leg}]; {
		case leg != nil && leg.State == Open:
			ids = append(ids, leg.Hold)
		case leg == nil && n.hold && r.customers[n.project] != nil:
			keys = append(keys, ledger.Key{Project: n.project, Key: n.leg})
		}
	}
	return r.ledger.LoadHolds(ctx, ids, keys)
}

// cappedDays lists the usage days to which caps apply.
func (r *round) cappedDays(wanted []needs) []billing.UsageKey {
	var days []billing.UsageKey
	seen := map[billing.UsageKey]bool{}
	for _, n := range wanted {
		c := r.customers[n.project]
		if !n.caps || c == nil {
			continue
		}
		at := billing.UsageKey{Project: n.project}
		if n.at.IsZero() {
			leg := r.legs[key{n.project, n.leg}]
			if leg == nil {
				continue
			}
			at.Day = leg.Day
		} else {
			at.Day = c.dayAt(n.at)
		}
		if !seen[at] {
			seen[at] = true
			days = append(days, at)
		}
	}
	return days
}

// meter adds to what a project used on a usage day.
func (r *round) meter(c *customer, used billing.Usage) {
	used.Project = c.project.ID
	at := billing.UsageKey{Project: used.Project, Day: used.Day}
	total := r.usage[at]
	if total == nil {
		total = &billing.Usage{Project: at.Project, Day: at.Day}
		r.usage[at] = total
	}
	total.Calls += used.Calls
	total.CallCount += used.CallCount
	total.SMS += used.SMS
	total.SMSCount += used.SMSCount
	c.spent[at.Day] += used.Spent()
}

// countMinutes counts minutes of a package (Rule B-38). A month that is closed needs the exact figure: what this round
// counted before is written first.
func (r *round) countMinutes(ctx context.Context, c *customer, minutes billing.Minutes, at time.Time) error {
	if !c.standing.MonthClosed(minutes.Day) {
		r.minutes[packageMonth{c.project.ID, minutes.Day.FirstOfMonth(), minutes.Package}] += minutes.Count
		return nil
	}
	if err := r.flushMinutes(ctx); err != nil {
		return err
	}
	return r.billing.CountMinutes(ctx, r.tx, r.ledger, c.project, c.standing, minutes, at)
}

// write marks a leg to be written.
func (r *round) write(leg *Leg) {
	r.legs[leg.key()] = leg
	if !leg.dirty {
		leg.dirty = true
		r.written = append(r.written, leg)
	}
}

// flush writes what the round decided.
func (r *round) flush(ctx context.Context) error {
	if err := r.ledger.Flush(ctx); err != nil {
		return err
	}
	if err := r.flushLegs(ctx); err != nil {
		return err
	}
	if err := r.flushMessages(ctx); err != nil {
		return err
	}
	if err := r.flushUsage(ctx); err != nil {
		return err
	}
	return r.flushMinutes(ctx)
}

func (r *round) flushUsage(ctx context.Context) error {
	if len(r.usage) == 0 {
		return nil
	}
	usages := make([]billing.Usage, 0, len(r.usage))
	for _, usage := range r.usage {
		usages = append(usages, *usage)
	}
	return billing.AddUsage(ctx, r.tx, usages)
}

func (r *round) flushMinutes(ctx context.Context) error {
	for month, minutes := range r.minutes {
		if err := billing.AddMinutes(ctx, r.tx, month.project, month.month, month.pack, minutes); err != nil {
			return err
		}
	}
	clear(r.minutes)
	return nil
}
