package ops

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
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
			title: v.T("ops.move_agency"), lead: v.T("ops.move_agency_lead"), path: "/agency", submit: v.T("ops.move_agency_do"), names: []string{"agency"}, done: v.T("ops.moved"),
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

// setState asks once more, with what the state does to calls and numbers, before it is set.
func (p *pages) setState(v *cabinet.Visit) error {
	to := billing.State(value(v, "state"))
	known := slices.Contains(billing.States, to)
	if value(v, "sure") != "" || value(v, "reason") == "" || !known {
		return p.makeChange(v, p.stateChange(v))
	}
	s, err := p.shopOf(v)
	if err != nil {
		return err
	}
	c := p.stateChange(v)(s)
	ask := p.askChange(v, s, c, nil)
	ask.page.Narrow = true
	before, _ := cabinet.StateOf(v.Printer, s.State)
	after, tone := cabinet.StateOf(v.Printer, to)
	return v.Render(ask.page, ui.Confirm{
		Title: v.T("ops.state_ask", map[string]any{"State": after}), Text: v.T(stateEffects[to]), Action: ask.action, Yes: v.T("ops.set_state"), No: ask.action, Danger: true,
		Effect: []ui.Effect{{Text: v.T("ops.state"), Before: before, After: after, Tone: tone}, {Text: v.T("ops.reason"), After: value(v, "reason")}},
		Fields: []ui.Choice{{Value: "state", Text: string(to)}, {Value: "reason", Text: value(v, "reason")}, {Value: "sure", Text: "yes"}},
	}.Draw())
}

// stateEffects say what a state does, before somebody sets it by hand.
var stateEffects = map[billing.State]lang.Key{
	billing.Active: "ops.effect_active", billing.Low: "ops.effect_low", billing.Grace: "ops.effect_grace", billing.Suspended: "ops.effect_suspended",
	billing.Unpaid: "ops.effect_unpaid", billing.Quarantine: "ops.effect_quarantine", billing.Released: "ops.effect_released",
}

// longestReason bounds why a state was set, in characters.
const longestReason = 500

// reasonIn reads why something is done.
func reasonIn(v *cabinet.Visit) (string, error) {
	reason := value(v, "reason")
	if !ident.Line(reason, longestReason) {
		return "", errs.New(errs.Invalid, "approval.no_reason", "say why, in up to %d characters", longestReason).At("reason")
	}
	return reason, nil
}

func (p *pages) stateChange(v *cabinet.Visit) func(shop) change {
	return func(s shop) change {
		return change{
			title: v.T("ops.set_state"), lead: v.T("ops.set_state_lead"), path: "/state", submit: v.T("ops.go_on"), names: []string{"state", "reason"}, done: v.T("ops.saved"), danger: true,
			fields: func(wrong mistakes) []templ.Component {
				return []templ.Component{ui.Select{
					ID: "state", Name: "state", Label: v.T("ops.state"), Value: cmp.Or(value(v, "state"), string(s.State)), Choices: stateChoices(v), Error: wrong["state"],
				}.Draw(), ui.Field{
					ID: "reason", Name: "reason", Label: v.T("ops.reason"), Hint: v.T("ops.reason_hint"), Value: value(v, "reason"), Required: true, Longest: longestReason, Error: wrong["reason"],
				}.Draw()}
			},
			do: func(ctx context.Context, tx *store.Tx, s shop) error {
				to := billing.State(value(v, "state"))
				reason, err := reasonIn(v)
				if err != nil {
					return err
				}
				if err := p.Billing.SetState(ctx, tx, s.ID, to, v.At); err != nil {
					return err
				}
				return recordOf(ctx, tx, v, s.ID, "state", map[string]string{"state": string(s.State)}, map[string]string{"state": string(to), "reason": reason})
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
			ui.Select{ID: "country", Name: "country", Label: v.T("ops.country"), Value: typed("country", "UA"), Choices: cabinet.CountryChoices(v.Lang), Error: wrong["country"]}.Draw(),
			ui.Select{
				ID: "time_zone", Name: "time_zone", Label: v.T("ops.zone"), Value: typed("time_zone", "Europe/Kyiv"),
				Choices: cabinet.ZoneChoices(v.At, typed("time_zone", "Europe/Kyiv")), Error: wrong["time_zone"],
			}.Draw(),
			ui.Select{
				ID: "book", Name: "book", Label: v.T("ops.book"), Value: typed("book", cabinet.UsualBook), Choices: cabinet.TariffChoices(v, p.Books), Error: cmp.Or(wrong["book"], wrong["plan"]),
			}.Draw(),
		},
	}
}

var openingFields = []string{"project", "name", "country", "time_zone", "book", "plan"}

func (p *pages) open(v *cabinet.Visit) error {
	book, plan := cabinet.TariffOf(value(v, "book"))
	opening := project.Opening{
		ID: ident.ProjectID(value(v, "project")), Name: value(v, "name"), Country: value(v, "country"), TimeZone: value(v, "time_zone"), Book: book, Plan: plan,
	}
	err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		made, err := p.Billing.Open(ctx, tx, opening, 0, v.At)
		if err != nil {
			return err
		}
		return recordOf(ctx, tx, v, made.ID, "open", nil, opening)
	})
	if err != nil {
		wrong, err := wrongly(v, err, openingFields...)
		if err != nil {
			return err
		}
		for _, mistake := range opening.Mistakes() { // all at once, not one after another
			if more, err := wrongly(v, mistake, openingFields...); err == nil {
				maps.Copy(wrong, more)
			}
		}
		return askAgain(v, p.opening(v, wrong))
	}
	p.roll.forget()
	return v.Done("/op/projects/"+string(opening.ID), ui.Toast{Text: v.T("ops.opened_toast")})
}
