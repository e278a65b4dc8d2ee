package app

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/event"
	"bellwether/internal/mail"
	"bellwether/internal/telemetry"
	"bellwether/internal/web/ops"
	"bellwether/internal/webhook"
)

// pulse is what the loops last said of themselves.
type pulse struct {
	mu                  sync.Mutex
	wrote, lostEvents   error // the last try to write to the core, and to the events
	wroteAt             time.Time
	closeError, sealErr error
	closedAt, sealedAt  time.Time
	lags                []event.Lag
	night               billing.NightLag
	mails               mail.Lag
	hooks               webhook.Lag
	deadTrunks          int64
}

func (p *pulse) closed(at time.Time, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closedAt, p.closeError = at, err
}

func (p *pulse) sealed(at time.Time, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sealedAt, p.sealErr = at, err
}

// FeelPulse looks how the node does, as it does every few seconds while it serves. It really writes: a disk that is full or gone shows here before a customer meets it.
func (a *App) FeelPulse(ctx context.Context) {
	err, eventsErr := a.DB.Health(ctx), a.Events.Health(ctx)
	lags, lagErr := a.dispatcher.Lag(ctx)
	night, nightErr := billing.GetNightLag(ctx, a.DB, a.clock())
	mails, mailErr := mail.GetLag(ctx, a.DB)
	hooks, hookErr := webhook.GetLag(ctx, a.DB)
	if more, err := a.hookNews.Lag(ctx); err == nil {
		lags = append(lags, more...)
	}
	if ctx.Err() != nil {
		return
	}
	a.complain("the health check cannot write", err)
	a.complain("the health check cannot write events", eventsErr)
	a.complain("measuring the outbox", lagErr)
	a.complain("looking at the night", nightErr)
	a.complain("counting mails", mailErr)
	a.complain("counting webhooks", hookErr)
	a.pulse.mu.Lock()
	defer a.pulse.mu.Unlock()
	a.pulse.wrote, a.pulse.lostEvents, a.pulse.wroteAt, a.pulse.lags = err, eventsErr, a.clock(), lags
	if nightErr == nil {
		a.pulse.night = night
	}
	if mailErr == nil {
		a.pulse.mails = mails
	}
	if hookErr == nil {
		a.pulse.hooks = hooks
	}
}

// night is what the metrics show of the closing of days.
func (a *App) night() telemetry.Night {
	a.pulse.mu.Lock()
	defer a.pulse.mu.Unlock()
	lag := a.pulse.night
	return telemetry.Night{Due: lag.Days, Parked: lag.Parked, Lag: lag.Behind(a.clock())}
}

// mails is what the metrics show of the delivery of mails.
func (a *App) mails() telemetry.Mails {
	a.pulse.mu.Lock()
	defer a.pulse.mu.Unlock()
	shown := telemetry.Mails{Waiting: a.pulse.mails.Waiting}
	if oldest := a.pulse.mails.Oldest; !oldest.IsZero() {
		shown.Lag = max(0, a.clock().Sub(oldest))
	}
	return shown
}

// Health is the answer of /readyz.
type Health struct {
	Ready    bool        `json:"ready"`
	Reason   string      `json:"reason,omitempty"`
	cause    ops.Cause   // what kind of reason it is
	Checked  time.Time   `json:"checked_at"` // when it last wrote for real
	ClosedAt time.Time   `json:"days_looked_at"`
	SealedAt time.Time   `json:"ledger_sealed_at"`
	Outbox   []OutboxLag `json:"outbox"`
	Mail     MailLag     `json:"mail"`
	Webhooks HookLag     `json:"webhooks"`
	Calls    *CallHealth `json:"telephony,omitempty"` // absent where this node takes no calls
}

// CallHealth is how telephony does.
type CallHealth struct {
	Calls      int64 `json:"calls"`
	Registered int64 `json:"registered"`
	TrunksUp   int64 `json:"trunks_up"`
	TrunksDown int64 `json:"trunks_down"`
	TrunksDead int64 `json:"trunks_dead"` // that people were told of, on whatever node
}

// MailLag is how far the delivery of mails is behind.
type MailLag struct {
	Waiting int64     `json:"waiting"`
	Oldest  time.Time `json:"oldest_at,omitzero"`
	Failing bool      `json:"failing"` // the last try failed; the log says why
	Failed  int64     `json:"failed"`  // given up or refused for good in the last month
	Server  bool      `json:"server"`  // there is one to send with
}

// HookLag is how far the telling of customers' servers is behind.
type HookLag struct {
	Waiting int64     `json:"waiting"`
	Oldest  time.Time `json:"oldest_at,omitzero"` // since when the first that was never tried is due
	Failing int64     `json:"failing"`            // webhooks whose last try failed: their owners see why
}

// OutboxLag is how far a subscriber of events is behind.
type OutboxLag struct {
	Subscriber string `json:"subscriber"`
	Behind     int64  `json:"behind"`
	Failing    bool   `json:"failing"` // the log says why
}

// stale is how old the last check may be before its answer is not believed.
const stale = 4 * pulseEvery

// mailLag is what is known of the mails; the caller holds the pulse.
func (a *App) mailLag() MailLag {
	m := a.pulse.mails
	return MailLag{Waiting: m.Waiting, Oldest: m.Oldest, Failing: m.Error != "", Failed: m.Failed, Server: a.Post.Ready}
}

// Health says whether this node can do its work.
func (a *App) Health() Health {
	now := a.telephonyNow()
	a.pulse.mu.Lock()
	defer a.pulse.mu.Unlock()
	h := Health{Ready: true, Checked: a.pulse.wroteAt, ClosedAt: a.pulse.closedAt, SealedAt: a.pulse.sealedAt, Outbox: []OutboxLag{}, Mail: a.mailLag(), Webhooks: HookLag(a.pulse.hooks)}
	for _, lag := range a.pulse.lags {
		h.Outbox = append(h.Outbox, OutboxLag{Subscriber: lag.Subscriber, Behind: lag.Behind, Failing: lag.Error != ""})
	}
	switch {
	case a.pulse.wroteAt.IsZero():
		h.Ready, h.cause, h.Reason = false, ops.Starting, "starting"
	case a.pulse.wrote != nil:
		h.Ready, h.cause, h.Reason = false, ops.StoreFails, "the store cannot write: "+inShort(a.pulse.wrote)
	case a.pulse.lostEvents != nil:
		h.Ready, h.cause, h.Reason = false, ops.EventsFail, "the store of events cannot write: "+inShort(a.pulse.lostEvents)
	case a.clock().Sub(a.pulse.wroteAt) > stale:
		h.Ready, h.cause, h.Reason = false, ops.StoreSilent, "the store has not answered a write since "+a.pulse.wroteAt.UTC().Format(time.RFC3339)
	case a.pulse.closeError != nil:
		h.Ready, h.cause, h.Reason = false, ops.DaysOpen, "days cannot be closed: "+inShort(a.pulse.closeError)
	}
	if a.phones != nil {
		h.Calls = &CallHealth{Calls: now.Calls, Registered: now.Registered, TrunksUp: now.TrunksUp, TrunksDown: now.TrunksDown, TrunksDead: a.pulse.deadTrunks}
		if why := a.phones.problem(); why != "" && h.Ready {
			h.Ready, h.cause, h.Reason = false, ops.NoCalls, why
		}
	}
	return h
}

// inShort is what strangers may read of an error; the log has all of it.
func inShort(err error) string {
	var known *errs.Error
	if errors.As(err, &known) {
		return known.Message + " (" + known.Code + ")"
	}
	return "see the log"
}

func (a *App) serveHealth(w http.ResponseWriter, _ *http.Request) {
	h := a.Health()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if !h.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	if err := json.NewEncoder(w).Encode(h); err != nil {
		a.Log.Debug("answering a health check", "error", err)
	}
}
