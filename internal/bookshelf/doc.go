// Package bookshelf keeps price books in the database, beside those that are shipped and those in a folder: an operator writes a draft,
// checks it, compares it, and with a second signature it is published to all nodes.
//
// It owns the tables bookshelf_*. It does not own the format and its checks (pricebook), who is on which version (project), nor what a
// draft would have cost (rehearsal).
//
// Invariants:
//   - A published version never changes; a change is a new version with a date of its own (Rule O-10).
//   - What is published was submitted by one operator and approved by another, exactly as it was submitted (Rule O-11).
//   - A version that a project is, was or will be on stays readable on every node, whatever is done to it (Rule O-12).
//   - Every change is in the audit trail, in its transaction.
package bookshelf
