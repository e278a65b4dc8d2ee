// Package audit keeps the trail of who changed what: who (a user, an API key, or a part of the program, and as whom an
// operator was looking), when, from where, the object, the action, and the object before and after.
//
// It owns the table audit_entry and its filters. It does not own the names of objects and actions: they belong to the
// packages that write entries.
//
// Invariants:
//   - An entry is written in the transaction of its change: there is never one without the other (Rule A-15).
//   - Entries are only added; nothing here changes or removes one.
//   - No secret gets in: fields that are named like one are blanked at any depth, whoever wrote them.
//   - Somebody did it: an actor without a user, a key or a part of the program is refused.
package audit
