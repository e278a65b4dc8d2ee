// Package swap decides which number a visit sees in place of each of a site's own: substitution rules as data, their checks, and
// the explanation of a decision (Rules C-60 to C-69).
//
// It owns what a rule may ask of a visit and in which order rules are asked. It does not own pools and their leases (package pool),
// nor where rules are kept and who may change them (package tracking).
//
// Invariants: no clock, no I/O; the same rules and the same visit give the same answer, and Explain decides by the very code that
// Decide does. A plan is checked as a whole when it is made, so a decision never fails. A target that no rule speaks of
// keeps the site's own number.
//
// Using it:
//
//	plan, err := swap.New(rules, zone)
//	answer := plan.Decide("t1", visit)   // Pool, or Number, or neither
//	why := plan.Explain(visit)           // the tester: which rule, which of its conditions held
package swap
