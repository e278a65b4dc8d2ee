// Package approval books payments, adjustments and overdrafts that people and programs of the operator make by hand, and asks for a second
// signature where they are large.
//
// It owns the tables approval_*: one row a request, and a limit a currency. It does not own the bookings, which are billing's,
// nor who may ask and approve, which access decides; what billing books by rules never comes here.
//
// Invariants:
//   - A request is booked at most once, in the transaction that decides it, whoever else decides it at the same moment (Rule O-02).
//   - Nobody approves what they asked for, and no program approves at all (Rule O-02).
//   - What waits is decided within 7 days or not at all (Rule O-03).
//   - An overdraft counts as money given (Rule O-05).
//   - A limit rises only by two signatures (Rule O-04).
//   - Every request and decision is in the audit trail, in its transaction.
package approval
