// Package idem makes a repeated request one effect and one answer (Rule B-04).
//
// It owns the table of keys seen and the answers given. The key is stored in the caller's transaction, with what the
// request did: either both are there or neither. Where the effect needs transactions of its own, the key is claimed before and
// the answer kept after. It does not own how long keys are kept: Purge is told.
//
// Invariants: the same scope, key and request give the stored answer and have no effect; the same scope and key with
// another request are a conflict; a request that failed leaves no key behind and may be tried again.
package idem
