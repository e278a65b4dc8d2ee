// Package billing turns days into money: it records what a project holds and uses, closes each usage day at the
// project's local midnight, charges months in advance and terms in advance, takes payments, moves projects through their
// states and shows the movement of funds.
//
// It owns the tables billing_*. The arithmetic is pricing's, the entries are ledger's, the calendar is project's; calls
// and messages reach it as metered usage from charging. Invariants: days are closed in order and once (Rule B-10); a
// closed day's fee lines never change; every write happens in the caller's transaction; time is an argument, so that the
// simulator runs this very code on a virtual clock.
package billing
