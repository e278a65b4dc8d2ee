// Package event carries news from one domain to others: a transactional outbox and the dispatcher that empties it.
//
// It owns the outbox, the positions of its readers and the order of delivery. An event is stored in the transaction of the
// change it tells of, so that there is never one without the other. It does not own what events mean: topics and bodies
// belong to the package that emits them and whose name the topic begins with ("project.suspended").
//
// Invariants:
//   - At least once: an event that was committed reaches every subscriber of its topic, over crashes and restarts. A
//     handler may see one twice and must bear it.
//   - In order: each subscriber gets events one after another in the order of their positions; an event that cannot be
//     delivered is tried again, later and later, and those behind it wait.
//   - Positions follow commits, not clocks: they are given after the commit, so an event of a slow transaction or of a node
//     whose clock is behind is not skipped.
//   - One node at a time delivers to a subscriber, under a lease. What every node must see is read with a Tail, which keeps nothing.
package event
