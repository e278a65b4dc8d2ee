package access

import (
	"context"
	"slices"
	"strings"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/project"
	"bellwether/internal/recall"
	"bellwether/internal/store"
)

// mostRemembered bounds what is remembered of users, and of projects.
const mostRemembered = 10_000

// Gate gives out permits, reading a user's memberships at most every 3 seconds. Safe for concurrent use.
type Gate struct {
	q         store.Querier
	standings *recall.Memory[account.UserID, []standing]
	agencies  *recall.Memory[ident.ProjectID, string]
	seen      *recall.Notes[memberKey]
}

type memberKey struct {
	org  ident.Org
	user account.UserID
}

// NewGate makes a gate that reads through q.
func NewGate(q store.Querier) *Gate {
	return &Gate{
		q: q, standings: recall.NewMemory[account.UserID, []standing](mostRemembered), agencies: recall.NewMemory[ident.ProjectID, string](mostRemembered),
		seen: recall.NewNotes[memberKey](),
	}
}

// May is Enter and Permit.May in one: for what needs one right.
func (g *Gate) May(ctx context.Context, p Principal, a Action, o Object, org ident.Org, at time.Time) (Reach, error) {
	permit, err := g.Enter(ctx, p, org, at)
	if err != nil {
		return Reach{}, err
	}
	return permit.May(a, o)
}

// Enter gives the permit of a principal in an organisation. Whoever has no standing there gets, for a project or an agency,
// what they would get for one that does not exist: errs.NotFound `project.not_found`, `access.no_agency`; for the operator,
// errs.Denied `access.denied`. The key of somebody who is blocked there is no key: errs.Unauthenticated
// `account.bad_key`. The principal was authenticated no more than 3 seconds ago.
func (g *Gate) Enter(ctx context.Context, p Principal, org ident.Org, at time.Time) (Permit, error) {
	switch {
	case p.Session.ID != "":
		return g.enterBySession(ctx, p, org, at)
	case p.Key.ID != "":
		return g.enterByKey(ctx, p, org, at)
	}
	return Permit{}, errs.New(errs.Unauthenticated, "account.bad_session", "nobody is signed in").Try("sign in")
}

func (g *Gate) enterBySession(ctx context.Context, p Principal, org ident.Org, at time.Time) (Permit, error) {
	if bound := p.Session.Project; bound != "" && org != ident.ProjectOrg(bound) {
		return Permit{}, notThere(org)
	}
	permit, err := g.permit(ctx, p, org, at)
	if err != nil || p.Session.ViewingAs == "" {
		return permit, err
	}
	// The operator's own right to look is asked each time: it may have been taken.
	operator, err := g.rights(ctx, p.Session.User, ident.Operator, at)
	if err != nil {
		return Permit{}, err
	}
	if operator.matrix.Level(Edit, ViewAs) == None {
		return Permit{}, notThere(org)
	}
	permit.Viewing, permit.full = true, permit.full.meet(operator.matrix) // a view shows nothing that the operator may not see
	return permit.reduced(func(a Action, _ Object) bool { return a == View }), nil
}

// permit is what the user behind a principal may in an organisation.
func (g *Gate) permit(ctx context.Context, p Principal, org ident.Org, at time.Time) (Permit, error) {
	r, err := g.rights(ctx, p.self(), org, at)
	if err != nil {
		return Permit{}, err
	}
	if !r.any {
		return Permit{}, notThere(org)
	}
	if r.direct != nil {
		g.seen.Note(memberKey{org, p.self()}, at, r.direct.seenAt)
	}
	permit := Permit{Org: org, Self: p.self(), principal: p, full: r.matrix}
	if r.direct != nil {
		permit.colleagues = r.direct.colleagues
	}
	return permit.reduced(func(Action, Object) bool { return true }), nil
}

func (p Permit) reduced(holds func(Action, Object) bool) Permit {
	p.full = p.full.keep(holds)
	p.here = p.full.keep(func(_ Action, o Object) bool { return o.In(p.Org.Kind) })
	return p
}

func (g *Gate) enterByKey(ctx context.Context, p Principal, org ident.Org, at time.Time) (Permit, error) {
	if p.Key.Scope != account.Operator && org != ident.ProjectOrg(p.Key.Project) {
		return Permit{}, notThere(org)
	}
	permit := Permit{Org: org, principal: p, full: builtin[string(p.Key.Scope)]}
	if p.Key.MadeBy != "" {
		made, err := g.permit(ctx, p, org, at)
		if errs.KindOf(err) == errs.NotFound || errs.KindOf(err) == errs.Denied {
			return Permit{}, errs.New(errs.Unauthenticated, "account.bad_key", "the key is not valid")
		}
		if err != nil {
			return Permit{}, err
		}
		permit.Self, permit.colleagues, permit.full = made.Self, made.colleagues, permit.full.meet(made.full)
	}
	return permit.reduced(func(Action, Object) bool { return true }), nil
}

// rights are what a user's memberships add up to in an organisation.
type rights struct {
	any    bool
	matrix Matrix
	direct *standing // the membership in the very organisation
}

func (g *Gate) rights(ctx context.Context, id account.UserID, org ident.Org, at time.Time) (r rights, err error) {
	standings, err := g.standingsOf(ctx, id, at)
	if err != nil {
		return rights{}, err
	}
	for i, s := range standings {
		reaches, err := g.reaches(ctx, s, org, at)
		if err != nil {
			return rights{}, err
		}
		if !reaches {
			continue
		}
		r.any, r.matrix = true, r.matrix.join(s.matrix)
		if s.org == org {
			r.direct = &standings[i]
		}
	}
	return r, nil
}

// reaches reports whether a membership counts in an organisation: in its own; the operator's in all; an agency's in its
// projects. A blocked one counts nowhere.
func (g *Gate) reaches(ctx context.Context, s standing, org ident.Org, at time.Time) (bool, error) {
	switch {
	case s.blocked:
		return false, nil
	case s.org == org || s.org == ident.Operator && org.Kind != ident.ProjectKind:
		return true, nil
	case s.org.Kind == ident.ProjectKind || org.Kind != ident.ProjectKind:
		return false, nil
	}
	agency, err := g.agencyOf(ctx, org.Project(), at)
	if errs.KindOf(err) == errs.NotFound {
		return false, nil
	}
	return err == nil && (s.org == ident.Operator || agency == s.org.ID), err
}

func (g *Gate) standingsOf(ctx context.Context, id account.UserID, at time.Time) ([]standing, error) {
	if known, ok := g.standings.Get(id, at); ok {
		return known, nil
	}
	read, err := readStandings(ctx, g.q, id)
	if err == nil {
		g.standings.Put(id, read, at)
	}
	return read, err
}

// Forget makes the next request of a user on this node read anew what they belong to: for whoever has just joined something
// and goes on to it. Other nodes know within 5 seconds.
func (g *Gate) Forget(id account.UserID) { g.standings.Forget(id) }

func (g *Gate) agencyOf(ctx context.Context, id ident.ProjectID, at time.Time) (string, error) {
	if known, ok := g.agencies.Get(id, at); ok {
		return known, nil
	}
	if _, err := ident.ParseProjectID(string(id)); err != nil {
		return "", project.NotFound(id)
	}
	agency, err := project.AgencyOf(ctx, g.q, id)
	if err == nil {
		g.agencies.Put(id, agency, at)
	}
	return agency, err
}

// notThere is the answer to whoever has no standing in an organisation.
func notThere(org ident.Org) error {
	switch org.Kind {
	case ident.ProjectKind:
		return project.NotFound(org.Project())
	case ident.AgencyKind:
		return noAgency(org.ID)
	}
	return errs.New(errs.Denied, "access.denied", "this is for the operator")
}

// Belonging is an organisation that somebody can enter by themselves, not through another.
type Belonging struct {
	Org  ident.Org
	Role RoleID
}

// Belongings gives the organisations a principal is a member of and not blocked in, in the order of names: for the project
// switcher. An agency's and the operator's projects are listed by package project. A key has its project alone.
func (g *Gate) Belongings(ctx context.Context, p Principal, at time.Time) ([]Belonging, error) {
	if p.Session.ID == "" {
		if p.Key.Project == "" {
			return nil, nil
		}
		return []Belonging{{Org: ident.ProjectOrg(p.Key.Project)}}, nil
	}
	standings, err := g.standingsOf(ctx, p.self(), at)
	if err != nil {
		return nil, err
	}
	var list []Belonging
	for _, s := range standings {
		if bound := p.Session.Project; !s.blocked && (bound == "" || s.org == ident.ProjectOrg(bound)) {
			list = append(list, Belonging{s.org, s.role})
		}
	}
	return list, nil
}

// ShutOut gives the organisations in which a principal is a member and was blocked, in the order of names: for telling them so. A key is
// told nothing, nor is whoever views as somebody else.
func (g *Gate) ShutOut(ctx context.Context, p Principal, at time.Time) ([]ident.Org, error) {
	if p.Session.ID == "" || p.Session.ViewingAs != "" {
		return nil, nil
	}
	standings, err := g.standingsOf(ctx, p.self(), at)
	var list []ident.Org
	for _, s := range standings {
		if s.blocked {
			list = append(list, s.org)
		}
	}
	return list, err
}

// Sighting is that a member was in an organisation at about an instant.
type Sighting struct {
	Org  ident.Org
	User account.UserID
	At   time.Time
}

// TakeSightings gives the sightings noted since it was last called, for SaveSightings.
func (g *Gate) TakeSightings(at time.Time) []Sighting {
	var sightings []Sighting
	for _, n := range g.seen.Take(at) {
		sightings = append(sightings, Sighting{n.Key.org, n.Key.user, n.At})
	}
	slices.SortFunc(sightings, func(a, b Sighting) int {
		return strings.Compare(a.Org.String()+" "+string(a.User), b.Org.String()+" "+string(b.User))
	})
	return sightings
}

// SaveSightings writes down when members were last seen; a later sighting that is known already stands.
func SaveSightings(ctx context.Context, tx *store.Tx, sightings []Sighting) error {
	for _, s := range sightings {
		_, err := tx.Exec(ctx, `UPDATE access_member SET seen_at = $3 WHERE org = $1 AND user_id = $2 AND seen_at < $3`, s.Org.String(), string(s.User), micros(s.At))
		if err != nil {
			return err
		}
	}
	return nil
}
