// Package recall remembers for seconds what was read about who may enter, so that a page with fifty requests reads it
// once, and notes who was seen, so that a minute of requests is one write.
//
// It owns no table and knows nothing of what it keeps. It reads no clock: instants are arguments.
//
// Invariants:
//   - What was read is believed for less than [Trust]: whatever is revoked, blocked or changed is so everywhere within 5
//     seconds, on every node, without the nodes telling one another.
//   - A clock that goes back makes the memory doubt, never trust for longer.
//   - Memory is bounded.
package recall
