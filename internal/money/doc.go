// Package money holds exact amounts: integers of one millionth of a currency unit, the rounding rules that turn them
// into what a person sees, and the arithmetic that never loses a millionth on the way.
//
// It owns amounts, currencies, rounding and apportionment. It does not know what an amount is for: prices live in
// pricebook, postings in ledger. Nothing here reads a clock or does I/O, and no function uses floating point.
package money
