// Package right has the words of rights: what is done (an [Action]) to what (an [Object]), and the two together (a [Right]).
//
// It owns which objects there are, in which kinds of organisation each exists and what can be done to it. It does not own who has
// which right: roles, matrices and permits are access's, which gives these words to the surfaces under its own name. Here they are for
// those below access (project, billing, number, ledger, job), which ask a transaction for the right to change something
// (store.Tx.May, Rule A-18) and know nobody's roles.
//
// Invariant: an object's actions mean something wherever the object exists, and no others do.
package right
