// Package sheet writes tables as files: CSV, XLSX and JSON, row by row, so that a list of any length passes through.
//
// It owns the formats and how each spells amounts, dates and instants. It does not own what is in a table.
//
// Invariants:
//   - The three formats carry the same values: an amount is a decimal number with a point, a date is 2026-11-22, an instant is
//     RFC 3339 in UTC.
//   - Text that a spreadsheet would take for a formula begins with an apostrophe in CSV; in XLSX it is a cell of text.
package sheet
