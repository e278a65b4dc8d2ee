package rating

import (
	"math/bits"
	"sort"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/money"
)

// Rate is what a leg to one destination costs, found by Table.Match. Its Row is the one in force at the instant of the
// match; where the prefix has band rows, Price picks by the instant of the answer. The zero Rate prices nothing.
type Rate struct {
	Row
	rows []Row // the prefix's rows, where some have bands; otherwise nil
	date civil.Date
	week *week
}

// Charge is the price of a leg.
type Charge struct {
	Billable int64       // seconds that are charged, by the increments of the rate
	Amount   money.Micro // what the leg costs, never negative
	Band     string      // band in which the leg was answered, whose connect fee, increments and minimum count
	Parts    []Part      // the billable seconds by band, in order; nil where the prefix has no band rows
}

// Part is a stretch of billable seconds that one price per minute covers.
type Part struct {
	Band      string      `json:"band,omitempty"` // empty for the price outside all bands
	From      time.Time   `json:"from"`           // in the book's zone
	Seconds   int64       `json:"seconds"`
	PerMinute money.Micro `json:"per_minute"`
}

// Price computes what a leg costs that was answered at an instant and lasted a number of seconds (Rules B-21, B-22,
// B-24). It costs the same time for any duration, save the band changes a leg sees, and allocates nothing where the
// prefix has no bands. Seconds below zero or above MaxLegSeconds are Invalid, code rating.bad_duration.
func (r Rate) Price(answeredAt time.Time, seconds int64) (Charge, error) {
	if seconds < 0 || seconds > MaxLegSeconds {
		return Charge{}, errs.New(errs.Invalid, "rating.bad_duration", "a leg of %d s cannot be priced", seconds).Try(wholeSeconds(0, MaxLegSeconds))
	}
	if r.Next == 0 {
		return Charge{}, errs.New(errs.Internal, "rating.no_rate", "a leg was priced without a rate")
	}
	row := r.answered(answeredAt)
	charge := Charge{Billable: row.billable(seconds), Band: row.Band}
	if r.rows != nil && charge.Billable > 0 {
		charge.Parts = r.split(answeredAt, charge.Billable)
	}
	charge.Amount = row.price(charge.Parts, charge.Billable)
	return charge, nil
}

// MaxSeconds is the longest duration, up to MaxLegSeconds, whose Price is within budget (Rule B-25). Free seconds are
// within any budget of zero or more; below zero, and for the zero Rate, the answer is zero.
func (r Rate) MaxSeconds(answeredAt time.Time, budget money.Micro) int64 {
	if r.Next == 0 {
		return 0
	}
	row := r.answered(answeredAt)
	var parts []Part
	if r.rows != nil {
		parts = r.split(answeredAt, row.billable(MaxLegSeconds))
	}
	return int64(sort.Search(MaxLegSeconds, func(i int) bool {
		return row.price(parts, row.billable(int64(i)+1)) > budget
	}))
}

// billable is the number of seconds charged for a leg (Rule B-21).
func (row *Row) billable(seconds int64) int64 {
	switch {
	case seconds == 0 || seconds <= row.Free:
		return 0
	case seconds <= row.First:
		return row.First
	}
	return row.First + (seconds-row.First+row.Next-1)/row.Next*row.Next
}

// price is what billable seconds cost (Rule B-22): nothing for none, else at least the minimum.
func (row *Row) price(parts []Part, billable int64) money.Micro {
	if billable == 0 {
		return 0
	}
	return max(row.gross(parts, billable), row.Minimum)
}

// gross is the connect fee plus the minutes, rounded once. Parts may reach further than billable; without parts the
// row's own price holds throughout.
func (row *Row) gross(parts []Part, billable int64) money.Micro {
	minutes, _ := row.minutes(parts, billable).over60()
	return row.Connect + minutes
}

func (row *Row) minutes(parts []Part, billable int64) (total wide) {
	if parts == nil {
		total.add(row.PerMinute, billable)
	}
	for _, part := range parts {
		seconds := min(part.Seconds, billable)
		total.add(part.PerMinute, seconds)
		billable -= seconds
	}
	return total
}

// wide is a sum of prices times seconds, 128 bits. Within MaxAmount and MaxLegSeconds it stays below 2^67.
type wide struct{ high, low uint64 }

func (w *wide) add(perMinute money.Micro, seconds int64) {
	high, low := bits.Mul64(uint64(perMinute), uint64(seconds))
	var carry uint64
	w.low, carry = bits.Add64(w.low, low, 0)
	w.high += high + carry
}

// over60 divides by the seconds of a minute, half up, and says whether that was exact.
func (w wide) over60() (result money.Micro, exact bool) {
	quotient, remainder := bits.Div64(w.high, w.low, 60)
	if remainder >= 30 {
		quotient++
	}
	return money.Micro(quotient), remainder == 0
}

// answered is the row whose connect fee, free seconds, increments and minimum count for a leg answered at an instant.
func (r *Rate) answered(at time.Time) *Row {
	if r.rows == nil {
		return &r.Row
	}
	band, _ := r.week.at(at.Unix())
	return r.in(band)
}

// in is the row that prices the seconds of a band: its own, or the base row.
func (r *Rate) in(band string) *Row {
	if row := inForce(r.rows, band, r.date); row != nil {
		return row
	}
	return inForce(r.rows, "", r.date)
}

// split divides billable seconds, which begin at the answer and may end after the hang-up, at the changes of price
// (Rule B-24). A second belongs to the band in force when it begins.
func (r *Rate) split(answeredAt time.Time, billable int64) []Part {
	var parts []Part
	for done := int64(0); done < billable; {
		band, seconds := r.week.at(answeredAt.Unix() + done)
		row := r.in(band)
		seconds = min(seconds, billable-done)
		if last := len(parts) - 1; last >= 0 && parts[last].Band == row.Band {
			parts[last].Seconds += seconds
		} else {
			from := answeredAt.Add(time.Duration(done) * time.Second).In(r.week.zone)
			parts = append(parts, Part{Band: row.Band, From: from, Seconds: seconds, PerMinute: row.PerMinute})
		}
		done += seconds
	}
	return parts
}
