package rating

import (
	"io"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/money"
)

// Vector is a leg somebody wants priced.
type Vector struct {
	ID         string         // the author's name for it
	To         string         // what was dialled: a number, or an address such as "sip:name@host"
	AnsweredAt time.Time      //
	Seconds    int64          // from answer to hang-up
	Leg        string         // what kind of leg, where the file says so; which kinds there are is pricing's to know
	Currency   money.Currency // the price list wanted, where the file says so
	Line       int            // where it was read, from 1
}

var vectorColumns = []column[Vector]{
	text("id", false, func(v *Vector) *string { return &v.ID }),
	text("to", false, func(v *Vector) *string { return &v.To }),
	{"answered_at", false, func(v *Vector, cell string) *errs.Error {
		at, err := time.Parse(time.RFC3339, cell)
		if err != nil {
			return errs.New(errs.Invalid, "rating.bad_time", "%.40q is not an instant", cell).Try("write it as 2026-10-05T12:00:00Z or with an offset such as +03:00")
		}
		v.AnsweredAt = at
		return nil
	}},
	duration("seconds", 0, MaxLegSeconds, func(v *Vector) *int64 { return &v.Seconds }),
	text("leg", true, func(v *Vector) *string { return &v.Leg }),
	code("currency", true, func(v *Vector) *money.Currency { return &v.Currency }),
}

// ReadVectors reads legs to price as CSV: the columns id, to, answered_at (RFC 3339) and seconds, and optionally leg and
// currency, under the rules and with the errors of ReadCard. Whether a leg can be priced shows when it is.
func ReadVectors(r io.Reader, file string) ([]Vector, error) {
	return readSheet(r, file, vectorColumns, func(v *Vector, line int) { v.Line = line })
}
