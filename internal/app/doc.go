// Package app puts the parts together: it opens the store, brings its schema up to date after a backup, makes the
// domains, the API and the cabinet, runs what has to run beside requests, and stops all of it in order.
//
// It owns wiring, start and stop, the loops (night, recovery of legs, sealer, outbox, mails, clean-up), how HTTPS is spoken,
// the start, drain and end of telephony, and the answer to "is this node well". It owns no rule of the business. A test starts the real program in-process
// through it.
package app
