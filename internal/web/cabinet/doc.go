// Package cabinet is what the pages of a signed-in reader stand on: who reads, which organisation the page is about, what
// the reader may do there, and the frame with its rail, switcher, balance and live updates.
//
// A package of pages (web/funds, web/people, ...) adds its routes with Handle, each with the Need that its reader must
// meet; its actions get a Visit, read with v.Read, change with v.Change, and return an error where they cannot answer. The
// cabinet owns the tables cabinet_*: saved views of tables and what a reader has put away. It decides nothing itself:
// rights are access's, sessions account's.
//
// Invariants:
//   - No action runs before the reader's permit allows what its route needs, and there is no way to add a route without
//     saying what it needs.
//   - What is begun in the context of a visit asks the reader's permit again, below the pages.
//   - What a reader may not know of answers exactly as what does not exist.
//   - A reader's organisation stands in the path: /p/PROJECT, /a/AGENCY, /op for the operator. Another tab is another one.
package cabinet
