// Package ledger is the book of money: the account of every project, the entries that moved it, the reservations that
// hold part of it, and the proof that none of this was changed afterwards.
//
// It owns the tables ledger_account, ledger_entry, ledger_hold, ledger_seal, ledger_seal_head, ledger_seal_mark, ledger_call
// and ledger_call_day. It does not own prices (pricebook, rating, pricing), reasons for posting (billing, charging, payment) or
// the states of projects (project).
//
// An entry is one row and a whole double entry (Rule B-03): its amount is the sum of what it adds to the project's cash,
// bonus and credit, and the house account it names takes the opposite. [Entry.Legs] spells that out. House accounts are
// names such as "revenue:call", "clearing:card", "loyalty", "write_off" and "adjustment"; their balances are sums, never
// rows, for a row that every project's charge must lock would be as slow as one project. The currency is the account's.
//
// Invariants:
//   - Entries are only ever added. A mistake is put right by another entry that names the first (Rule B-15); one entry
//     is named so at most once. A reversal is an entry like any other and may itself be reversed, which restores the effect
//     of the first.
//   - Within a project, entries are numbered 1, 2, 3 without gaps, their identifiers grow with the numbers, and each
//     states the balance after it.
//   - The same idempotency key brings the same entry: to the same request its first answer, to another a conflict
//     (Rule B-04). So do the keys of holds, which are a space of their own.
//   - A hold is pending until it is posted, voided or expired, once (Rule B-05). An account's held is the sum of its
//     pending holds, and no hold is granted beyond cash + credit + overdraft - held.
//   - Every amount lies within ±2^61 millionths, so that no sum within an account overflows.
//   - Entries hold identifiers, prefixes and zones, never a phone number: a person can be erased while the amounts stay.
//
// A [Sealer] chains each project's entries by hashes a few seconds after they are committed and files its calls by day,
// and [Verify] recomputes everything above and names the first entry that does not fit (Rule B-06).
//
// Whoever posts starts the transaction and uses one [Batch] at a time in it. The account is locked before anything that
// depends on it is read, so that several nodes may post to one project on PostgreSQL.
package ledger
