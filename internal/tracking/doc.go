// Package tracking joins what visitors of customers' sites do with the calls they make: sites and their keys, pools of numbers and
// what single numbers stand for, substitution rules and their versions; visits, hits, leases, leads; and, for a call, the
// receipt that says which visit it came from and why.
//
// It owns the tables tracking_*: how things are set up in the core database, what visitors do in the one of events. It does not own
// how a source is read (package source), which rule decides (package swap), which number of a pool a visit gets and how
// likely a visit is behind a call (package pool), whose numbers they are (package number), nor HTTP (package widget).
//
// Invariants:
//   - A hit that was answered is on the disk, with its visit and its leases, in one transaction (Rule C-74).
//   - A hit that is sent again counts once (Rule C-75).
//   - What a node keeps in memory of open visits and leases it believes only while the mark it left in the project's row stands: after
//     a write that failed, or one of another node's, it reads the rows anew (Rule C-76).
//   - A number is in one pool, or stands for one source, and is the project's own tracking number (Rules C-71, C-72).
//   - Whole addresses of visitors are never stored (Rule C-78).
//   - Time, and who acts, are arguments.
package tracking
