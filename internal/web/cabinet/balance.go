package cabinet

import (
	"context"
	"sync"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/forecast"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/store"
	"bellwether/internal/web/ui"
)

// outlooks remembers for a minute how long funds last: it is shown on every page and takes a read of months.
type outlooks struct {
	mu    sync.Mutex
	known map[ident.ProjectID]outlook
}

type outlook struct {
	whole   forecast.Forecast
	account ledger.Account
	at      time.Time
}

const (
	outlookLasts = 30 * time.Second
	mostOutlooks = 20_000
)

// get gives what is known, if no entry moved the account since and its overdraft is the same.
func (o *outlooks) get(account ledger.Account, at time.Time) (forecast.Forecast, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	known, ok := o.known[account.Project]
	if !ok || at.Before(known.at) || at.Sub(known.at) >= outlookLasts || known.account.Seq != account.Seq || known.account.Overdraft != account.Overdraft {
		return forecast.Forecast{}, false
	}
	return known.whole, true
}

// forget drops what is known of a project: something about it was changed.
func (o *outlooks) forget(id ident.ProjectID) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.known, id)
}

func (o *outlooks) put(id ident.ProjectID, known outlook) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.known == nil || len(o.known) >= mostOutlooks {
		o.known = map[ident.ProjectID]outlook{}
	}
	o.known[id] = known
}

// Outlook is the forecast of a project as every page shows it, so that no two disagree, and its account. It is computed anew
// after each entry and each change made here, and twice a minute besides.
func (c *Cabinet) Outlook(ctx context.Context, q store.Querier, id ident.ProjectID, at time.Time) (forecast.Forecast, ledger.Account, error) {
	account, err := ledger.GetAccount(ctx, q, id)
	if err != nil {
		return forecast.Forecast{}, account, err
	}
	if known, ok := c.outlooks.get(account, at); ok {
		return known, account, nil
	}
	f, err := c.Billing.Outlook(ctx, q, id, at)
	if err != nil {
		return forecast.Forecast{}, account, err
	}
	c.outlooks.put(id, outlook{f, account, at})
	return f, account, nil
}

// FundsEnd is when the funds of a project are likely to end, and its account.
func (c *Cabinet) FundsEnd(ctx context.Context, q store.Querier, id ident.ProjectID, at time.Time) (forecast.End, ledger.Account, error) {
	f, account, err := c.Outlook(ctx, q, id, at)
	return f.EndP50, account, err
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
