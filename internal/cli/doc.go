// Package cli is the command line: what `bellwether COMMAND` reads, calls and prints.
//
// It owns the commands, their flags and help, how results look to people (tables), to spreadsheets (CSV) and to programs
// (JSON), and the exit statuses: 0 well, 1 something was found, 2 bad input, 3 a fault of ours or of the machine. It does
// not own any rule: every command hands over to a domain and shows what it answers. Invariants: results go to standard
// output, everything else to standard error; the same input gives the same bytes; an error says what is wrong, where,
// and what to do about it; nothing here keeps state between two commands, so tests run the real program in their own
// process.
package cli
