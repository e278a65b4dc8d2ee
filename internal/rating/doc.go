// Package rating prices a call leg: longest prefix match, billing increments, time-of-week bands, one rounding.
//
// It owns rate tables and the arithmetic of Rules B-20 to B-29. One function prices a quote, a hold, a live charge, the
// final record, a re-rating and a simulation, so they can never disagree. It does not know projects, balances or which
// legs are free: that is pricing's. Pure: instants, durations and numbers are arguments.
package rating
