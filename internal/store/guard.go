package store

import (
	"context"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/right"
)

// Guard says what whoever a transaction is for may change. Package access has the one there is: a permit (Rule A-18).
type Guard interface {
	// Allow refuses, as the reader is to be told, unless one of the rights is held in an organisation. Where none is named, any standing
	// there will do.
	Allow(org ident.Org, rights ...right.Right) error
}

type guarding struct{}

// Guarded is a context in which somebody asks: every transaction begun in it asks the guard before it changes what is guarded. A context
// that no request made, of the night or of a command, has none, and what runs in it is the program's own doing.
func Guarded(ctx context.Context, g Guard) context.Context {
	return context.WithValue(ctx, guarding{}, g)
}

func guardOf(ctx context.Context) Guard {
	g, _ := ctx.Value(guarding{}).(Guard)
	return g
}

// Nobody is the guard of a request of which it is not known yet who asks: it refuses everything, as a mistake of ours.
var Nobody Guard = nobody{}

type nobody struct{}

// Allow refuses with errs.Internal `store.unguarded`.
func (nobody) Allow(org ident.Org, rights ...right.Right) error {
	return errs.New(errs.Internal, "store.unguarded", "a request changes %s (%v) and nobody was asked whether it may", org, rights)
}

// May asks for whomever the transaction is whether they have one of the rights in an organisation. What is guarded calls it before it
// looks at anything else, so that a stranger learns nothing (Rule A-18).
func (t *Tx) May(org ident.Org, rights ...right.Right) error {
	if t.guard == nil {
		return nil
	}
	return t.guard.Allow(org, rights...)
}

// Freely runs a part of the transaction that nobody needs a right for: what is undone again, what happens on a database that is thrown
// away, what the very request gives the right to. Whoever calls it says why.
func (t *Tx) Freely(fn func() error) error {
	guard := t.guard
	t.guard = nil
	defer func() { t.guard = guard }()
	return fn()
}
