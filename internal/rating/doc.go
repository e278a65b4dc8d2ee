// Package rating prices a call leg: longest prefix match, billing increments, time-of-week bands, one rounding.
//
// It owns rate tables, the readers of rate cards and of legs to price, and the arithmetic of Rules B-20 to B-26. One
// function prices a quote, a hold, a live charge, the final record, a re-rating and a simulation, so they can never
// disagree. It does not know projects, balances or which legs are free: that is pricing's.
//
// Invariants: a leg that no row covers is refused, never free; a longer leg never costs less; a price is exact until it
// is rounded, and is rounded once; its cost to compute does not depend on the duration. Pure: instants, durations and
// numbers are arguments. A Table is immutable and may be shared freely.
package rating
