package demo

import (
	"context"
	"slices"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/swap"
	"bellwether/internal/tracking"
)

// The shop's site, as its visitors have it in the address bar.
const (
	siteHost   = "kvitka.example"
	siteOrigin = "https://" + siteHost
	target     = "sales"
	office     = "203.0.113.0/24" // the shop's own people look at the site too
)

// What the tracking numbers are for: adverts and search engines have pools, the others stand for a source.
var (
	urgentSign    = tracking.Sign{Name: "Flyers", Offline: true, Source: "flyer", Medium: "print", Campaign: "doors of Podil"}
	instagramSign = tracking.Sign{Name: "Instagram profile", Source: "instagram", Medium: "social"}

	instagramNumber = phone.Number(trackingNumbers[4])
	advertNumbers   = []phone.Number{phone.Number(trackingNumbers[1]), phone.Number(trackingNumbers[2]), phone.Number(trackingNumbers[5])}
	searchNumbers   = []phone.Number{phone.Number(trackingNumbers[3])}
	moreAdverts     = []phone.Number{"+380443337718", "+380443337719"} // from dayAnalytics on
	moreSearch      = []phone.Number{"+380443337724"}
	spareNumber     = phone.Number("+380443337725") // rented, and for nothing yet
)

// later are the numbers that are rented with analytics, for the pools and one to spare.
func later() []phone.Number {
	return slices.Concat(moreAdverts, moreSearch, []phone.Number{spareNumber})
}

// tracks reports whether the story is told with its call tracking.
func (l *life) tracks() bool { return l.Collector != nil && l.telephony() }

// track is a change of the shop's call tracking, by its stage.
func (l *life) track(ctx context.Context, tx *store.Tx, stage int, at time.Time) error {
	if !l.tracks() {
		return nil
	}
	switch stage {
	case stageOpen:
		return l.install(ctx, tx, at)
	case stagePools:
		return l.grow(ctx, tx, at)
	case stageNumber:
		return l.Tracking.AddToPool(ctx, tx, l.acting, l.adverts, []phone.Number{phone.Number(seventhNumber)}, at)
	case stageLess:
		return l.Tracking.Retire(ctx, tx, l.acting, phone.Number(trackingNumbers[5]), at)
	}
	return nil
}

// install makes the site, its first pools, what the other numbers stand for, and the first rules.
func (l *life) install(ctx context.Context, tx *store.Tx, at time.Time) error {
	site, err := l.Tracking.AddSite(ctx, tx, l.acting, tracking.Site{
		Name: "Kvitka", Hosts: []string{siteHost, "localhost", "127.0.0.1"}, Targets: []tracking.Target{{ID: target, Name: "Main number", Numbers: []phone.Number{mainNumber}}},
		Consent: "attr", Exclusions: []string{"pay.liqpay.example"}, Features: []string{"forms", "clicks"}, Contacts: []string{"/contacts*"},
	}, at)
	if err != nil {
		return err
	}
	l.site = site
	if l.adverts, err = l.pool(ctx, tx, "Adverts", advertNumbers, at); err != nil {
		return err
	}
	if l.search, err = l.pool(ctx, tx, "Search engines", searchNumbers, at); err != nil {
		return err
	}
	for n, sign := range map[phone.Number]tracking.Sign{phone.Number(urgentNumber): urgentSign, instagramNumber: instagramSign} {
		if err := l.Tracking.SetSign(ctx, tx, l.acting, n, sign, at); err != nil {
			return err
		}
	}
	return l.setRules(ctx, tx, 0, l.rules()[1:3], at)
}

func (l *life) pool(ctx context.Context, tx *store.Tx, name string, numbers []phone.Number, at time.Time) (tracking.PoolID, error) {
	made, err := l.Tracking.AddPool(ctx, tx, l.acting, tracking.Pool{Name: name}, at)
	if err != nil {
		return "", err
	}
	return made.ID, l.Tracking.AddToPool(ctx, tx, l.acting, made.ID, numbers, at)
}

// grow adds numbers to the pools and two rules: the office sees the shop's own number, and who comes from Instagram that of its profile.
func (l *life) grow(ctx context.Context, tx *store.Tx, at time.Time) error {
	for id, numbers := range map[tracking.PoolID][]phone.Number{l.adverts: moreAdverts, l.search: moreSearch} {
		if err := l.Tracking.AddToPool(ctx, tx, l.acting, id, numbers, at); err != nil {
			return err
		}
	}
	return l.setRules(ctx, tx, 1, l.rules(), at)
}

// lastly lets the site show each visitor a code to say on the telephone, from now on.
func (l *life) lastly(ctx context.Context) error {
	if l.site.ID == "" {
		return nil
	}
	return l.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		site, err := tracking.GetSite(ctx, tx, Project, l.site.ID)
		if err != nil {
			return err
		}
		site.Features = append(site.Features, "promo")
		_, err = l.Tracking.EditSite(ctx, tx, l.acting, site, l.options.Now)
		return err
	})
}

func (l *life) setRules(ctx context.Context, tx *store.Tx, basis int64, rules []swap.Rule, at time.Time) error {
	_, err := l.Tracking.SetRules(ctx, tx, l.acting, l.site.ID, rules, basis, at)
	return err
}

// rules are all rules of the site, in their order.
func (l *life) rules() []swap.Rule {
	when := func(c ...swap.Condition) swap.Group { return swap.Group{Conditions: c} }
	lease := func(id tracking.PoolID) []swap.Showing {
		return []swap.Showing{{Target: target, Do: swap.Lease, Pool: string(id)}}
	}
	return []swap.Rule{
		{ID: "office", Name: "The office sees the real number", When: when(swap.Condition{Field: swap.Address, Op: swap.In, Values: []string{office}}), Show: []swap.Showing{{Target: target, Do: swap.Keep}}},
		{ID: "adverts", Name: "Whatever is paid for", When: when(swap.Condition{Field: swap.Channel, Op: swap.Begins, Values: []string{"Paid"}}), Show: lease(l.adverts)},
		{ID: "search", Name: "Search, on telephones", When: when(
			swap.Condition{Field: swap.Channel, Op: swap.Is, Values: []string{"Organic Search"}}, swap.Condition{Field: swap.Device, Op: swap.Is, Values: []string{"mobile"}},
		), Show: lease(l.search)},
		{
			ID: "instagram", Name: "Instagram profile", When: when(swap.Condition{Field: swap.Source, Op: swap.Is, Values: []string{"instagram"}}),
			Show: []swap.Showing{{Target: target, Do: swap.Fixed, Number: instagramNumber}},
		},
	}
}

// forgetTracking removes how call tracking is set up, and what visitors did.
func forgetTracking(ctx context.Context, events *store.DB) error {
	if events == nil {
		return nil
	}
	return events.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return tracking.ForgetVisits(ctx, tx, ident.ProjectID(Project))
	})
}
