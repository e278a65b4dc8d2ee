// Package call is the call log: every call of a project with its legs, its timeline, how it ended and what people wrote to
// it, the recordings and voicemails made of it, and the calls that are going on now, with what nodes tell each other of them: orders,
// and the queues that they share.
//
// It owns the tables call_* and the files of recordings. It does not own how a call is routed (dialplan, routing), who an
// employee is (staff), what a leg costs (charging: a leg only names the leg that was charged), nor the network. Whoever
// runs calls reports them: [Open], [Connect], [Close], each one transaction with all that is new, and a heartbeat between.
//
// Invariants:
//   - A report that comes twice has the effect of one; another report under the same id is a conflict (Rule T-100).
//   - A call ends once. One whose node died is closed at its last heartbeat, and only its true end may replace that
//     (Rule T-102).
//   - Whoever reads goes through a [Window], which has the reader's rights: rows of others are not there (Rule T-107).
//   - A recording's file lies under its project and the hash of its content; its row says whether it may be heard.
//   - Telephone numbers stand in these tables and nowhere else: neither in events nor in files' names, so that a person can
//     be erased (Rule T-113).
package call
