package cabinet

import (
	"context"
	"sync"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/forecast"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/store"
	"bellwether/internal/web/ui"
)

// outlooks remembers for a minute how long funds last: it is shown on every page and takes a read of months.
type outlooks struct {
	mu    sync.Mutex
	known map[ident.ProjectID]outlook
}

type outlook struct {
	end     forecast.End
	balance money.Micro
	at      time.Time
}

const (
	outlookLasts  = time.Minute
	noticedChange = 50 // a fiftieth of the balance: then it is computed anew at once
	mostOutlooks  = 20_000
)

// get gives what is known, if the funds are still about the same.
func (o *outlooks) get(id ident.ProjectID, balance money.Micro, at time.Time) (forecast.End, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	known, ok := o.known[id]
	moved := max(balance-known.balance, known.balance-balance)
	if !ok || at.Before(known.at) || at.Sub(known.at) >= outlookLasts || moved*noticedChange > max(balance, -balance) {
		return forecast.End{}, false
	}
	return known.end, true
}

func (o *outlooks) put(id ident.ProjectID, known outlook) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.known == nil || len(o.known) >= mostOutlooks {
		o.known = map[ident.ProjectID]outlook{}
	}
	o.known[id] = known
}

// FundsEnd is when the funds of a project are likely to end, as it was computed within the last minute, and its account.
func (c *Cabinet) FundsEnd(ctx context.Context, q store.Querier, id ident.ProjectID, at time.Time) (forecast.End, ledger.Account, error) {
	account, err := ledger.GetAccount(ctx, q, id)
	if err != nil {
		return forecast.End{}, account, err
	}
	if end, ok := c.outlooks.get(id, account.Balance(), at); ok {
		return end, account, nil
	}
	f, err := c.Billing.Outlook(ctx, q, id, at)
	if err != nil {
		return forecast.End{}, account, err
	}
	c.outlooks.put(id, outlook{f.EndP50, account.Balance(), at})
	return f.EndP50, account, nil
}

// The days left at which the balance is shown as a warning, and as bad.
const (
	daysWarned = 7
	daysBad    = 3
)

// balanceOf is the balance in the top bar, for those who may see funds; nil otherwise, and where it cannot be read.
func (c *Cabinet) balanceOf(v *Visit) *ui.Balance {
	if v.Project == nil || !v.May(access.View, access.Funds) {
		return nil
	}
	end, account, err := c.FundsEnd(v.Context(), c.DB, v.Project.ID, v.At)
	if err != nil {
		c.Log.Error("reading the balance", "project", string(v.Project.ID), "error", err)
		return nil
	}
	return &ui.Balance{
		Amount: account.Balance(), Currency: account.Currency, Days: end.FullDays, Lasting: !end.Within, Tone: ToneOfDays(end),
		Href: v.Path("/funds"), Refresh: v.Path("/pill"), Topic: Topic(v.Org, TopicBalance),
	}
}

// ToneOfDays is how worrying it is when funds end.
func ToneOfDays(end forecast.End) ui.Tone {
	switch {
	case !end.Within:
		return ui.Neutral
	case end.FullDays < daysBad:
		return ui.Bad
	case end.FullDays < daysWarned:
		return ui.Warning
	}
	return ui.Neutral
}

// pill answers with the balance alone, for a live update.
func (c *Cabinet) pill(v *Visit) error {
	balance := c.balanceOf(v)
	if balance == nil {
		c.NotFound(v.W, v.R)
		return nil
	}
	return v.RenderPart(ui.BalancePill(*balance))
}
