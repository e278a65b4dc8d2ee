package ledger

import (
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
)

// decoder reads rows column after column. Scanning into plain values spares the conversion of every column to its named
// type by reflection, which doubles the time of reading a ledger.
type decoder struct {
	values []any
	into   []any
	at     int
}

func newDecoder(columns []string) *decoder {
	d := &decoder{values: make([]any, len(columns)), into: make([]any, len(columns))}
	for i := range d.values {
		d.into[i] = &d.values[i]
	}
	return d
}

// scanner is one row of a result: *sql.Rows or *sql.Row.
type scanner interface{ Scan(into ...any) error }

func (d *decoder) scan(row scanner) error {
	d.at = 0
	return row.Scan(d.into...)
}

// text and number give the next column. A column of another type, which only a forged row can have, reads as zero.
func (d *decoder) text() string {
	v, _ := d.values[d.at].(string)
	d.at++
	return v
}

func (d *decoder) number() int64 {
	v, _ := d.values[d.at].(int64)
	d.at++
	return v
}

func (d *decoder) amount() money.Micro { return money.Micro(d.number()) }

func (d *decoder) instant() time.Time { return time.UnixMicro(d.number()).UTC() }

// entry reads a row of entryColumns.
func (d *decoder) entry(row scanner) (*Entry, error) {
	if err := d.scan(row); err != nil {
		return nil, err
	}
	return d.nextEntry(), nil
}

// nextEntry reads the next columns as those of entryColumns: its fields are evaluated in the order of the columns.
func (d *decoder) nextEntry() *Entry {
	e := &Entry{
		ID: ident.EntryID(d.number()), Project: ident.ProjectID(d.text()), Seq: d.number(), Key: d.text(), requestHash: d.text(),
		Day: civil.Date(d.number()), BookedAt: d.instant(), Kind: pricing.Kind(d.text()), Item: d.text(),
		Quantity: d.number(), UnitPrice: d.amount(), Amount: d.amount(), Cash: d.amount(), Bonus: d.amount(), Credit: d.amount(),
		BalanceAfter: d.amount(), House: d.text(), Ref: d.text(), Rule: d.text(), Book: d.text(),
		Reverses: ident.EntryID(d.number()), Hold: ident.HoldID(d.number()),
	}
	e.Key = ownKey(e.Key, e.Project)
	if explain := d.text(); explain != "" {
		e.Explain = []byte(explain)
	}
	return e
}

// account reads a row of accountColumns.
func (d *decoder) account(row scanner) (account Account, digest string, err error) {
	if err := d.scan(row); err != nil {
		return Account{}, "", err
	}
	account = Account{
		Project: ident.ProjectID(d.text()), Currency: money.Currency(d.text()), Cash: d.amount(), Bonus: d.amount(), Credit: d.amount(),
		Held: d.amount(), Overdraft: d.amount(), Seq: d.number(), LastEntry: ident.EntryID(d.number()), OpenedAt: d.instant(),
	}
	return account, d.text(), nil
}
