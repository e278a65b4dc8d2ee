// Package callimport reads call records out of a CSV file such as Ringostat exports, says what legs they were, and
// charges them like calls of our own.
//
// It owns the reading: columns, encodings, dates, dispositions, which leg a line stands for, and the list of everything
// that is wrong with a file; and the import of a file as a whole. It does not own prices, numbers or posting; a Record
// goes to charging, which is idempotent by its ID.
//
// Invariants:
//   - Nothing is half read: Read returns records of the whole file, or none and an error that names every bad line.
//   - Nothing is half imported: Import prices every leg first and charges them in one transaction.
//   - The same call has the same ID in every export, whatever the order of columns, the delimiter, the encoding or the
//     line ends: importing a file twice, or two files that overlap, is one effect.
//   - A cell is text, whatever it begins with. Nothing here evaluates, dials or opens what a file says.
//
// # Legs
//
//	call_type  connected with       leg
//	in         a phone number       forward to it (answered calls only)
//	in         a SIP account        sip
//	in         nobody or a name     inbound to dst
//	out        -                    outbound to dst
//	callback   -                    callback_manager to connected_with, or to dst where it is empty, and
//	                                callback_client to caller: two records
//
// A call that was not answered has no seconds and no AnsweredAt. An export has one duration for both legs of a callback:
// both are taken to have lasted as long as the talk.
//
// # Local times
//
// calldate is read in the zone of Options unless it carries an offset. A time that the clocks of the zone repeat is
// taken as the earlier of the two, one that they skip as the instant that many minutes after the change; both are listed
// as warnings, because an export does not say more.
package callimport
