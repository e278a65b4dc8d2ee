package tracking

import (
	"net/netip"
	"time"

	"bellwether/internal/source"
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
