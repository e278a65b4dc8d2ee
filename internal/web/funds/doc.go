// Package funds is the pages about a project's money: what there is and until when it lasts, the movement of funds down to
// the arithmetic of a call, two days compared, the forecast, the loyalty ladder, and the statement of a month.
//
// It owns nothing: the amounts are billing's, the entries ledger's, the explanations pricing's. It names them for people
// and puts them on pages. It adds and subtracts amounts to show sums, and prices nothing.
//
// Invariants:
//   - A row that a page shows is a row of billing.Statement, so that the page, its exports and the API say the same.
//   - The parts of an explanation add up to the number they explain, exactly.
//   - What may still change is marked: rows of today, and calls of a day that is not final.
package funds
