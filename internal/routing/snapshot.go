package routing

import (
	"context"
	"slices"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/project"
	"bellwether/internal/staff"
	"bellwether/internal/store"
)

// Plan is all that the PBX needs to know of a project for a call, read at one moment. It is shared: nobody changes it.
type Plan struct {
	Project   *project.Project
	Zone      *time.Location // of the usage day at which it was read
	Number    phone.Number   // that was dialled; empty for a call that employees make
	Own       []string       // the numbers the project holds, E.164, oldest first
	Suspended bool           // funds have ended for so long that only the fallback number rings (Rule B-60)
	Routed    bool           // the number has a scheme
	Single    bool           // without the PBX: one destination rings, whatever the schemes say (Rule T-03)
	Scheme    dialplan.RoutingScheme
	SchemeID  SchemeID
	Version   int
	Name      string                  // of the scheme
	Closed    *dialplan.RoutingScheme // outside working hours; nil where the same scheme counts
	ClosedBy  Counting                // which scheme Closed is
	Hours     dialplan.BusinessHours
	Settings  Settings
	Roster    *staff.Roster
	Prompts   map[string]Prompt // by id
}

// Counting names a scheme and the version of it that counts.
type Counting struct {
	ID      SchemeID
	Name    string
	Version int
}

// By is the scheme by which a call goes within working hours, or outside them.
func (p *Plan) By(afterHours bool) Counting {
	if afterHours && p.Closed != nil {
		return p.ClosedBy
	}
	return Counting{p.SchemeID, p.Name, p.Version}
}

// unrouted is what happens to a call to a number without a scheme: the caller hears that it is busy.
var unrouted = dialplan.RoutingScheme{
	Format: dialplan.Format, Steps: []dialplan.RouteStep{{ID: "unrouted", HangUp: &dialplan.HangUp{Busy: true}}},
}

// ForNumber reads in one go what a call to a number goes by, believed for seconds. errs.NotFound `routing.unknown_number` where
// no project holds the number.
func (s *Service) ForNumber(ctx context.Context, n phone.Number, at time.Time) (*Plan, error) {
	return s.remembered(ctx, string(n), at, func(ctx context.Context, q store.Querier) (*Plan, error) {
		id, err := holder(ctx, q, n)
		if err != nil {
			return nil, err
		}
		p, err := s.readPlanOf(ctx, q, id, at)
		if err != nil {
			return nil, err
		}
		p.Number = n
		return p, p.readSchemes(ctx, q)
	})
}

// ForProject reads what calls of a project's employees go by, believed for seconds. errs.NotFound `project.not_found`.
func (s *Service) ForProject(ctx context.Context, id ident.ProjectID, at time.Time) (*Plan, error) {
	return s.remembered(ctx, "project "+string(id), at, func(ctx context.Context, q store.Querier) (*Plan, error) {
		return s.readPlanOf(ctx, q, id, at)
	})
}

func (s *Service) remembered(ctx context.Context, key string, at time.Time, read func(context.Context, store.Querier) (*Plan, error)) (*Plan, error) {
	if p, ok := s.plans.Get(key, at); ok {
		return p, nil
	}
	var p *Plan
	err := s.db.Snapshot(ctx, func(ctx context.Context, q store.Querier) (err error) {
		p, err = read(ctx, q)
		return err
	})
	if err == nil {
		s.plans.Put(key, p, at)
	}
	return p, err
}

// UnknownNumber is the answer to whoever names a number that is not there for them.
func UnknownNumber(n phone.Number) error {
	return errs.New(errs.NotFound, "routing.unknown_number", "nobody here has the number %.40q", string(n)).At("number")
}

// holder is the project that holds a number.
func holder(ctx context.Context, q store.Querier, n phone.Number) (ident.ProjectID, error) {
	held, err := billing.NumberHolders(ctx, q, []string{string(n)})
	id := held[string(n)]
	if err == nil && id == "" {
		err = UnknownNumber(n)
	}
	return id, err
}

func (s *Service) readPlanOf(ctx context.Context, q store.Querier, id ident.ProjectID, at time.Time) (*Plan, error) {
	home, err := project.Get(ctx, q, id)
	if err != nil {
		return nil, err
	}
	p := &Plan{Project: home, Zone: home.Calendar.Zone(home.Calendar.DayAt(at)), Scheme: unrouted, Prompts: map[string]Prompt{}}
	standing, err := billing.GetStanding(ctx, q, id)
	if err != nil {
		return nil, err
	}
	p.Suspended = standing.State.Dry() && standing.State != billing.Grace
	config, err := billing.GetConfiguration(ctx, q, id)
	if err != nil {
		return nil, err
	}
	for _, n := range config.Numbers {
		p.Own = append(p.Own, n.Number)
	}
	has, err := s.hasPBX(home, config, at)
	if err != nil {
		return nil, err
	}
	p.Single = !has
	row, err := readPlan(ctx, q, id)
	if err != nil {
		return nil, err
	}
	p.Hours, p.Settings = row.hours, row.settings
	if p.Roster, err = staff.ReadRoster(ctx, q, id); err != nil {
		return nil, err
	}
	prompts, err := Prompts(ctx, q, id)
	for _, prompt := range prompts {
		p.Prompts[string(prompt.ID)] = prompt
	}
	return p, err
}

// readSchemes reads the schemes of the plan's number.
func (p *Plan) readSchemes(ctx context.Context, q store.Querier) error {
	of, err := schemesOf(ctx, q, p.Number)
	if err != nil || of.Scheme == "" {
		return err
	}
	sc, err := GetScheme(ctx, q, p.Project.ID, of.Scheme)
	if errs.KindOf(err) == errs.NotFound {
		return nil // the number came from another project, and its scheme stayed there
	}
	if err != nil {
		return err
	}
	live, err := GetVersion(ctx, q, p.Project.ID, sc.ID, sc.Live)
	if err != nil {
		return err
	}
	p.Routed, p.Scheme, p.SchemeID, p.Version, p.Name = true, live.Body, sc.ID, live.Version, sc.Name
	if of.Closed == "" {
		of.Closed = p.Settings.AfterHours
	}
	if of.Closed == "" || of.Closed == of.Scheme {
		return nil
	}
	after, err := GetScheme(ctx, q, p.Project.ID, of.Closed)
	if err != nil {
		return err
	}
	closed, err := GetVersion(ctx, q, p.Project.ID, after.ID, after.Live)
	p.Closed, p.ClosedBy = &closed.Body, Counting{after.ID, after.Name, closed.Version}
	return err
}

// CallerID is the number that an employee's call shows: the project's choice if it still holds it, else the first it holds; empty
// where it holds none (Rule T-51).
func (p *Plan) CallerID() phone.Number {
	if slices.Contains(p.Own, string(p.Settings.CallerID)) {
		return p.Settings.CallerID
	}
	if len(p.Own) > 0 {
		return phone.Number(p.Own[0])
	}
	return ""
}

// Whose says which employees are left out of a Staff.
type whose func(staff.Employee) bool

func nobodyAway(staff.Employee) bool { return false }

// Staff are the employees whom a scheme may ring now (Rule T-44).
func (p *Plan) Staff() dialplan.Staff {
	return StaffOf(p.Roster, func(e staff.Employee) bool { return e.Presence != staff.Available })
}

// StaffForExtensions are the employees whom other employees may ring now: those who are away among them (Rule T-44).
func (p *Plan) StaffForExtensions() dialplan.Staff {
	return StaffOf(p.Roster, func(e staff.Employee) bool { return e.Presence == staff.DoNotDisturb })
}

// StaffOf writes employees as a scheme sees them; those left out have no contacts.
func StaffOf(r *staff.Roster, out whose) dialplan.Staff {
	in := map[staff.EmployeeID][]string{}
	for _, d := range r.Departments {
		for _, e := range r.InDepartment(d.ID) {
			in[e.ID] = append(in[e.ID], string(d.ID))
		}
	}
	list := make(dialplan.Staff, 0, len(r.Employees))
	for _, e := range r.Employees {
		one := dialplan.Employee{ID: string(e.ID), Name: e.Name, Departments: in[e.ID], Extension: e.Extension}
		if !out(e) {
			for _, c := range e.Rings() {
				kind := dialplan.Phone
				if c.Kind == staff.BySIP {
					kind = dialplan.Account
				}
				one.Contacts = append(one.Contacts, dialplan.Endpoint{Kind: kind, To: c.Address})
			}
		}
		list = append(list, one)
	}
	return list
}

// Changed forgets what is remembered of a project, so that a change counts at once on this node; a plan lives for seconds
// anyway.
func (s *Service) Changed(id ident.ProjectID, numbers ...string) {
	s.plans.Forget("project " + string(id))
	for _, n := range numbers {
		s.plans.Forget(n)
	}
}

// Forget removes everything a project has decided about its calls; files of prompts stay. It is for a demo.
func Forget(ctx context.Context, tx *store.Tx, id ident.ProjectID) error {
	for _, table := range []string{"routing_version", "routing_scheme", "routing_number", "routing_plan", "routing_blocked", "routing_prompt"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE project_id = $1`, string(id)); err != nil {
			return err
		}
	}
	return nil
}
