package ops

import (
	"context"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// change is a form that changes one thing of a project.
type change struct {
	title, lead string
	path        string // below the project's own page
	submit      string
	danger      bool
	fields      func(wrong mistakes) []templ.Component
	names       []string                                              // of its fields
	do          func(ctx context.Context, tx *store.Tx, s shop) error // s as the transaction found it
	done        string                                                // the toast
}

func (p *pages) askChange(v *cabinet.Visit, s shop, c change, wrong mistakes) form {
	below := "/op/projects/" + string(s.ID)
	return form{
		page: ui.Page{
			Title: c.title, Lead: c.lead, Section: sectionProjects, Help: "/help/op-projects",
			Crumbs: []ui.Link{{Text: v.T("ops.projects"), Href: "/op/projects"}, {Text: string(s.ID), Href: below}},
		},
		action: below + c.path, fields: c.fields(wrong), submit: c.submit, back: below, danger: c.danger, wrong: wrong[""],
	}
}

// showChange answers with the form of a change.
func (p *pages) showChange(v *cabinet.Visit, make func(shop) change) error {
	s, err := p.shopOf(v)
	if err != nil {
		return err
	}
	return ask(v, p.askChange(v, s, make(s), nil))
}

// makeChange makes it, or asks again.
func (p *pages) makeChange(v *cabinet.Visit, make func(shop) change) error {
	s, err := p.shopOf(v)
	if err != nil {
		return err
	}
	c := make(s)
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		if err := ledger.NewBatch(tx).Load(ctx, []ident.ProjectID{s.ID}, nil); err != nil { // nobody else changes it until we are done
			return err
		}
		before, err := readShop(ctx, tx, s.ID)
		if err != nil {
			return err
		}
		return c.do(ctx, tx, before)
	})
	if err != nil {
		wrong, err := wrongly(v, err, c.names...)
		if err != nil {
			return err
		}
		return askAgain(v, p.askChange(v, s, c, wrong))
	}
	p.roll.forget()
	return v.Done("/op/projects/"+string(s.ID), ui.Toast{Text: c.done})
}

func (p *pages) agencyForm(v *cabinet.Visit) error   { return p.showChange(v, p.agencyChange(v)) }
func (p *pages) moveToAgency(v *cabinet.Visit) error { return p.makeChange(v, p.agencyChange(v)) }

func (p *pages) agencyChange(v *cabinet.Visit) func(shop) change {
	return func(s shop) change {
		return change{
			title: v.T("ops.move_agency"), lead: v.T("ops.move_agency_lead"), path: "/agency", submit: v.T("ops.move"), names: []string{"agency"}, done: v.T("ops.moved"),
			fields: func(wrong mistakes) []templ.Component {
				agencies, err := access.ListAgencies(v.Context(), p.DB, "", mostChoices)
				if err != nil {
					wrong = mistakes{"agency": v.T("error.internal")}
				}
				choices := []ui.Choice{}
				for _, a := range agencies {
					choices = append(choices, ui.Choice{Value: a.ID, Text: a.Name})
				}
				return []templ.Component{ui.Select{
					ID: "agency", Name: "agency", Label: v.T("ops.agency"), Any: v.T("ops.no_agency"), Value: s.Agency, Choices: choices, Error: wrong["agency"],
				}.Draw()}
			},
			do: func(ctx context.Context, tx *store.Tx, s shop) error {
				return access.MoveProject(ctx, tx, v.Permit, s.ID, value(v, "agency"), v.At)
			},
		}
	}
}

const mostChoices = 1000

func (p *pages) bookForm(v *cabinet.Visit) error { return p.showChange(v, p.bookChange(v)) }
func (p *pages) moveBook(v *cabinet.Visit) error { return p.makeChange(v, p.bookChange(v)) }

func (p *pages) bookChange(v *cabinet.Visit) func(shop) change {
	return func(s shop) change {
		return change{
			title: v.T("ops.move_book"), lead: v.T("ops.move_book_lead"), path: "/book", submit: v.T("ops.move"), names: []string{"book_version", "plan"}, done: v.T("ops.moved_tomorrow"),
			fields: func(wrong mistakes) []templ.Component {
				var choices []ui.Choice
				for _, b := range slices.Backward(p.Books.Versions(s.Book)) {
					choices = append(choices, ui.Choice{Value: b.Version, Text: v.T("ops.version_from", map[string]any{"Version": b.Version, "Day": v.Date(b.Effective)})})
				}
				return []templ.Component{ui.Select{
					ID: "version", Name: "version", Label: v.T("ops.version_of", map[string]any{"Book": s.Book}), Value: s.Version, Choices: choices, Error: wrong["book_version"],
				}.Draw()}
			},
			do: func(ctx context.Context, tx *store.Tx, s shop) error {
				if err := p.Billing.MoveBook(ctx, tx, s.ID, value(v, "version"), "", v.At); err != nil {
					return err
				}
				return recordOf(ctx, tx, v, s.ID, "book", map[string]string{"version": s.Version}, map[string]string{"version": value(v, "version")})
			},
		}
	}
}

// recordOf puts a change of a project into its trail.
func recordOf(ctx context.Context, tx *store.Tx, v *cabinet.Visit, id ident.ProjectID, what string, before, after any) error {
	return v.Record(ctx, tx, audit.Change{Org: ident.ProjectOrg(id), Object: "project", ObjectID: string(id), Action: what, Before: before, After: after})
}

func (p *pages) stateForm(v *cabinet.Visit) error { return p.showChange(v, p.stateChange(v)) }
func (p *pages) setState(v *cabinet.Visit) error  { return p.makeChange(v, p.stateChange(v)) }

func (p *pages) stateChange(v *cabinet.Visit) func(shop) change {
	return func(s shop) change {
		return change{
			title: v.T("ops.set_state"), lead: v.T("ops.set_state_lead"), path: "/state", submit: v.T("ops.save"), names: []string{"state"}, done: v.T("ops.saved"), danger: true,
			fields: func(wrong mistakes) []templ.Component {
				return []templ.Component{ui.Select{
					ID: "state", Name: "state", Label: v.T("ops.state"), Value: string(s.State), Choices: stateChoices(v), Error: wrong["state"],
				}.Draw()}
			},
			do: func(ctx context.Context, tx *store.Tx, s shop) error {
				to := billing.State(value(v, "state"))
				if err := p.Billing.SetState(ctx, tx, s.ID, to, v.At); err != nil {
					return err
				}
				return recordOf(ctx, tx, v, s.ID, "state", map[string]string{"state": string(s.State)}, map[string]string{"state": string(to)})
			},
		}
	}
}

// openForm asks for what a new project is opened with.
func (p *pages) openForm(v *cabinet.Visit) error { return ask(v, p.opening(v, nil)) }

func (p *pages) opening(v *cabinet.Visit, wrong mistakes) form {
	typed := func(name, otherwise string) string {
		if v.R.Method != http.MethodPost {
			return otherwise
		}
		return value(v, name)
	}
	var books []ui.Choice
	for _, name := range p.Books.Names() {
		books = append(books, ui.Choice{Value: name, Text: name})
	}
	field := func(name, label, hint, otherwise string, required bool) templ.Component {
		return ui.Field{ID: name, Name: name, Label: label, Hint: hint, Value: typed(name, otherwise), Required: required, Error: wrong[name]}.Draw()
	}
	return form{
		page: ui.Page{
			Title: v.T("ops.open_project"), Section: sectionProjects, Crumbs: []ui.Link{{Text: v.T("ops.projects"), Href: "/op/projects"}}, Help: "/help/op-projects",
		},
		action: "/op/projects/open", submit: v.T("ops.open_project"), back: "/op/projects", wrong: wrong[""],
		fields: []templ.Component{
			field("project", v.T("ops.id"), v.T("ops.id_hint"), "", true), field("name", v.T("ops.name"), "", "", true),
			field("country", v.T("ops.country"), v.T("ops.country_hint"), "UA", true), field("time_zone", v.T("ops.zone"), v.T("ops.zone_hint"), "Europe/Kyiv", true),
			ui.Select{ID: "book", Name: "book", Label: v.T("ops.book"), Value: typed("book", ""), Choices: books, Error: wrong["book"]}.Draw(),
			field("plan", v.T("ops.plan"), v.T("ops.plan_hint"), "", false),
		},
	}
}

func (p *pages) open(v *cabinet.Visit) error {
	opening := project.Opening{
		ID: ident.ProjectID(value(v, "project")), Name: value(v, "name"), Country: value(v, "country"), TimeZone: value(v, "time_zone"), Book: value(v, "book"), Plan: value(v, "plan"),
	}
	err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		made, err := p.Billing.Open(ctx, tx, opening, 0, v.At)
		if err != nil {
			return err
		}
		return recordOf(ctx, tx, v, made.ID, "open", nil, opening)
	})
	if err != nil {
		wrong, err := wrongly(v, err, "project", "name", "country", "time_zone", "plan")
		if err != nil {
			return err
		}
		return askAgain(v, p.opening(v, wrong))
	}
	p.roll.forget()
	return v.Done("/op/projects/"+string(opening.ID), ui.Toast{Text: v.T("ops.opened_toast")})
}
