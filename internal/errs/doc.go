// Package errs holds the one error type that crosses package borders: a kind the edge maps to an HTTP status or an exit
// status, a stable code a program reads, a sentence a person reads, and the place and the remedy.
//
// It owns kinds and their meaning. Codes belong to the package that returns them and start with its name
// ("billing.day_parked"). Errors are logged once, where the decision about them is taken.
package errs
