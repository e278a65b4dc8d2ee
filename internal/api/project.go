package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"bellwether/internal/approval"
	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Project is a project as the API shows it.
type Project struct {
	Project  string         `json:"project" doc:"Its name, which never changes" example:"demo"`
	Name     string         `json:"name" doc:"For people"`
	Country  string         `json:"country" doc:"ISO 3166"`
	Currency money.Currency `json:"currency" doc:"ISO 4217"`
	TimeZone string         `json:"time_zone" doc:"IANA zone at whose midnight today ends"`
	Book     string         `json:"book" doc:"Price book in force today"`
	Version  string         `json:"book_version"`
	Plan     string         `json:"plan,omitempty" doc:"Of books sold by term"`
	Agency   string         `json:"agency,omitempty"`
	OpenedAt time.Time      `json:"opened_at"`
	Today    civil.Date     `json:"today" doc:"The usage day that runs now"`
	State    billing.State  `json:"state" enum:"active,low,grace,suspended,unpaid,quarantine,released"`
	Since    time.Time      `json:"state_since"`
	NextDay  civil.Date     `json:"next_day" doc:"The first usage day that is not closed"`
	Parked   string         `json:"parked,omitempty" doc:"Why the close of next_day stopped"`
	Funds    Funds          `json:"funds"`
	Loyalty  Loyalty        `json:"loyalty"`
	Paid     *civil.Date    `json:"paid_until,omitempty" doc:"The first unpaid day of a prepaid term"`
	Limits   project.Limits `json:"limits" doc:"The project's own anti-fraud caps; the book's hold where one is missing"`
}

// Funds are what a project owns.
type Funds struct {
	Balance   money.Micro `json:"balance" doc:"cash + bonus + credit"`
	Cash      money.Micro `json:"cash"`
	Bonus     money.Micro `json:"bonus" doc:"Pays platform fees only"`
	Credit    money.Micro `json:"credit"`
	Held      money.Micro `json:"held" doc:"Reserved for running calls"`
	Overdraft money.Micro `json:"overdraft" doc:"How far below zero calls and terms may go"`
	Available money.Micro `json:"available" doc:"cash + credit + overdraft - held: what a new call may take"`
}

// Loyalty is where a project stands in the loyalty programme.
type Loyalty struct {
	Enrolled bool   `json:"enrolled"`
	Percent  string `json:"percent" doc:"Earned so far" example:"12.5 %"`
}

func viewLoyalty(s pricing.LoyaltyStanding) Loyalty {
	return Loyalty{Enrolled: s.Enrolled, Percent: s.Percent.String()}
}

func viewFunds(a ledger.Account) Funds {
	return Funds{
		Balance: a.Balance(), Cash: a.Cash, Bonus: a.Bonus, Credit: a.Credit, Held: a.Held, Overdraft: a.Overdraft, Available: a.Available(),
	}
}

func viewProject(p *project.Project, st *billing.Standing, account ledger.Account, now time.Time) Project {
	today := p.Calendar.DayAt(now)
	period := p.BookAt(today)
	view := Project{
		Project: string(p.ID), Name: p.Name, Country: p.Country, Currency: p.Currency, TimeZone: p.Calendar.Zone(today).String(),
		Book: period.Book, Version: period.Version, Plan: period.Plan, Agency: p.Agency, OpenedAt: p.OpenedAt, Today: today,
		State: st.State, Since: st.StateSince, NextDay: st.NextDay, Parked: st.Parked.String(), Funds: viewFunds(account),
		Loyalty: viewLoyalty(st.Loyalty), Limits: p.Limits,
	}
	if until, ok := pricing.PaidUntil(st.Term); ok {
		view.Paid = &until
	}
	return view
}

// projectNow reads a project as it is at an instant, on one state of the database or within a transaction.
func projectNow(ctx context.Context, q store.Querier, id ident.ProjectID, now time.Time) (Project, error) {
	p, err := project.Get(ctx, q, id)
	if err != nil {
		return Project{}, err
	}
	st, err := billing.GetStanding(ctx, q, id)
	if err != nil {
		return Project{}, err
	}
	account, err := ledger.GetAccount(ctx, q, id)
	return viewProject(p, st, account, now), err
}

func projectRoutes(a *API) {
	const tag = chapterProjects
	write(a, route{
		method: http.MethodPost, path: "/v1/projects", id: "open-project", tag: tag, need: needOperator, status: http.StatusCreated,
		summary: "Open a project", text: "Its first usage day is the local date now. Without a book version, the one in force that day holds.",
	}, a.openProject)
	read(a, route{
		method: http.MethodGet, path: "/v1/projects", id: "list-projects", tag: tag, need: needOperator, summary: "List projects by name",
	}, a.listProjects)
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}", id: "get-project", tag: tag, need: needRead,
		summary: "See a project: funds, state, book, limits",
	}, func(ctx context.Context, in *struct{ Of }) (out Project, err error) {
		return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
			out, err = projectNow(ctx, q, in.id(), a.now())
			return err
		})
	})
	projectSettings(a)
}

// projectSettings are the changes of a project itself.
func projectSettings(a *API) {
	const tag = chapterProjects
	write(a, route{
		method: http.MethodPut, path: "/v1/projects/{project}/limits", id: "set-limits", state: settings, tag: tag, need: needOperator,
		summary: "Set the project's own anti-fraud caps", text: "They replace those set before; what is left out is as the price book has it (Rule B-70).",
	}, a.setLimits)
	write(a, route{
		method: http.MethodPut, path: "/v1/projects/{project}/overdraft", id: "set-overdraft", tag: tag, need: needOperator, ownRecord: true,
		summary: "Set how far below zero the project may go", text: "A project that was dry and no longer is resumes at once. By how much it grows counts against the limit of one signature; above it, the operator asks in the cabinet (Rule O-05).",
	}, a.setOverdraft)
	write(a, route{
		method: http.MethodPut, path: "/v1/projects/{project}/time-zone", id: "change-zone", state: settings, tag: tag, need: needWrite,
		summary: "Change the time zone", text: "From the next local midnight on; no date is charged twice or skipped (Rule B-09).",
	}, a.changeZone)
	write(a, route{
		method: http.MethodPut, path: "/v1/projects/{project}/book", id: "move-book", state: settings, tag: tag, need: needOperator,
		summary: "Move to another version or plan of the price book", text: "From the next usage day on. Preview it first.",
	}, a.moveBook)
	read(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/book/preview", id: "preview-book", tag: tag, need: needRead,
		summary: "What a move to another version would change", text: "Nothing is changed.",
	}, a.previewBook)
}

// OpenProject asks for a new project.
type OpenProject struct {
	Project   string         `json:"project" minLength:"1" maxLength:"64" doc:"1 to 64 of a-z, 0-9, - and _" example:"demo"`
	Name      string         `json:"name" minLength:"1" maxLength:"200"`
	Country   string         `json:"country" minLength:"2" maxLength:"2" doc:"ISO 3166" example:"UA"`
	Currency  money.Currency `json:"currency,omitempty" maxLength:"3" doc:"ISO 4217; that of the book's price list for the country where left out"`
	TimeZone  string         `json:"time_zone" maxLength:"64" doc:"IANA name" example:"Europe/Kyiv"`
	Book      string         `json:"book" maxLength:"60" example:"ringostat"`
	Version   string         `json:"book_version,omitempty" maxLength:"60"`
	Plan      string         `json:"plan,omitempty" maxLength:"60" doc:"Of books sold by term"`
	Agency    string         `json:"agency,omitempty" maxLength:"64"`
	Overdraft money.Micro    `json:"overdraft,omitempty"`
}

func (a *API) openProject(ctx context.Context, tx *store.Tx, in *struct{ Body OpenProject }) (Project, error) {
	b, now := in.Body, a.now()
	p, err := a.parts.Billing.Open(ctx, tx, project.Opening{
		ID: ident.ProjectID(b.Project), Name: b.Name, Country: b.Country, Currency: b.Currency, TimeZone: b.TimeZone,
		Book: b.Book, Version: b.Version, Plan: b.Plan, Agency: b.Agency,
	}, 0, now)
	if err == nil && b.Overdraft != 0 {
		err = a.overdraw(ctx, tx, p.ID, b.Overdraft)
	}
	if err != nil {
		return Project{}, err
	}
	return projectNow(ctx, tx, p.ID, now)
}

func (a *API) listProjects(ctx context.Context, in *struct{ Paging }) (page Page[Project], err error) {
	const list = "projects"
	after, err := in.after(list)
	if err != nil {
		return page, err
	}
	return page, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		found, err := project.List(ctx, q, ident.ProjectID(after), in.Limit+1)
		if err != nil {
			return err
		}
		views := make([]Project, len(found))
		for i, p := range found {
			if views[i], err = projectNow(ctx, q, p.ID, a.now()); err != nil {
				return err
			}
		}
		page = newPage(list, in.Limit, views, func(p Project) Project { return p }, func(p Project) string { return p.Project })
		return nil
	})
}

func (a *API) setLimits(ctx context.Context, tx *store.Tx, in *struct {
	Of
	Body project.Limits
},
) (Project, error) {
	if _, err := project.Get(ctx, tx, in.id()); err != nil {
		return Project{}, err
	}
	if err := checkLimits(in.Body); err != nil {
		return Project{}, err
	}
	if _, err := project.SetLimits(ctx, tx, in.id(), in.Body); err != nil {
		return Project{}, err
	}
	return projectNow(ctx, tx, in.id(), a.now())
}

func (a *API) setOverdraft(ctx context.Context, tx *store.Tx, in *struct {
	Of
	Body struct {
		Overdraft money.Micro `json:"overdraft" doc:"Zero or more"`
	}
},
) (Project, error) {
	if _, err := project.Get(ctx, tx, in.id()); err != nil {
		return Project{}, err
	}
	held, err := ledger.GetAccount(ctx, tx, in.id())
	if err != nil {
		return Project{}, err
	}
	if held.Overdraft != in.Body.Overdraft {
		if err := a.overdraw(ctx, tx, in.id(), in.Body.Overdraft); err != nil {
			return Project{}, err
		}
	}
	return projectNow(ctx, tx, in.id(), a.now())
}

// overdraw changes an overdraft where one signature is enough: a key has no second one (Rule O-05).
func (a *API) overdraw(ctx context.Context, tx *store.Tx, id ident.ProjectID, to money.Micro) error {
	permit, err := a.asOperator(ctx)
	if err != nil {
		return err
	}
	r, err := a.parts.Approvals.Overdraw(ctx, tx, permit, id, "api-"+rand.Text(), to, "asked for by a program", a.now())
	if err == nil && r.State == approval.Waiting {
		err = errs.New(errs.Conflict, "approval.above_limit", "an overdraft that grows by %s needs two signatures", r.Amount).At("overdraft").Try("ask for it in the operator's cabinet")
	}
	return err
}

func (a *API) changeZone(ctx context.Context, tx *store.Tx, in *struct {
	Of
	Body struct {
		TimeZone string `json:"time_zone" maxLength:"64" doc:"IANA name" example:"Europe/Kyiv"`
	}
},
) (Period, error) {
	now := a.now()
	if err := a.parts.Billing.ChangeZone(ctx, tx, in.id(), in.Body.TimeZone, now); err != nil {
		return Period{}, err
	}
	return nextPeriod(ctx, tx, in.id(), now)
}

// MoveBook asks for another version or plan.
type MoveBook struct {
	Version string `json:"book_version,omitempty" maxLength:"60"`
	Plan    string `json:"plan,omitempty" maxLength:"60"`
}

func (a *API) moveBook(ctx context.Context, tx *store.Tx, in *struct {
	Of
	Body MoveBook
},
) (Period, error) {
	now := a.now()
	if err := a.parts.Billing.MoveBook(ctx, tx, in.id(), in.Body.Version, in.Body.Plan, now); err != nil {
		return Period{}, err
	}
	return nextPeriod(ctx, tx, in.id(), now)
}

// Period is what holds for a project from a usage day on.
type Period struct {
	From     civil.Date `json:"from" doc:"The first usage day it holds for"`
	TimeZone string     `json:"time_zone"`
	Book     string     `json:"book"`
	Version  string     `json:"book_version"`
	Plan     string     `json:"plan,omitempty"`
}

// nextPeriod is what holds from tomorrow on.
func nextPeriod(ctx context.Context, q store.Querier, id ident.ProjectID, now time.Time) (Period, error) {
	p, err := project.Get(ctx, q, id)
	if err != nil {
		return Period{}, err
	}
	day := p.Calendar.DayAt(now) + 1
	book := p.BookAt(day)
	return Period{From: day, TimeZone: p.Calendar.Zone(day).String(), Book: book.Book, Version: book.Version, Plan: book.Plan}, nil
}

// BookMove is the effect of a move to another version.
type BookMove struct {
	Effect
	Changes []BookChange `json:"changes" doc:"What the versions say differently"`
}

func (a *API) previewBook(ctx context.Context, in *struct {
	Of
	Body struct {
		Version string `json:"book_version" minLength:"1" maxLength:"60"`
	}
},
) (out BookMove, err error) {
	if out.Changes, err = a.changesTo(ctx, in.id(), in.Body.Version); err != nil {
		return BookMove{}, err
	}
	out.Effect, err = a.effect(ctx, in.id(), billing.Change{Version: in.Body.Version})
	return out, err
}

// changesTo is what a version of the project's book says differently from the one in force tomorrow.
func (a *API) changesTo(ctx context.Context, id ident.ProjectID, version string) (changes []BookChange, err error) {
	return changes, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		p, err := project.Get(ctx, q, id)
		if err != nil {
			return err
		}
		period := p.BookAt(p.Calendar.DayAt(a.now()) + 1)
		from, err := a.parts.Books.Get(period.Book, period.Version)
		if err != nil {
			return err
		}
		to, err := a.parts.Books.Get(period.Book, version)
		if err == nil {
			changes = viewChanges(from, to)
		}
		return err
	})
}
