package faults_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// node is the domain on an open store: what a running program would be.
type node struct {
	db      *store.DB
	billing *billing.Service
	keyless bool // twin: every delivery is under a key of its own
}

func newNode(db *store.DB, keyless bool) *node {
	return &node{db: db, billing: billing.New(pricebook.Shipped()), keyless: keyless}
}

// found opens the projects and pays their deposits.
func (n *node) found(ctx context.Context) error {
	return n.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, id := range projects[1:] {
			opening := project.Opening{ID: id, Name: "Demo", Country: "US", Currency: "USD", TimeZone: "America/New_York", Book: "ringostat", Version: "2021-01-01"}
			if _, err := n.billing.Open(ctx, tx, opening, 0, noon.Add(-time.Hour)); err != nil {
				return err
			}
			first := billing.Payment{ID: "deposit", Amount: deposit, Method: "bank"}
			if _, err := n.billing.Pay(ctx, tx, id, first, noon.Add(-time.Hour)); err != nil {
				return err
			}
		}
		return nil
	})
}

// deliver hands an operation in, every fifth one twice at once, as nervous clients do.
func (n *node) deliver(ctx context.Context, o operation) error {
	if o.number%5 != 0 || n.keyless {
		return n.perform(ctx, o)
	}
	var wg sync.WaitGroup
	var outcomes [2]error
	for i := range outcomes {
		wg.Go(func() { outcomes[i] = n.perform(ctx, o) })
	}
	wg.Wait()
	return errors.Join(outcomes[:]...)
}

func (n *node) perform(ctx context.Context, o operation) error {
	id := o.id()
	if n.keyless {
		id = fmt.Sprint(id, delivery, rand.Int64())
	}
	switch o.kind {
	case payment:
		return n.pay(ctx, o, id)
	case callRecord, message:
		return n.charge(ctx, o, id)
	}
	return n.reserve(ctx, o, id)
}

func (n *node) pay(ctx context.Context, o operation, id string) error {
	return n.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := n.billing.Pay(ctx, tx, o.project, billing.Payment{ID: id, Amount: o.paid(), Method: "bank"}, o.at())
		return err
	})
}

func (n *node) posting(o operation, id string) ledger.Posting {
	return ledger.Posting{
		Project: o.project, Key: id, Day: civil.DateIn(noon, time.UTC), BookedAt: o.at(), Kind: pricing.Call, Item: "US", Quantity: 1, Amount: o.amount(),
		House: "revenue:call", Ref: id, Rule: "B-22",
	}
}

func (n *node) charge(ctx context.Context, o operation, id string) error {
	return n.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, _, err := ledger.Post(ctx, tx, n.posting(o, id))
		return err
	})
}

func (n *node) reserve(ctx context.Context, o operation, id string) error {
	var hold ledger.Hold
	err := n.batch(ctx, func(ctx context.Context, b *ledger.Batch) (err error) {
		hold, _, err = b.Hold(ctx, ledger.HoldRequest{Project: o.project, Key: id, Ref: id, Day: civil.DateIn(noon, time.UTC), Amount: money.MustParse("1"), At: o.at()})
		return err
	})
	if err != nil {
		return err
	}
	return n.batch(ctx, func(ctx context.Context, b *ledger.Batch) (err error) {
		switch o.kind {
		case unanswered:
			_, err = b.Void(ctx, o.project, hold.ID, o.at())
		case talk:
			_, err = b.Settle(ctx, o.project, hold.ID, n.posting(o, id))
		case broken:
			_, err = b.ExtendHold(ctx, o.project, hold.ID, money.MustParse("2"), o.at())
		}
		return err
	})
}

func (n *node) batch(ctx context.Context, fn func(ctx context.Context, b *ledger.Batch) error) error {
	return n.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		b := ledger.NewBatch(tx)
		if err := fn(ctx, b); err != nil {
			return err
		}
		return b.Flush(ctx)
	})
}

// recover closes what the dead left open.
func (n *node) recover(ctx context.Context) error {
	holds, err := ledger.SilentHolds(ctx, n.db, noon.Add(1000*time.Hour), 0, 100000)
	if err != nil {
		return err
	}
	return n.batch(ctx, func(ctx context.Context, b *ledger.Batch) error {
		for _, h := range holds {
			o := operation{kind: broken, project: h.Project}
			p := n.posting(o, h.Key)
			p.BookedAt = noon
			if _, err := b.Settle(ctx, h.Project, h.ID, p); err != nil {
				return err
			}
		}
		return nil
	})
}

var _ = ident.ProjectID("")
