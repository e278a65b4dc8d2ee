// Package support keeps the conversations of people with the operator's side: what was said, who has read it, who of the
// operator's side has taken it, how long people wait for an answer, and whether somebody is there.
//
// It owns the tables support_*. It does not own who may write (access, by the object chat), who somebody is (account), nor
// how an open page learns of a change: a surface tells its pages what the functions here return.
//
// Invariants:
//   - A conversation belongs to one person in one organisation; nobody else of it reads it (Rule S-01).
//   - A conversation's messages are numbered without gaps in the order in which they were committed, and never change. A
//     message posted twice under its client id is there once (Rule S-02).
//   - Every wait that was answered is measured once; nothing else is told as a response time (Rules S-05, S-06).
//   - Whoever views as somebody else, or looks from the operator's side, changes nothing of what that person has read.
//   - Text is kept as text: what a reader could not see is taken out, nothing in it means anything to a page.
package support
