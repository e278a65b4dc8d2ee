package app

import (
	"context"
	"math"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/mail"
	"bellwether/internal/pool"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
)

// tendPools looks after the pools of all projects (Rules C-104, C-105).
func (a *App) tendPools(ctx context.Context) {
	err := a.keeper.Run(ctx, a.clock())
	if ctx.Err() != nil {
		return
	}
	a.complain("looking after pools", err)
	a.dispatcher.Wake()
}

var poolMails = map[tracking.NoticeKind]mail.Kind{
	tracking.NoticeOverload: mail.PoolOverload, tracking.NoticeAccuracy: mail.PoolAccuracy, tracking.NoticeStuck: mail.PoolStuck,
	tracking.NoticeGrown: mail.PoolGrown, tracking.NoticeShrunk: mail.PoolShrunk,
}

// mailPool writes to the owner and the administrators of a project what its pool did, or what ails it.
func (a *App) mailPool(ctx context.Context, tx *store.Tx, n tracking.Notice) error {
	p, err := a.Projects.Get(ctx, tx, n.Project)
	if err != nil {
		return err
	}
	people, err := access.InRole(ctx, tx, ident.ProjectOrg(n.Project), access.Owner, access.Administrator)
	if err != nil {
		return err
	}
	users, err := account.Users(ctx, tx, people)
	if err != nil {
		return err
	}
	m := mail.Message{
		Kind: poolMails[n.Kind], Who: n.Pool.Name, Place: p.Name, At: n.At, Zone: p.Calendar.Zone(p.Calendar.DayAt(a.clock())),
		Path: "/p/" + string(n.Project) + "/tracking/pools/" + string(n.Pool.ID),
	}
	if n.Over {
		m.Kind = mail.PoolWell
	}
	for _, id := range people {
		u, ok := users[id]
		if !ok || !u.BlockedAt.IsZero() {
			continue
		}
		m.To, m.Lang = u.Email, lang.Lang(u.Language)
		m.Reason = noticeReason(lang.For(m.Lang, m.Zone), p, n)
		if err := a.Post.Send(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}

// whyStuck are the words for why a pool cannot grow, by code.
var whyStuck = map[string]lang.Key{
	"tracking.budget_used": "tracking.stuck_budget", "tracking.pool_limit": "tracking.stuck_limit", "number.none_free": "tracking.stuck_stock", "number.funds_ended": "tracking.stuck_funds",
}

// noticeReason is what a notice says besides its kind, in a language.
func noticeReason(say *lang.Printer, p *project.Project, n tracking.Notice) string {
	switch n.Kind {
	case tracking.NoticeOverload:
		return percentOf(say, n.Advice.Share)
	case tracking.NoticeAccuracy:
		return intervalText(say, n.Advice.Source)
	case tracking.NoticeStuck:
		if key, known := whyStuck[n.Why]; known {
			return say.T(key)
		}
		return say.T("tracking.stuck_other", lang.Values{"Code": n.Why})
	case tracking.NoticeGrown:
		return say.N("tracking.grown_for", len(n.Numbers), lang.Values{"Monthly": say.Money(n.Monthly, p.Currency)})
	}
	return say.N("tracking.numbers_n", len(n.Numbers))
}

func percentOf(say *lang.Printer, share float64) string {
	const hundredths = 10_000
	return say.Percent(int(math.Round(share*hundredths)), false)
}

// intervalText is a share with its interval: "91.2 % (88–93 %)".
func intervalText(say *lang.Printer, i pool.Interval) string {
	return percentOf(say, i.Share) + " (" + percentOf(say, i.Low) + "–" + percentOf(say, i.High) + ")"
}
