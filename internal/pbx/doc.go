// Package pbx runs calls: it lets package dialplan decide and carries out what that decides, on signalling (sip), audio
// (media), money (charging) and the call log (call).
//
// A call is one goroutine with one mailbox. Whatever happens to it (messages, keys, timers, money, commands) is put there and
// taken one by one; nothing a call does waits for the network or the database, but its journal, which writes to the log in
// order beside it.
//
// It owns which calls run on this node, who of a project's employees is on the telephone, the queues that callers wait in (where
// nodes share a database: the node's part in them), the heartbeat, and what happens to calls whose node died. It does not own what a call does next (dialplan), messages and
// dialogs (sip), packets (media), prices and balances (charging), nor any table: it knows no SQL.
//
// Invariants:
//   - Every leg that was authorised is extended while it lives and settled once, from its answer (Rule T-35).
//   - A call is in the log from its arrival on, and closed once, with the dialogs of its legs kept while they live, so that
//     they can be ended after a crash (Rule T-36).
//   - RTP ports are free before a final response is sent.
//   - A node that drains takes no new calls and ends none (Rule T-37).
package pbx
