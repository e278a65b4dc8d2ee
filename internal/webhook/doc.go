// Package webhook tells the servers of customers what happens: which events a project wants told and where, the messages made of
// them, and what became of telling each.
//
// It owns the tables webhook_*, the kinds of messages and how their bodies look. It sends nothing: package courier claims what is due
// ([Service.Claim]), sends it and says what came of it ([Service.Note]).
//
// Invariants:
//   - A message is kept in the transaction that passes its event, once, and told at least once over crashes (Rules W-05, W-06).
//   - One node at a time tries a delivery; messages about one call reach an endpoint in their order (Rule W-07).
//   - Secrets are sealed by the vault; a page shows one when it is made, and never again (Rule W-03).
//   - Whoever has things told could see them all (Rule W-02).
package webhook
