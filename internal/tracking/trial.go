package tracking

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/pool"
	"bellwether/internal/source"
	"bellwether/internal/store"
	"bellwether/internal/swap"
)

// Trial is a visit that somebody makes up, to see what rules would show to it (Rule C-68).
type Trial struct {
	At       time.Time
	URL      string // of the landing page, whole
	Referrer string // address of the page that linked there
	Address  netip.Addr
	Device   string
	Language string
	Place    Place
	Custom   map[string]string // cookies and other values of the site, by name
}

// Try says what rules would show to a visit of a site, and why, by the code that decides for visits (Rule C-68); schedules are by
// the clock of zone. Errors: those of swap.Check.
func Try(site Site, rules []swap.Rule, zone *time.Location, t Trial) (swap.Explanation, source.Source, error) {
	plan, err := swap.New(rules, zone)
	if err != nil {
		return swap.Explanation{}, source.Source{}, err
	}
	v := &visit{
		landing: t.URL, referrer: t.Referrer, from: source.Classify(t.URL, t.Referrer, source.NewSite(site.Hosts, site.Exclusions)), place: t.Place, language: t.Language,
		agent: agent{device: t.Device}, custom: t.Custom,
	}
	return plan.Explain(v.facts(&task{at: t.At, address: t.Address.Unmap()})), v.from, nil
}

// WouldLease is the number that a new visit would be shown of a pool now, and how it would come by it; nothing is leased. Errors:
// errs.NotFound `tracking.no_pool`.
func WouldLease(ctx context.Context, core, events *store.DB, project ident.ProjectID, id PoolID, at time.Time) (n phone.Number, how string, err error) {
	p, err := GetPool(ctx, core, project, id)
	if err != nil {
		return "", "", err
	}
	uses, err := Uses(ctx, core, project)
	if err != nil {
		return "", "", err
	}
	members := slices.DeleteFunc(uses, func(u Use) bool { return u.Pool != id })
	a, err := loadPool(ctx, events, project, p, members, at)
	if err != nil {
		return "", "", err
	}
	e := a.Lease(pool.Request{Visit: "trial"}, at)
	return e.Number, string(e.Kind), nil
}
