package number

import (
	"context"
	"slices"
	"strings"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
)

// Item is a number to be added to the stock. All but Number may be left empty: they are then taken from the numbering
// plan, where it tells (Rule N-02).
type Item struct {
	Line     int    // where it stands in its list, from 1
	Number   string // E.164
	Kind     string // one of billing.NumberKinds
	Carrier  string // a note on carrier and trunk
	Country  string // ISO 3166
	Area     string
	AreaName string
}

// MostItems is how many numbers are added at once.
const MostItems = 10_000

// longestNote bounds, in characters, what people write about a number.
const longestNote = 100

// Add puts numbers into the stock, free, all of them or none: what is wrong with any is a *Problems, by lines (Rule N-02).
func (s *Service) Add(ctx context.Context, tx *store.Tx, items []Item, by string, at time.Time) error {
	if err := tx.May(ident.Operator, forStock...); err != nil {
		return err
	}
	entries, problems := entriesOf(items)
	var names []string
	for _, e := range entries {
		if isE164(e.Number) {
			names = append(names, e.Number)
		}
	}
	known, err := registered(ctx, tx, names)
	if err != nil {
		return err
	}
	held, err := billing.NumberHolders(ctx, tx, names)
	if err != nil {
		return err
	}
	rows, steps := make([][]any, 0, len(entries)), make([][]any, 0, len(entries))
	for i, e := range entries {
		e.State, e.Since = Free, at
		switch other, there := known[e.Number]; {
		case there && other.Owner == billing.OwnedByOperator:
			problems.add(items[i].Line, "in_stock", "%s is in stock already, %s", e.Number, other.State)
		case there, held[e.Number] != "":
			problems.add(items[i].Line, "held", "%s belongs to a project", e.Number)
		}
		rows, steps = append(rows, e.row()), append(steps, s.step(unknown, e, by, at))
	}
	if err := problems.found(); err != nil {
		return err
	}
	if err := tx.Insert(ctx, "number_registry", strings.Split(columns, ", "), rows); err != nil {
		if store.IsUnique(err) { // another node was quicker
			return errs.New(errs.Conflict, "number.added_meanwhile", "some of these numbers were added meanwhile").Try("read the stock, then add the rest")
		}
		return err
	}
	return tx.Insert(ctx, "number_history", historyColumns, steps)
}

func (e Entry) row() []any {
	return []any{
		e.Number, e.Owner, e.Country, e.Area, e.AreaName, e.Kind, e.Carrier, string(e.State), e.until(), string(e.Project), e.Label,
		micros(e.HeldSince), micros(e.Since),
	}
}

// entriesOf checks items by themselves and fills in what the numbering plan tells.
func entriesOf(items []Item) ([]Entry, *Problems) {
	problems := &Problems{}
	if len(items) == 0 || len(items) > MostItems {
		problems.add(0, "bad_length", "%d numbers: a list has 1 to %d", len(items), MostItems)
		return nil, problems
	}
	entries, lines := make([]Entry, len(items)), map[string]int{}
	for i, item := range items {
		entries[i] = item.entry()
		if first, twice := lines[item.Number]; twice {
			problems.add(item.Line, "twice", "%s stands in line %d already", item.Number, first)
		}
		lines[item.Number] = item.Line
		item.check(entries[i], problems)
	}
	return entries, problems
}

func (item Item) entry() Entry {
	n := phone.Number(item.Number)
	area, name := n.Area()
	e := Entry{Number: item.Number, Owner: billing.OwnedByOperator, Country: n.Country(), Area: area, AreaName: name, Kind: KindOf(n), Carrier: item.Carrier}
	for _, given := range []struct {
		to    *string
		value string
	}{{&e.Country, item.Country}, {&e.Area, item.Area}, {&e.AreaName, item.AreaName}, {&e.Kind, item.Kind}} {
		if given.value != "" {
			*given.to = given.value
		}
	}
	return e
}

// KindOf is the kind of a number by the numbering plan: mobile or toll_free where it says so, else local.
func KindOf(n phone.Number) string {
	switch {
	case n.IsMobile():
		return "mobile"
	case n.IsTollFree():
		return "toll_free"
	}
	return "local"
}

func (item Item) check(e Entry, problems *Problems) {
	if !isE164(item.Number) {
		problems.add(item.Line, "not_e164", "%.40q is not an E.164 number such as +380441234567", item.Number)
	}
	if !slices.Contains(billing.NumberKinds, e.Kind) {
		problems.add(item.Line, "bad_kind", "%.40q is not one of %s", e.Kind, strings.Join(billing.NumberKinds, ", "))
	}
	if !isCountry(e.Country) {
		problems.add(item.Line, "bad_country", "%.40q is not an ISO 3166 country such as UA", e.Country)
	}
	for _, text := range []string{e.Area, e.AreaName, e.Carrier} {
		if !isNote(text) {
			problems.add(item.Line, "bad_text", "a text is longer than %d characters or holds characters that cannot be seen", longestNote)
		}
	}
}

func isE164(s string) bool {
	parsed, err := phone.Parse(s, "")
	return err == nil && string(parsed) == s
}

// isCountry takes the empty one too: +800 belongs to none.
func isCountry(s string) bool {
	return s == "" || len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}

func isNote(text string) bool { return text == "" || ident.Line(text, longestNote) }

func registered(ctx context.Context, q store.Querier, numbers []string) (map[string]Entry, error) {
	known := map[string]Entry{}
	return known, store.EachList(numbers, func(list string, args []any) error {
		found, err := query(ctx, q, `WHERE number IN (`+list+`)`, args...)
		for _, e := range found {
			known[e.Number] = e
		}
		return err
	})
}

// Retire keeps a number from everybody until it is put back. One that a project holds is errs.Conflict `number.held`
// (Rule N-03).
func (s *Service) Retire(ctx context.Context, tx *store.Tx, number, by string, at time.Time) (Entry, error) {
	return s.shelve(ctx, tx, number, Retired, by, at)
}

// PutBack frees a number that was retired, or ends the quarantine of one that was released. One that a project holds is
// errs.Conflict `number.held` (Rule N-03).
func (s *Service) PutBack(ctx context.Context, tx *store.Tx, number, by string, at time.Time) (Entry, error) {
	return s.shelve(ctx, tx, number, Free, by, at)
}

// SetAside puts a number that is free or retired into quarantine for as long as a released one rests; nobody may rent it until then. One that a
// project holds is errs.Conflict `number.held` (Rule N-03).
func (s *Service) SetAside(ctx context.Context, tx *store.Tx, number, by string, at time.Time) (Entry, error) {
	return s.shelve(ctx, tx, number, Quarantine, by, at)
}

// shelve moves a number that nobody holds; one that is there already stays as it is.
func (s *Service) shelve(ctx context.Context, tx *store.Tx, number string, to State, by string, at time.Time) (Entry, error) {
	if err := tx.May(ident.Operator, forStock...); err != nil {
		return Entry{}, err
	}
	e, ok, err := lock(ctx, tx, number)
	switch {
	case err != nil:
		return e, err
	case !ok || e.Owner != billing.OwnedByOperator:
		return e, Unknown(number)
	case e.State == to:
		return e, nil
	case e.State == Rented || e.awaited():
		return e, errs.New(errs.Conflict, "number.held", "%s belongs to project %s", number, e.Project).At("number").Try("release it first").With("number", number).With("project", string(e.Project))
	}
	if to == Quarantine {
		e.Until = at.Add(s.Rest)
	}
	return s.move(ctx, tx, e, to, by, at)
}

// Unknown is the answer for a number that the registry does not have.
func Unknown(number string) error {
	return errs.New(errs.NotFound, "number.unknown", "the stock has no number %.40q", number).At("number")
}
