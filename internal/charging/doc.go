// Package charging takes money for calls and messages as they happen: it authorises a leg before it is dialled, extends
// the reservation while people talk, settles exactly when they hang up, charges finished records and messages at once,
// and closes what a crash left open.
//
// It owns the tables charging_leg and charging_message and the anti-fraud caps (Rule B-70). It does not own prices
// (rating, pricing), balances and holds (ledger), usage days and the states of projects (billing).
//
// Every operation goes through one batcher: requests of concurrent callers are gathered, what they need is looked up
// for all of them, each is decided in Go in the order of arrival as if it were alone, and the outcome is written row set
// by row set in one transaction. A refusal concerns its own request only. The account's lock, taken first, keeps charging
// and the close of a day apart, also where they run on different nodes.
//
// Invariants:
//   - A leg is charged once, whoever reports its end and how often: settle, release, a finished record and recovery close
//     the same row. The same report again gets the first answer, another one a conflict (Rule B-04).
//   - An open leg has a hold, also where it costs nothing: while there is one, its day's communications are not final
//     (Rule B-16).
//   - What is held for open legs never exceeds the funds available when it was held, nor the rest of the day's cap
//     (Rules B-70, B-72).
//   - The price comes from pricing.LegRate for the quote, the hold and the charge alike; [Service.Explain] computes it
//     once more from the record and compares.
//   - Emergency calls are never refused and cost nothing (Rule B-71).
//   - Callers' and callees' numbers stand in the two tables only, so that a person can be erased while ledger entries stay.
package charging
