// Package demo gives a newcomer something to look at: a shop with 90 days of calls, messages, payments and changes of
// mind, that end now.
//
// It owns the story (which shop, when it switches what on, how its days look) and lives it through the real billing and
// charging on a virtual clock. It does not own a price, a rule or what is printed. Invariants: the same seed gives a
// calendar day the same calls whenever the demo runs; nothing is written past the services, so the ledger verifies; it
// needs no network and no other service.
package demo
