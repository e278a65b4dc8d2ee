// Package support is the pages of conversations with the operator's side: the chat in the corner of every page and its own
// page, and the desk at which the operator's people answer.
//
// It owns no rule: who may write, what is kept and measured is package support's below. It tells open pages that a
// conversation changed, on every node. Invariants:
//
//   - Everything works as plain pages; scripts make it live.
//   - A conversation is reached by its writer's own path, never by its number, except from the desk.
//   - Whoever looks through another's eyes marks nothing as read.
package support
