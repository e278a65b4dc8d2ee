package ledger

import "bellwether/internal/money"

// Split is how an amount is divided among the funds.
type Split struct{ Cash, Bonus, Credit money.Micro }

// Paid is what an entry took from each fund.
func (e Entry) Paid() Split { return Split{Cash: -e.Cash, Bonus: -e.Bonus, Credit: -e.Credit} }

// Plus adds two splits.
func (s Split) Plus(other Split) Split {
	return Split{Cash: s.Cash + other.Cash, Bonus: s.Bonus + other.Bonus, Credit: s.Credit + other.Credit}
}

// Return divides an amount given back on what was paid: in the reverse of the order in which charges take (Rule B-14),
// cash first, so that the funds stand as if only the net amount had been charged. What exceeds the payment is cash.
func (s Split) Return(amount money.Micro) Split {
	cash := min(amount, max(0, s.Cash))
	credit := min(amount-cash, max(0, s.Credit))
	bonus := min(amount-cash-credit, max(0, s.Bonus))
	return Split{Cash: amount - credit - bonus, Bonus: bonus, Credit: credit}
}

// sum is the amount that was divided.
func (s Split) sum() money.Micro { return s.Cash + s.Bonus + s.Credit }
