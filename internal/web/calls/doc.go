// Package calls is the pages about calls of a project: the log, one call with its timeline and recordings, the card of a
// number, missed calls, voicemails, what goes on now, and how the log is read.
//
// It owns what these pages show and ask, and no table: calls and recordings are package call's, what a leg cost is
// charging's. A link to a recording opens without signing in; everything else needs a permit. Invariants:
//
//   - A call or a recording that the reader's level does not reach answers as one that does not exist.
//   - A recording is sent to who may listen now, in pieces, and no copy of it may be kept on the way (Rule T-112).
//   - What goes on now is pushed within about a second, whichever node runs the call.
package calls
