// Package forecast says what a project will spend: the next charge, the next 30 days, and the day its funds end, each
// with a likely value (P50) and one that nine times out of ten is not passed (P90), and how wrong past forecasts were
// (Rule B-80).
//
// A day's charge is the fixed fees that today's configuration is known to cost on that date, plus usage (calls, SMS,
// sessions) expected from history: every weekday has its own exponentially weighted level, because offices call on
// Mondays and rest on Sundays. P90 comes from how far history strayed from those levels, one step ahead, and from its
// latest drift where that points upwards.
//
// It owns that arithmetic only. Which fees a configuration costs is pricing's, what was spent is the ledger's, and what
// is done about low funds is billing's. Invariants: integers only, no randomness, so equal input gives equal output;
// P90 is never below P50; more funds never end sooner; a history that repeats itself is forecast exactly.
//
// Amounts are micro-units, positive when spent; one day's are expected below 10^15 (a thousand million units).
package forecast
