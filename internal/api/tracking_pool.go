package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/pool"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
)

// PoolSettings are a pool as it is written (Rule C-71).
type PoolSettings struct {
	Name        string       `json:"name" minLength:"1" maxLength:"100"`
	HoldSeconds int64        `json:"hold_seconds,omitempty" minimum:"0" maximum:"3600" doc:"A number stays with a visit so long after its last activity; 150 where left out"`
	Overflow    phone.Number `json:"overflow,omitempty" maxLength:"20" doc:"Shown while no number is free; the least recently used lease is taken where there is none"`
	PerAddress  int          `json:"per_address,omitempty" minimum:"0" maximum:"1000" doc:"Most numbers that visits of one address hold at once; 8 where left out"`
	Target      int64        `json:"target_percent,omitempty" minimum:"0" maximum:"99" doc:"Accuracy of sources that is promised; 95 where left out (Rule C-104)"`
	RestHours   int64        `json:"rest_hours,omitempty" minimum:"0" maximum:"2160" doc:"For which a number that is taken out serves nothing; 24 where left out"`
	Growth      *PoolGrowth  `json:"growth,omitempty" doc:"What the pool may rent by itself (Rule C-105); nothing where left out"`
}

// PoolGrowth is what a pool may rent by itself.
type PoolGrowth struct {
	Most   int         `json:"most" minimum:"0" maximum:"5000" doc:"Numbers it may have in all"`
	Budget money.Micro `json:"budget" doc:"That the numbers it added may cost a month"`
	Area   string      `json:"area,omitempty" maxLength:"10" doc:"Code of the area whose numbers are rented; that of most of its numbers where left out"`
}

// OnePool is a pool as it is kept, with its numbers.
type OnePool struct {
	ID      tracking.PoolID `json:"id"`
	MadeAt  time.Time       `json:"made_at"`
	Numbers []TrackedNumber `json:"numbers"`
	PoolSettings
}

// TrackedNumber is what a tracking number is for: a pool, a source, or neither while it rests.
type TrackedNumber struct {
	Number   phone.Number    `json:"number"`
	Pool     tracking.PoolID `json:"pool,omitempty"`
	Source   *tracking.Sign  `json:"source,omitempty"`
	Since    *time.Time      `json:"since,omitempty"`
	RestedAt *time.Time      `json:"rested_at,omitempty" doc:"When callers of its former use have forgotten it (Rule C-07)"`
}

// PoolHealth is how a pool fares.
type PoolHealth struct {
	Free     int                 `json:"free"`
	Live     int                 `json:"live"`
	Resting  int                 `json:"resting"`
	Leases   int64               `json:"leases" doc:"Of the last 24 hours"`
	Overload int64               `json:"overload" doc:"Visits of the last 24 hours for which there was no free number (Rules C-05, C-06)"`
	Numbers  []pool.NumberStatus `json:"numbers"`
	Accuracy PoolAccuracy        `json:"accuracy" doc:"Of the last 30 days (Rule C-103)"`
}

// PoolAccuracy is how often calls were put down to the right visit and source, as far as that is known.
type PoolAccuracy struct {
	Calls    int64         `json:"calls"`
	Dynamic  int64         `json:"dynamic" doc:"Within 24 hours of a visit that saw the number: these are judged (Rule C-17)"`
	Unknown  int64         `json:"unknown" doc:"Of dynamic: without an answer about the source"`
	Checked  int64         `json:"checked" doc:"Of dynamic: those whose visit is known otherwise, by one of the three below"`
	ByPromo  int64         `json:"checked_by_promo"`
	ByPhone  int64         `json:"checked_by_phone"`
	ByNumber int64         `json:"checked_by_number" doc:"One visit alone was shown it"`
	Visit    pool.Interval `json:"visit" doc:"Share of right visits, and its 95 % interval"`
	Source   pool.Interval `json:"source"`
}

// ByPool names a pool of a project.
type ByPool struct {
	Of
	Pool string `path:"pool" maxLength:"64"`
}

func (b ByPool) pool() tracking.PoolID { return tracking.PoolID(b.Pool) }

// SomeNumbers are numbers to do something with.
type SomeNumbers struct {
	Numbers []phone.Number `json:"numbers" minItems:"1" maxItems:"1000" doc:"E.164"`
}

// ByTrackedNumber names a number of a project.
type ByTrackedNumber struct {
	Of
	Number string `path:"number" maxLength:"20" doc:"E.164"`
}

// NumberSource is the source that a number stands for (Rule C-72).
type NumberSource struct {
	Name     string `json:"name" minLength:"1" maxLength:"100"`
	Offline  bool   `json:"offline,omitempty" doc:"It stands on paper; the others are shown to visits of the source"`
	Source   string `json:"source" minLength:"1" maxLength:"200"`
	Medium   string `json:"medium,omitempty" maxLength:"200"`
	Campaign string `json:"campaign,omitempty" maxLength:"200"`
}

func poolRoutes(a *API) {
	const tag, all, one = chapterTracking, "/v1/projects/{project}/pools", "/v1/projects/{project}/pools/{pool}"
	read(a, route{method: http.MethodGet, path: all, id: "list-pools", tag: tag, need: needPools, summary: "List pools with their numbers"}, a.listPools)
	write(a, route{method: http.MethodPost, path: all, id: "add-pool", tag: tag, need: needPoolsWrite, status: http.StatusCreated, ownRecord: true, summary: "Make a pool"},
		func(ctx context.Context, tx *store.Tx, in *struct {
			Of
			Body PoolSettings
		},
		) (OnePool, error) {
			return asTracker(ctx, a, in.Of, func(p access.Permit) (OnePool, error) {
				made, err := a.parts.Tracking.AddPool(ctx, tx, p, in.Body.domain(tracking.Pool{}), a.now())
				return viewPool(made, nil), err
			})
		})
	write(a, route{method: http.MethodPut, path: one, id: "edit-pool", tag: tag, need: needPoolsWrite, ownRecord: true, summary: "Change a pool"}, a.editPool)
	write(a, route{method: http.MethodDelete, path: one, id: "remove-pool", tag: tag, need: needPoolsWrite, ownRecord: true, summary: "Remove a pool", text: "Refused with `tracking.in_use` while a rule in force names it. Its numbers rest for a day."},
		func(ctx context.Context, tx *store.Tx, in *ByPool) (Removed, error) {
			return asTracker(ctx, a, in.Of, func(p access.Permit) (Removed, error) {
				return Removed{in.Pool}, a.parts.Tracking.RemovePool(ctx, tx, p, in.pool(), a.now())
			})
		})
	read(a, route{method: http.MethodGet, path: one + "/health", id: "get-pool-health", tag: tag, need: needPools, summary: "See how a pool fares"}, a.poolHealth)
	write(a, route{method: http.MethodPost, path: one + "/numbers", id: "add-pool-numbers", tag: tag, need: needPoolsWrite, ownRecord: true, summary: "Add numbers to a pool", text: "All of them or none: the project's tracking numbers that are in no pool and stand for no source."}, a.addPoolNumbers)
	trackedNumberRoutes(a)
}

func trackedNumberRoutes(a *API) {
	const tag, all, one = chapterTracking, "/v1/projects/{project}/tracking-numbers", "/v1/projects/{project}/tracking-numbers/{number}"
	read(a, route{method: http.MethodGet, path: all, id: "list-tracking-numbers", tag: tag, need: needPools, summary: "List what tracking numbers are for"}, a.listTracked)
	write(a, route{method: http.MethodPut, path: one + "/source", id: "set-number-source", tag: tag, need: needPoolsWrite, ownRecord: true, summary: "Have a number stand for a source", text: "Whoever calls it came from there (Rule C-72)."}, a.setSource)
	write(a, route{method: http.MethodDelete, path: one, id: "retire-tracking-number", tag: tag, need: needPoolsWrite, ownRecord: true, summary: "Take a number out of its pool or source", text: "It rests for a day (Rule C-07)."},
		func(ctx context.Context, tx *store.Tx, in *ByTrackedNumber) (Removed, error) {
			return asTracker(ctx, a, in.Of, func(p access.Permit) (Removed, error) {
				return Removed{in.Number}, a.parts.Tracking.Retire(ctx, tx, p, phone.Number(in.Number), a.now())
			})
		})
	read(a, route{method: http.MethodGet, path: one + "/arrival", id: "get-number-arrival", tag: tag, need: needPools, summary: "See whether a call has come in to a number", text: "To check its wiring: call it, and ask (Rule C-109). It tells nothing of the caller."}, a.arrival)
	read(a, route{method: http.MethodGet, path: one + "/leases", id: "list-leases", tag: tag, need: needPools, summary: "List who was shown a number, the latest first", text: "A lease lasts until its visit has been idle for the pool's hold, or until the number's next lease."}, a.listLeases)
}

// domain fills in what is written; what cannot be written here stays as it is.
func (s PoolSettings) domain(kept tracking.Pool) tracking.Pool {
	kept.Name, kept.HoldSeconds, kept.Overflow, kept.PerAddress, kept.Target, kept.RestHours = s.Name, s.HoldSeconds, s.Overflow, s.PerAddress, s.Target, s.RestHours
	kept.Growth = tracking.Growth{}
	if s.Growth != nil {
		kept.Growth = tracking.Growth(*s.Growth)
	}
	return kept
}

func viewPool(p tracking.Pool, uses []tracking.Use) OnePool {
	view := OnePool{ID: p.ID, MadeAt: p.MadeAt, Numbers: []TrackedNumber{}, PoolSettings: PoolSettings{p.Name, p.HoldSeconds, p.Overflow, p.PerAddress, p.Target, p.RestHours, nil}}
	if p.Growth != (tracking.Growth{}) {
		view.Growth = pointer(PoolGrowth(p.Growth))
	}
	for _, u := range uses {
		if u.Pool == p.ID {
			view.Numbers = append(view.Numbers, viewUse(u))
		}
	}
	return view
}

func viewUse(u tracking.Use) TrackedNumber {
	return TrackedNumber{Number: u.Number, Pool: u.Pool, Source: u.Sign, Since: happened(u.Since), RestedAt: happened(u.RestedAt)}
}

// Pools are those of a project.
type Pools struct {
	Pools []OnePool `json:"pools"`
}

func (a *API) listPools(ctx context.Context, in *struct{ Of }) (out Pools, err error) {
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		pools, err := tracking.Pools(ctx, q, in.id())
		if err != nil {
			return err
		}
		uses, err := tracking.Uses(ctx, q, in.id())
		out.Pools = make([]OnePool, len(pools))
		for i, p := range pools {
			out.Pools[i] = viewPool(p, uses)
		}
		return err
	})
}

func (a *API) editPool(ctx context.Context, tx *store.Tx, in *struct {
	ByPool
	Body PoolSettings
},
) (OnePool, error) {
	return asTracker(ctx, a, in.Of, func(p access.Permit) (OnePool, error) {
		kept, err := tracking.GetPool(ctx, tx, in.id(), in.pool())
		if err != nil {
			return OnePool{}, err
		}
		made, err := a.parts.Tracking.EditPool(ctx, tx, p, in.Body.domain(kept), a.now())
		if err != nil {
			return OnePool{}, err
		}
		uses, err := tracking.Uses(ctx, tx, in.id())
		return viewPool(made, uses), err
	})
}

func (a *API) poolHealth(ctx context.Context, in *ByPool) (out PoolHealth, err error) {
	p, err := tracking.GetPool(ctx, a.parts.DB, in.id(), in.pool())
	if err != nil {
		return out, err
	}
	uses, err := tracking.Uses(ctx, a.parts.DB, in.id())
	if err != nil {
		return out, err
	}
	var members []tracking.Use
	for _, u := range uses {
		if u.Pool == p.ID {
			members = append(members, u)
		}
	}
	h, err := tracking.HealthOf(ctx, a.parts.Events, in.id(), p, members, a.now())
	if err != nil {
		return out, err
	}
	acc, err := tracking.AccuracyOf(ctx, a.parts.Events, in.id(), p.ID, a.now().Add(-tracking.MeasuredOver), a.now())
	return PoolHealth{h.Free, h.Live, h.Resting, h.Leases, h.Overload, append([]pool.NumberStatus{}, h.Numbers...), PoolAccuracy{
		acc.Calls, acc.Dynamic, acc.Unknown, acc.Checked, acc.ByPromo, acc.ByPhone, acc.ByNumber, acc.Visit.Accuracy(), acc.Source.Accuracy(),
	}}, err
}

func (a *API) addPoolNumbers(ctx context.Context, tx *store.Tx, in *struct {
	ByPool
	Body SomeNumbers
},
) (OnePool, error) {
	return asTracker(ctx, a, in.Of, func(p access.Permit) (OnePool, error) {
		if err := a.parts.Tracking.AddToPool(ctx, tx, p, in.pool(), in.Body.Numbers, a.now()); err != nil {
			return OnePool{}, err
		}
		kept, err := tracking.GetPool(ctx, tx, in.id(), in.pool())
		if err != nil {
			return OnePool{}, err
		}
		uses, err := tracking.Uses(ctx, tx, in.id())
		return viewPool(kept, uses), err
	})
}

// TrackedNumbers are those of a project.
type TrackedNumbers struct {
	Numbers []TrackedNumber `json:"numbers"`
}

func (a *API) listTracked(ctx context.Context, in *struct{ Of }) (TrackedNumbers, error) {
	uses, err := tracking.Uses(ctx, a.parts.DB, in.id())
	out := TrackedNumbers{Numbers: make([]TrackedNumber, len(uses))}
	for i, u := range uses {
		out.Numbers[i] = viewUse(u)
	}
	return out, err
}

func (a *API) setSource(ctx context.Context, tx *store.Tx, in *struct {
	ByTrackedNumber
	Body NumberSource
},
) (NumberSource, error) {
	return asTracker(ctx, a, in.Of, func(p access.Permit) (NumberSource, error) {
		return in.Body, a.parts.Tracking.SetSign(ctx, tx, p, phone.Number(in.Number), tracking.Sign(in.Body), a.now())
	})
}

// Lease is one lease of a number.
type Lease struct {
	At     time.Time       `json:"at"`
	Number phone.Number    `json:"number"`
	Visit  string          `json:"visit"`
	Pool   tracking.PoolID `json:"pool"`
	Target string          `json:"target"`
	Rule   string          `json:"rule"`
	How    string          `json:"how" enum:"leased,returned,taken" doc:"taken: from another visit, for none was free"`
}

func (a *API) listLeases(ctx context.Context, in *struct {
	ByTrackedNumber
	From  time.Time `query:"from"`
	Until time.Time `query:"until"`
	Paging
},
) (page Page[Lease], err error) {
	const list = "leases"
	after, err := in.afterNumber(list)
	if err != nil {
		return page, err
	}
	found, err := tracking.LeasesOf(ctx, a.parts.Events, in.id(), phone.Number(in.Number), in.From, in.Until, after, in.Limit+1)
	page = newPage(list, in.Limit, found, func(l tracking.Leased) Lease {
		return Lease{l.At, l.Number, l.Visit.String(), l.Pool, l.Target, l.Rule, l.How}
	}, func(l tracking.Leased) string { return number(tracking.LeadID(l.ID)) })
	return page, err
}
