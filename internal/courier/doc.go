// Package courier talks to the servers of customers: it delivers webhooks, and asks what a CRM knows of a caller.
//
// It owns the HTTP client for addresses that customers name, the signature of what is sent, and the loop that empties the queue of
// package webhook, which owns what is told, to whom and what became of it. It knows no SQL.
//
// Invariants:
//   - Each connection goes to an address of the public network, or to one of a network that the operator allows, whatever a name
//     resolves to and whenever; no redirect is followed (Rule W-01).
//   - Nothing takes longer than ten seconds, and of an answer only its beginning is read (Rule W-08).
//   - An endpoint has few tries at a time, one while it fails, and a project few altogether: nobody holds up the others (Rule W-07).
package courier
