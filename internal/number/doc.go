// Package number knows every telephone number of the installation: the operator's stock, what customers brought along, who
// holds which, and what happened to each.
//
// It owns the tables number_*: one row a number, which stands between all who want it, and its history. What a number
// costs and since when a project is charged for it belongs to billing, which is called in the same transaction: a number
// is held here and charged there, or neither. Invariants:
//
//   - A number belongs to one project at a time, and is either in stock or some customer's own (Rules N-01, N-05).
//   - Whoever changes a number has locked its row before anything of billing's.
//   - Each change of state has its row of history.
//   - Time and who acts are arguments; billing's states are followed by what they are, not by what was told of them, so
//     that news that comes twice or late does no harm (Rule N-08).
package number
