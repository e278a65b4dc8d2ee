package number

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Wish is a number of the operator's that a project wants: a certain one, or any that is free of a country, area and kind.
type Wish struct {
	Number  string // E.164; empty for any
	Country string // of any; the project's where left out
	Area    string // of any; whichever where left out
	Kind    string // of any; of a certain one, what the caller takes it for, or nothing
	Use     string // one of billing.NumberUses
	Label   string
	Add     bool // a certain one that is not in stock is put there first: the operator's right
}

// Rent gives the project a number of the stock and charges for it, in one transaction (Rule N-04). Of any that are free it
// is the one that has been so the longest. It refuses with errs.Conflict `number.not_free`, `number.none_free` and
// `number.not_in_stock`, errs.Unpaid `number.funds_ended`, and with what billing.RentNumber refuses; then nothing is done.
func (s *Service) Rent(ctx context.Context, tx *store.Tx, id ident.ProjectID, wish Wish, by string, at time.Time) (Entry, error) {
	if err := tx.May(ident.ProjectOrg(id), forNumbers...); err != nil {
		return Entry{}, err
	}
	p, err := project.Get(ctx, tx, id)
	if err != nil {
		return Entry{}, err
	}
	if !isNote(wish.Label) {
		return Entry{}, errBadLabel()
	}
	e, err := s.choose(ctx, tx, p, wish, by, at)
	if err != nil {
		return Entry{}, err
	}
	if err := mayRent(ctx, tx, e, id); err != nil {
		return Entry{}, err
	}
	wanted := pricing.Number{Number: e.Number, Owner: billing.OwnedByOperator, Kind: e.Kind, Use: wish.Use}
	if err := s.billing.RentNumber(ctx, tx, id, wanted, at); err != nil {
		return Entry{}, err
	}
	if e.Project != id || wish.Label != "" { // the former project finds its label again
		e.Label = wish.Label
	}
	e.Project, e.HeldSince = id, at
	return s.move(ctx, tx, e, Rented, by, at)
}

// mayRent says whether a number is there for a project: free, or resting after it. What the project holds already is left
// to billing to refuse.
func mayRent(ctx context.Context, q store.Querier, e Entry, id ident.ProjectID) error {
	mine := e.Project == id && !e.awaited()
	if e.Owner != billing.OwnedByOperator || e.State == Retired || e.State != Free && !mine {
		return errNotFree(e.Number)
	}
	standing, err := billing.GetStanding(ctx, q, id)
	if err != nil {
		return err
	}
	if standing.State.Dry() {
		return errs.New(errs.Unpaid, "number.funds_ended", "the project is in state %s: it rents no more numbers", standing.State).
			At("project").Try("top up first").With("state", string(standing.State))
	}
	return nil
}

// MayRent says whether a certain number could be rented by the project now; one that is not in stock passes, as an operator
// may add it.
func MayRent(ctx context.Context, q store.Querier, id ident.ProjectID, number string) error {
	e, ok, err := Get(ctx, q, number)
	if err != nil || !ok {
		return err
	}
	return mayRent(ctx, q, e, id)
}

// errNotFree tells nobody who has it.
func errNotFree(number string) error {
	return errs.New(errs.Conflict, "number.not_free", "%s is not free", number).At("number").Try("choose another number").With("number", number)
}

// choose finds the number that is meant and locks it.
func (s *Service) choose(ctx context.Context, tx *store.Tx, p *project.Project, wish Wish, by string, at time.Time) (Entry, error) {
	if wish.Number == "" {
		return anyFree(ctx, tx, p, wish)
	}
	kind := wish.Kind
	if kind == "" {
		kind = billing.NumberKinds[0]
	}
	wanted := pricing.Number{Number: wish.Number, Owner: billing.OwnedByOperator, Kind: kind, Use: wish.Use}
	if err := billing.CheckNumber(wanted, p.Country); err != nil {
		return Entry{}, err
	}
	e, ok, err := lock(ctx, tx, wish.Number)
	if err != nil || ok {
		return e, orOther(err, e, wish)
	}
	if !wish.Add {
		return Entry{}, errNotInStock(wish.Number)
	}
	if err := s.Add(ctx, tx, []Item{{Number: wish.Number, Kind: wish.Kind}}, by, at); err != nil {
		return Entry{}, err
	}
	e, _, err = lock(ctx, tx, wish.Number)
	return e, err
}

// orOther refuses a number that is not what the caller takes it for: the price would be another than expected.
func orOther(err error, e Entry, wish Wish) error {
	if err == nil && e.Owner == billing.OwnedByOperator && wish.Kind != "" && wish.Kind != e.Kind {
		err = errs.New(errs.Invalid, "number.other_kind", "%s is a %s number, not a %s one", e.Number, e.Kind, wish.Kind).At("kind").Try("leave the kind out")
	}
	return err
}

// anyFree locks the number that has been free the longest among those that are wanted. Where another node takes it before
// it is locked, the next one is tried; each attempt that fails is a number somebody else got.
func anyFree(ctx context.Context, tx *store.Tx, p *project.Project, wish Wish) (Entry, error) {
	for {
		number, err := longestFree(ctx, tx, p.Country, wish)
		if err != nil {
			return Entry{}, err
		}
		e, ok, err := lock(ctx, tx, number)
		if err != nil || ok && e.State == Free {
			return e, err
		}
	}
}

// NextFree is the number that Rent would give a project of a country for any: the one that has been free the longest. Where
// there is none, errs.Conflict `number.none_free`.
func NextFree(ctx context.Context, q store.Querier, country string, wish Wish) (Entry, error) {
	number, err := longestFree(ctx, q, country, wish)
	if err != nil {
		return Entry{}, err
	}
	e, _, err := Get(ctx, q, number)
	return e, err
}

func longestFree(ctx context.Context, q store.Querier, country string, wish Wish) (number string, err error) {
	if wish.Country != "" {
		country = wish.Country
	}
	text, args := `SELECT number FROM number_registry WHERE owner = 'operator' AND state = 'free' AND country = $1`, []any{country}
	for _, given := range []struct{ column, value string }{{"kind", wish.Kind}, {"area", wish.Area}} {
		if given.value != "" {
			args = append(args, given.value)
			text += ` AND ` + given.column + ` = ` + store.List(len(args), 1)
		}
	}
	err = q.QueryRow(ctx, text+` ORDER BY since, number LIMIT 1`, args...).Scan(&number)
	if errors.Is(err, sql.ErrNoRows) {
		return "", errs.New(errs.Conflict, "number.none_free", "no number of this country, area and kind is free").At("number").
			Try("look at the price list for what is").With("country", country).With("area", wish.Area).With("kind", wish.Kind)
	}
	return number, err
}

// Bring gives the project a number of its own, which its customer has elsewhere (Rule N-05); a kind that is left out is
// taken from the numbering plan. A number of the stock is
// errs.Conflict `number.in_stock`; one that a project has is refused by billing.
func (s *Service) Bring(ctx context.Context, tx *store.Tx, id ident.ProjectID, number pricing.Number, label, by string, at time.Time) (Entry, error) {
	if err := tx.May(ident.ProjectOrg(id), forNumbers...); err != nil {
		return Entry{}, err
	}
	if !isNote(label) {
		return Entry{}, errBadLabel()
	}
	p, err := project.Get(ctx, tx, id)
	if err != nil {
		return Entry{}, err
	}
	number.Owner = billing.OwnedByCustomer
	if number.Kind == "" {
		number.Kind = KindOf(phone.Number(number.Number))
	}
	if err := billing.CheckNumber(number, p.Country); err != nil {
		return Entry{}, err
	}
	e := Item{Number: number.Number, Kind: number.Kind}.entry()
	e.Owner, e.State, e.Project, e.Label, e.HeldSince, e.Since = billing.OwnedByCustomer, Rented, id, label, at, at
	if err := s.register(ctx, tx, e, by, at); err != nil {
		return Entry{}, err
	}
	return e, s.billing.RentNumber(ctx, tx, id, number, at)
}

// register takes up an own number, unless a project has it already.
func (s *Service) register(ctx context.Context, tx *store.Tx, e Entry, by string, at time.Time) error {
	row := e.row()
	result, err := tx.Exec(ctx, `INSERT INTO number_registry (`+columns+`) VALUES (`+store.List(1, len(row))+`) ON CONFLICT DO NOTHING`, row...)
	if err != nil {
		return err
	}
	fresh, err := result.RowsAffected()
	if err != nil {
		return err
	}
	if fresh == 1 {
		return s.note(ctx, tx, unknown, e, by, at)
	}
	other, ok, err := lock(ctx, tx, e.Number)
	if err == nil && ok && other.Owner == billing.OwnedByOperator {
		err = errs.New(errs.Conflict, "number.in_stock", "%s belongs to the operator", e.Number).At("number").Try("rent it, or ask the operator to retire it")
	}
	return err
}
