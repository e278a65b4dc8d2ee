package tracking

import (
	"context"
	"sync"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/phone"
	"bellwether/internal/project"
	"bellwether/internal/recall"
	"bellwether/internal/source"
	"bellwether/internal/store"
	"bellwether/internal/swap"
)

// setup is all that a hit on a site is dealt with by, as it stood at a revision. It is never changed.
type setup struct {
	site     Site
	revision int64
	own      *source.Site
	plan     *swap.Plan
	pools    map[PoolID]Pool
	members  map[PoolID][]Use
	signs    []Use // numbers that stand for a source and are shown on sites
}

// setups keeps what was read of sites. Safe for concurrent use.
type setups struct {
	core *store.DB

	mu      sync.Mutex
	known   map[string]*reading // by key
	unknown *recall.Memory[string, struct{}]
}

type reading struct {
	setup   *setup
	checked time.Time
}

const (
	mostReadings = 20_000
	mostUnknown  = 10_000
	// believed is for how long a setup is used without looking whether it was changed: on top of a heartbeat's time it is
	// how long open pages take to follow a change (Rule C-73).
	believed = time.Second
)

func newSetups(core *store.DB) *setups {
	return &setups{core: core, known: map[string]*reading{}, unknown: recall.NewMemory[string, struct{}](mostUnknown)}
}

// of gives the setup of a site's key. Errors: errs.NotFound `tracking.no_site`, also for a site that is switched off.
func (s *setups) of(ctx context.Context, key string, at time.Time) (*setup, error) {
	known, fresh := s.look(key, at)
	if fresh {
		return known, nil
	}
	if _, strange := s.unknown.Get(key, at); strange {
		return nil, noSite()
	}
	if known != nil {
		if now, err := revision(ctx, s.core, known.site.Project); err != nil {
			return nil, err
		} else if now == known.revision {
			return known, nil
		}
	}
	return s.read(ctx, key, at)
}

// look gives what is known, and whether it may be used without looking: of all who come when it is old, one goes and looks.
func (s *setups) look(key string, at time.Time) (known *setup, fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.known[key]
	if r == nil {
		return nil, false
	}
	if age := at.Sub(r.checked); age >= 0 && age < believed {
		return r.setup, true
	}
	r.checked = at
	return r.setup, false
}

func (s *setups) read(ctx context.Context, key string, at time.Time) (made *setup, err error) {
	err = s.core.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		made, err = readSetup(ctx, q, key, at)
		return err
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		delete(s.known, key)
		if errs.KindOf(err) == errs.NotFound {
			s.unknown.Put(key, struct{}{}, at)
		}
		return nil, err
	}
	if len(s.known) >= mostReadings {
		clear(s.known)
	}
	s.known[key] = &reading{made, at}
	return made, nil
}

func noSite() error {
	return errs.New(errs.NotFound, "tracking.no_site", "no site has this key").At("k").Try("copy the code of the tag anew")
}

func readSetup(ctx context.Context, q store.Querier, key string, at time.Time) (*setup, error) {
	site, err := SiteByKey(ctx, q, key)
	if err != nil {
		return nil, err
	}
	if site.Off {
		return nil, noSite()
	}
	made := &setup{site: site, own: source.NewSite(site.Hosts, site.Exclusions), pools: map[PoolID]Pool{}, members: map[PoolID][]Use{}}
	if made.revision, err = revision(ctx, q, site.Project); err != nil {
		return nil, err
	}
	pools, err := Pools(ctx, q, site.Project)
	if err != nil {
		return nil, err
	}
	for _, p := range pools {
		made.pools[p.ID] = p
	}
	uses, err := Uses(ctx, q, site.Project)
	if err != nil {
		return nil, err
	}
	for _, u := range uses {
		if u.Pool != "" {
			made.members[u.Pool] = append(made.members[u.Pool], u)
		}
		if u.Sign != nil && !u.Sign.Offline {
			made.signs = append(made.signs, u)
		}
	}
	made.plan, err = readPlan(ctx, q, site, at)
	return made, err
}

func readPlan(ctx context.Context, q store.Querier, site Site, at time.Time) (*swap.Plan, error) {
	home, err := project.Get(ctx, q, site.Project)
	if err != nil {
		return nil, err
	}
	rules, err := GetRules(ctx, q, site.Project, site.ID)
	if err != nil {
		return nil, err
	}
	return swap.New(rules.Rules, home.Calendar.Zone(home.Calendar.DayAt(at)))
}

// signOf is the number that stands for a source, for visits that get none of their own (Rule C-79); empty where none does.
func (s *setup) signOf(from source.Source) phone.Number {
	var medium phone.Number
	for _, u := range s.signs {
		if u.Sign.Source != from.Name || u.Sign.Medium != from.Medium {
			continue
		}
		if u.Sign.Campaign == from.Campaign && u.Sign.Campaign != "" {
			return u.Number
		}
		if u.Sign.Campaign == "" {
			medium = u.Number
		}
	}
	return medium
}
