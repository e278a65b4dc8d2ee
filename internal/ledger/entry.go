package ledger

import (
	"strings"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
)

// Posting is a request to move money on a project's account.
type Posting struct {
	Project  ident.ProjectID
	Key      string     // idempotency key, unique within the project; begin it with a time, or a large ledger slows down
	Day      civil.Date // local usage day
	BookedAt time.Time  // when it is posted; not part of the request, a repetition may carry another
	Kind     pricing.Kind
	Item     string // product, number or destination the money is for
	Quantity int64
	// UnitPrice is the price the quantity was multiplied by, for people; the ledger does not recompute it.
	UnitPrice money.Micro
	Amount    money.Micro // negative for a charge
	// Into names the fund a positive amount goes to. A negative amount uses the funds in the order of Rule B-14 where Into is
	// empty; else the named fund alone pays, as in refunds of cash and in bonuses taken back.
	Into      Fund
	Split     Split  // for Into Divided: the parts of Amount, none negative
	BonusPays bool   // platform fees: bonus is used first
	MustCover bool   // refuse with ledger.insufficient_funds what is not covered; fees are posted all the same
	House     string // house account that takes the opposite of Amount
	Ref       string // what caused it: a call leg, a day close, a payment
	Rule      string // business rule that made the amount, such as "B-30"
	Book      string // price book and version, such as "ringostat@2021-01-01"
	Explain   []byte // inputs and arithmetic as JSON; not to be changed before the batch is flushed
	// Reverses names the entry this one undoes (Rule B-15). Amount must be its opposite; each fund gets back what it gave.
	Reverses ident.EntryID
}

// Entry is a posting as booked. It never changes.
type Entry struct {
	ID           ident.EntryID
	Project      ident.ProjectID
	Seq          int64 // 1, 2, 3... within the project
	Key          string
	Day          civil.Date
	BookedAt     time.Time
	Kind         pricing.Kind
	Item         string
	Quantity     int64
	UnitPrice    money.Micro
	Amount       money.Micro // Cash + Bonus + Credit
	Cash         money.Micro // what it added to each fund
	Bonus        money.Micro
	Credit       money.Micro
	BalanceAfter money.Micro // of all funds together
	House        string
	Ref          string
	Rule         string
	Book         string
	Reverses     ident.EntryID // the entry it undoes, or zero
	Hold         ident.HoldID  // the hold it settled, or zero
	Explain      []byte        // JSON, or nil
	requestHash  string
}

// Leg is one side of an entry.
type Leg struct {
	Account string // "project:demo:cash" or "house:revenue:pbx"
	Amount  money.Micro
}

// Legs shows the entry as double entry: what each fund and the house account got. They sum to zero (Rule B-03).
func (e Entry) Legs() []Leg {
	project := "project:" + string(e.Project) + ":"
	legs := make([]Leg, 0, 4)
	for _, leg := range []Leg{
		{project + string(Cash), e.Cash},
		{project + string(Bonus), e.Bonus},
		{project + string(Credit), e.Credit},
		{"house:" + e.House, -e.Amount},
	} {
		if leg.Amount != 0 {
			legs = append(legs, leg)
		}
	}
	return legs
}

const entryColumns = "id, project_id, seq, idem_key, request_hash, day, booked_at, kind, item, quantity, unit_price, " +
	"amount, cash, bonus, credit, balance_after, house, ref, rule, book, reverses, hold_id, explain"

var entryColumnList = columnList(entryColumns)

// row is the entry as its table stores it, in the order of entryColumns.
func (e *Entry) row() []any {
	return []any{
		int64(e.ID), string(e.Project), e.Seq, Key{e.Project, e.Key}.stored(), e.requestHash, int64(e.Day), e.BookedAt.UnixMicro(), string(e.Kind), e.Item,
		e.Quantity, int64(e.UnitPrice), int64(e.Amount), int64(e.Cash), int64(e.Bonus), int64(e.Credit), int64(e.BalanceAfter),
		e.House, e.Ref, e.Rule, e.Book, int64(e.Reverses), int64(e.Hold), string(e.Explain),
	}
}

func columnList(columns string) []string { return strings.Split(columns, ", ") }
