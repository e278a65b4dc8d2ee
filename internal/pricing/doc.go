// Package pricing turns what a project held and used into charge lines: product, seat, slot, session and number fees of
// a day, a month's advance charges, minimums and overage, loyalty, prepaid terms, and the charge of one leg or message.
//
// It owns the arithmetic of Rules B-07 to B-54 and B-90, and the rounding of statements. It does not know where
// quantities come from (billing's) nor where lines go (ledger's). Pure: a book, quantities and dates in, lines out.
package pricing
