// Package simulate runs the very billing and charging code on a virtual clock over events: of a file, for "what would my bill
// have been", for moving to another book version, and for tests; or of a live project's own history.
//
// It owns the event format, its reader and writer, the history of a project as events, the replay, the report (entries,
// statement, transitions) and the comparison of a period under another version. It does not own a single rule: projects,
// days, calls and payments go through billing and charging on a scratch database. Invariants: the same events give the
// same bytes; nothing is refused for lack of funds or for a product another needs; a bad event stops the run with its line
// and changes nothing outside; a history replayed under its own versions comes to its project's ledger, or the difference
// is named; a history is streamed, never in memory as a whole; what pages ask runs beside their requests, two at a time on a
// node, and ends when nobody looks any more (Replays).
package simulate
