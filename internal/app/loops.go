package app

import (
	"context"
	"errors"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/billing"
	"bellwether/internal/call"
	"bellwether/internal/event"
	"bellwether/internal/idem"
	"bellwether/internal/ident"
	"bellwether/internal/job"
	"bellwether/internal/media/audio"
	"bellwether/internal/recall"
	"bellwether/internal/rehearsal"
	"bellwether/internal/store"
	"bellwether/internal/webhook"
)

// How often what runs beside requests looks for work.
const (
	recoverEvery = 5 * time.Second
	sealEvery    = 3 * time.Second
	pulseEvery   = 5 * time.Second
	usesEvery    = time.Minute
	ripenEvery   = time.Minute
	purgeEvery   = time.Hour
	mailEvery    = 3 * time.Second
	leadsEvery   = time.Second
	shelfEvery   = 2 * time.Second
	sweepEvery   = 20 * time.Second
	recheckEvery = recall.Recheck
	trunkEvery   = 5 * time.Second

	keepEvents  = 30 * 24 * time.Hour
	keepAnswers = 7 * 24 * time.Hour
	keepJobs    = 90 * 24 * time.Hour
)

// start begins the loops; they end with ctx.
func (a *App) start(ctx context.Context, g *group) {
	g.every(ctx, a.Config.CloseInterval, a.closeDays)
	g.every(ctx, recoverEvery, a.recoverLegs)
	g.every(ctx, pulseEvery, a.FeelPulse)
	g.every(ctx, usesEvery, a.saveUses)
	g.every(ctx, ripenEvery, a.ripenNumbers)
	g.every(ctx, tellEvery, a.tellVisits)
	g.every(ctx, tendEvery, a.tendPools)
	g.every(ctx, purgeEvery, a.ageVisits)
	g.every(ctx, purgeEvery, a.purge)
	g.Go(func() { a.Cabinet.Watch(ctx) })
	g.every(ctx, mailEvery, a.CarryMail)
	g.every(ctx, leadsEvery, a.takeLeads)
	g.Go(func() { a.hooks.Run(ctx) })
	g.Go(func() {
		a.hookNews.Run(ctx, func(subscriber string, err error) { a.complain("delivering events to "+subscriber, err) })
	})
	g.Go(func() { a.Talks.Run(ctx) })
	g.Go(func() { a.Calls.Run(ctx) })
	g.Go(func() { a.Visitors.Run(ctx) })
	g.every(ctx, recoverEvery, a.recoverCalls)
	g.every(ctx, sweepEvery, a.sweepRecordings)
	g.every(ctx, shelfEvery, a.syncShelf)
	g.every(ctx, trunkEvery, a.WatchTrunks)
	g.Go(func() {
		a.sealer.Run(ctx, sealEvery, func(_ int64, err error) {
			a.pulse.sealed(a.clock(), err)
			a.complain("sealing the ledger", err)
		})
	})
	g.Go(func() { a.runner.Run(ctx, func(err error) { a.complain("running jobs", err) }) })
	g.Go(func() {
		a.complain("counting paid users", a.countMembers(ctx))
		a.dispatcher.Run(ctx, func(subscriber string, err error) { a.complain("delivering events to "+subscriber, err) })
	})
}

// complain logs an error of a loop; the loop goes on. A context that ended is no error.
func (a *App) complain(what string, err error) {
	if err != nil {
		a.Log.Error(what, "error", err)
	}
}

// closeDays closes the days that are due in any project.
func (a *App) closeDays(ctx context.Context) {
	if !a.closing.TryLock() {
		return // the demo is being lived through: the next round is soon
	}
	defer a.closing.Unlock()
	began := a.clock()
	parked, failed := 0, 0
	night := &billing.Night{Billing: a.Billing, DB: a.DB, Parked: func(id ident.ProjectID, reason error) {
		parked++
		a.Log.Error("a day cannot be closed and is parked", "project", string(id), "reason", reason, "hint", "bellwether repair list")
	}}
	closed, err := night.Run(ctx, began)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		failed++
		a.complain("closing days", err)
	}
	a.pulse.closed(began, err)
	if closed > 0 || parked > 0 || failed > 0 {
		a.Metrics.DayCloses(int(closed), parked, failed, a.clock().Sub(began))
		a.Log.Info("closed days", "closed", closed, "parked", parked)
		a.dispatcher.Wake()
	}
}

// recoverLegs ends the legs whose owner fell silent.
func (a *App) recoverLegs(ctx context.Context) {
	recovered, err := a.Charging.Recover(ctx, a.clock())
	if ctx.Err() != nil {
		return
	}
	a.complain("recovering silent legs", err)
	if n := recovered.Charged + recovered.Released; n > 0 {
		a.Log.Warn("legs whose heartbeat stopped were closed", "charged", recovered.Charged, "released", recovered.Released)
	}
}

// recoverCalls ends the calls whose node fell silent.
func (a *App) recoverCalls(ctx context.Context) {
	closed, err := call.Recover(ctx, a.DB, a.clock())
	if ctx.Err() != nil {
		return
	}
	a.complain("recovering silent calls", err)
	if closed > 0 {
		a.Log.Warn("calls whose heartbeat stopped were closed", "calls", closed)
	}
}

// mend mends a recording whose writer died.
func mend(path string) error {
	_, err := audio.RepairFile(path)
	return err
}

// sweepRecordings moves files of recordings to where their rows say.
func (a *App) sweepRecordings(ctx context.Context) {
	_, err := call.Sweeper{DB: a.DB, Files: a.Files, Mend: mend, Voicemail: a.mailVoicemail}.Step(ctx, a.clock())
	if ctx.Err() == nil {
		a.complain("moving recordings", err)
	}
}

// ripenNumbers frees the numbers whose quarantine is over.
func (a *App) ripenNumbers(ctx context.Context) {
	freed, err := a.Numbers.Ripen(ctx, a.clock())
	if ctx.Err() != nil {
		return
	}
	a.complain("ending quarantines of numbers", err)
	if freed > 0 {
		a.Log.Info("numbers are free again", "numbers", freed)
	}
}

// syncShelf takes over the price books that were published, here or on another node.
func (a *App) syncShelf(ctx context.Context) {
	changed, err := a.Shelf.Sync(ctx, a.DB)
	if ctx.Err() != nil {
		return
	}
	a.complain("loading published price books", err)
	if changed {
		a.Log.Info("price books were published or withdrawn")
	}
}

// saveUses writes down which keys, sessions and members were seen.
func (a *App) saveUses(ctx context.Context) {
	now := a.clock()
	uses, sessions, members := a.Keys.TakeUses(now), a.Sessions.TakeSightings(now), a.Gate.TakeSightings(now)
	if len(uses)+len(sessions)+len(members) == 0 {
		return
	}
	err := a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(account.SaveUses(ctx, tx, uses), account.SaveSightings(ctx, tx, sessions), access.SaveSightings(ctx, tx, members))
	})
	if ctx.Err() == nil {
		a.complain("noting who was seen", err)
	}
}

// purge forgets delivered events, old jobs and stored answers that nobody will ask for again.
func (a *App) purge(ctx context.Context) {
	now := a.clock()
	if _, err := event.Purge(ctx, a.DB, now.Add(-keepEvents)); ctx.Err() == nil {
		a.complain("purging events", err)
	}
	if _, err := idem.Purge(ctx, a.DB, now.Add(-keepAnswers)); ctx.Err() == nil {
		a.complain("purging answers", err)
	}
	if _, err := a.Webhooks.EraseGone(ctx); ctx.Err() == nil {
		a.complain("erasing leads from what was told", err)
	}
	if _, err := webhook.Purge(ctx, a.DB, now.Add(-webhook.Keep)); ctx.Err() == nil {
		a.complain("purging webhooks", err)
	}
	if _, err := job.Purge(ctx, a.DB, now.Add(-keepJobs), rehearsal.Forget); ctx.Err() == nil {
		a.complain("purging jobs", err)
	}
	err := a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(account.Purge(ctx, tx, now), call.PurgeCommands(ctx, tx, now.Add(-purgeEvery)))
	})
	if ctx.Err() == nil {
		a.complain("purging links, sessions, attempts and orders", err)
	}
	if err := a.reseal(ctx); ctx.Err() == nil {
		a.complain("sealing with the first key", err)
	}
}
