package pricing

import "slices"

// Kind says what an entry is for. Its order is the order of lines within a day (Rule B-13).
type Kind string

// The kinds of entries.
const (
	ProductFee     Kind = "product_fee"
	SeatFee        Kind = "seat_fee"
	SlotFee        Kind = "slot_fee"
	NumberRent     Kind = "number_rent"
	SessionFee     Kind = "sessions"
	Call           Kind = "call"
	SMS            Kind = "sms"
	PackageOverage Kind = "package_overage"
	Minimum        Kind = "minimum"
	Discount       Kind = "discount"
	Bonus          Kind = "bonus"
	Payment        Kind = "payment"
	Term           Kind = "term"
	Credit         Kind = "credit"
	Adjustment     Kind = "adjustment"
)

// Kinds lists every kind in order.
var Kinds = []Kind{
	ProductFee, SeatFee, SlotFee, NumberRent, SessionFee, Call, SMS, PackageOverage,
	Minimum, Discount, Bonus, Payment, Term, Credit, Adjustment,
}

// Order is the kind's place in Kinds.
func (k Kind) Order() int { return slices.Index(Kinds, k) }

// IsCharge is true of kinds that charge for the service, discounts on them included; false of money paid in or given.
func (k Kind) IsCharge() bool {
	switch k {
	case Bonus, Payment, Credit, Adjustment:
		return false
	}
	return true
}

// FollowsCalls is true of kinds that a late call or message may still add to: they are final only when a day's
// communications are (Rule B-16).
func (k Kind) FollowsCalls() bool { return k == Call || k == SMS || k == PackageOverage }
