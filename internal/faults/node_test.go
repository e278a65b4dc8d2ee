package faults_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/errs"
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
	db       *store.DB
	billing  *billing.Service
	charging *charging.Service
	night    *billing.Night
	// Twins: every delivery is under a key of its own; nothing is recovered.
	keyless, forgetful bool
}

func newNode(db *store.DB) *node {
	n := &node{db: db, billing: billing.New(pricebook.Shipped())}
	n.charging = charging.New(db, n.billing.Books, n.billing, project.NewCache())
	n.night = &billing.Night{Billing: n.billing, DB: db}
	return n
}

// found opens the projects of the traffic and switches on the product whose fee the nights charge.
func (n *node) found(ctx context.Context) error {
	for _, id := range projects[1:] {
		if err := n.open(ctx, id, deposit, opened); err != nil {
			return err
		}
		err := n.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			return n.billing.SwitchProduct(ctx, tx, id, "virtual_pbx", true, opened)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// open opens a project, pays its deposit and lifts the caps that so much traffic would meet.
func (n *node) open(ctx context.Context, id ident.ProjectID, funds money.Micro, at time.Time) error {
	return n.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		opening := project.Opening{ID: id, Name: "Demo", Country: "US", Currency: "USD", TimeZone: "America/New_York", Book: "ringostat", Version: "2021-01-01"}
		if _, err := n.billing.Open(ctx, tx, opening, 0, at); err != nil {
			return err
		}
		if funds > 0 {
			if _, err := n.billing.Pay(ctx, tx, id, billing.Payment{ID: "deposit", Amount: funds, Method: "bank"}, at); err != nil {
				return err
			}
		}
		calls, spend := int64(1_000_000), money.MustParse("1000000")
		_, err := project.SetLimits(ctx, tx, id, project.Limits{ConcurrentCalls: &calls, PerDay: &spend})
		return err
	})
}

// bulk posts large entries to an account of its own.
func (n *node) bulk(ctx context.Context, entries int) error {
	if entries == 0 {
		return nil
	}
	return n.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		const project = "bulk"
		if err := ledger.Open(ctx, tx, ledger.Account{Project: project, Currency: "USD", OpenedAt: opened}); err != nil {
			return err
		}
		b := ledger.NewBatch(tx)
		for i := range entries {
			p := ledger.Posting{
				Project: project, Key: fmt.Sprint("bulk-", i), Day: firstDay, BookedAt: opened, Kind: pricing.Call, Item: "US", House: "revenue:call",
				Explain: fmt.Appendf(nil, "%q", strings.Repeat("x", 60_000)),
			}
			if _, _, err := b.Post(ctx, p); err != nil {
				return err
			}
		}
		return b.Flush(ctx)
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
	case message:
		_, err := n.charging.ChargeSMS(ctx, charging.SMSRecord{Project: o.project, ID: id, To: callee, Segments: o.segments(), At: o.at()})
		return err
	case record:
		_, err := n.charging.Charge(ctx, charging.CallRecord{
			Project: o.project, ID: id, Kind: pricing.LegOutbound, To: callee, AnsweredAt: o.at(), Seconds: o.talkSeconds(), At: o.ended(),
		})
		return err
	case night:
		return n.night.CatchUp(ctx, o.project, o.at())
	}
	return n.live(ctx, o, id)
}

const callee = "+12125550100"

// ended is when the operation's call was over.
func (o operation) ended() time.Time { return o.at().Add(time.Duration(o.talkSeconds()) * time.Second) }

func (n *node) pay(ctx context.Context, o operation, id string) error {
	return n.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := n.billing.Pay(ctx, tx, o.project, billing.Payment{ID: id, Amount: o.paid(), Method: "bank"}, o.at())
		return err
	})
}

// live makes a call as a telephone exchange does (Rule B-72).
func (n *node) live(ctx context.Context, o operation, id string) error {
	request := charging.AuthoriseRequest{Project: o.project, LegID: id, Kind: pricing.LegOutbound, To: callee, At: o.at()}
	if _, err := n.charging.Authorise(ctx, request); err != nil {
		return err
	}
	if o.kind == miss {
		_, err := n.charging.Release(ctx, charging.ReleaseRequest{Project: o.project, LegID: id, At: o.at()})
		return err
	}
	beat := charging.ExtendRequest{
		Project: o.project, LegID: id, AnsweredAt: o.at(), Elapsed: heartbeatSeconds, At: o.at().Add(heartbeatSeconds * time.Second),
	}
	if _, err := n.charging.Extend(ctx, beat); err != nil && errs.CodeOf(err) != "charging.leg_closed" { // a repetition comes late
		return err
	}
	if o.kind == abandoned {
		return nil
	}
	_, err := n.charging.Settle(ctx, charging.SettleRequest{Project: o.project, LegID: id, AnsweredAt: o.at(), Seconds: o.talkSeconds(), At: o.ended()})
	return err
}

// recover closes what the dead left open, long after they fell silent.
func (n *node) recover(ctx context.Context) error {
	if n.forgetful {
		return nil
	}
	_, err := n.charging.Recover(ctx, noon.AddDate(0, 0, 30))
	return err
}
