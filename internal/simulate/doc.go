// Package simulate runs the very billing and charging code on a virtual clock over a file of events: for "what would my
// bill have been", for moving to another book version, and for tests.
//
// It owns the event format, its reader, the replay and the report (entries, statement, transitions). It does not own a
// single rule: projects, days, calls and payments go through billing and charging on a scratch database. Invariants: the
// same events give the same bytes; nothing is refused for lack of funds or for a product another needs; a bad event
// stops the run with its line and changes nothing outside.
package simulate
