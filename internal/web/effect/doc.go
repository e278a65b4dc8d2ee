// Package effect tells a reader what a change would do to the bill, in the lines of the question that asks for it.
//
// It owns the order and the words of those lines, and the names of what a price book charges for. It does not compute anything: the
// effect is billing's (Preview), by the code that makes the change for good.
//
// Invariants:
//   - Every page that asks before a change shows the same lines for the same effect.
//   - Whoever may not see funds sees no amount.
package effect
