// Package sip is our side of every call's signalling: dialogs over package wire's messages and transactions, who may call, where
// the phones are, and the trunks to the telephone network.
//
// A Stack takes calls to a Handler (Incoming) and makes calls (Dial); either way there is a Leg, one dialog with one peer, whose
// events come one at a time and in order. It does not own calls (package pbx joins legs), media, money, nor any table: accounts
// and kept registrations come through the small interfaces Accounts and Bindings.
//
// Standards: RFC 3261 (dialogs 12, INVITE 13 and 14, BYE 15, CANCEL 9, REGISTER 10), 3262 (100rel), 3263 (SRV), 3264 (direction),
// 3311 (UPDATE), 3323 and 3325 (identity), 3326 (Reason), 3327 (Path), 3515, 3891, 4488 and 5589 (REFER, Replaces), 3581 (rport), 3966 (what
// can be dialled), 4028 (session timers), 5621 (bodies of several parts), 5626 (instances), 6026 (2xx), 7118 (WebSocket), 7616 and 8760 (digest).
//
// Invariants:
//   - A leg has exactly one last event: Refused, Ended or Lost. A 2xx that comes after CANCEL, or from another fork, is acknowledged
//     and hung up, and is no event.
//   - Requests of a dialog count once and in order: one older than the last is refused with 500.
//   - A call comes from an account that has proved its password, or from a trunk; what was dialled is digits, +, * and # (Rule T-62).
//   - What strangers write reaches nobody but as printable text, and no header of ours.
//   - Known users, unknown ones and blocked ones are answered alike (Rule T-64).
//   - No call of this package waits for the network, but Close and those that take a context.
//
// The clock is the runtime's; tests run in testing/synctest, where it is theirs (package siptest).
package sip
