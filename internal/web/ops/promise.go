package ops

import (
	"context"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (p *pages) promiseRoutes() {
	need := cabinet.Operator(access.Edit, access.Adjustments)
	p.Handle("GET /op/projects/{project}/promise", need, p.askPromise)
	p.Handle("POST /op/projects/{project}/promise", need, p.setPromise)
}

// promised is whether a project gets credit for missed promises of call tracking (Rule C-111).
type promised struct {
	kept  bool
	text  string // the same in words, with the day of the project since when
	today string // what the words would be from now on
}

func (p *pages) promised(v *cabinet.Visit, id ident.ProjectID) (promised, error) {
	home, err := p.Projects.Get(v.Context(), p.DB, id)
	if err != nil {
		return promised{}, err
	}
	promise, err := tracking.PromiseOf(v.Context(), p.DB, id)
	since := func(at time.Time) string {
		return v.T("ops.promise_since", map[string]any{"Day": v.Date(home.Calendar.DayAt(at))})
	}
	one := promised{promise.Kept, v.T("ops.promise_off"), since(v.At)}
	if promise.Kept {
		one.text = since(promise.At)
	}
	return one, err
}

// askPromise asks whether credit shall be given, or no longer: the other of what it is now.
func (p *pages) askPromise(v *cabinet.Visit) error {
	s, err := p.shopOf(v)
	if err != nil {
		return err
	}
	now, err := p.promised(v, s.ID)
	if err != nil {
		return err
	}
	below := "/op/projects/" + string(s.ID)
	c := ui.Confirm{
		Title: v.T("ops.promise_give_title"), Text: v.T("ops.promise_give_text"), Action: below + "/promise", Yes: v.T("ops.promise_give"), No: below,
		Effect: []ui.Effect{
			{Text: v.T("ops.project"), After: string(s.ID)},
			{Text: v.T("ops.promise"), Before: now.text, After: now.today},
		},
		Fields: []ui.Choice{{Value: "given", Text: promiseGiven}},
	}
	if now.kept {
		c.Title, c.Text, c.Yes, c.Danger = v.T("ops.promise_end_title"), v.T("ops.promise_end_text"), v.T("ops.promise_end"), true
		c.Effect[1].After, c.Fields[0].Text = v.T("ops.promise_off"), promiseEnded
	}
	return v.Render(ui.Page{
		Title: c.Title, Section: sectionProjects, Narrow: true, Help: "/help/op-projects",
		Crumbs: []ui.Link{{Text: v.T("ops.projects"), Href: "/op/projects"}, {Text: string(s.ID), Href: below}},
	}, c.Draw())
}

// What the form says of credit.
const (
	promiseGiven = "yes"
	promiseEnded = "no"
)

func (p *pages) setPromise(v *cabinet.Visit) error {
	s, err := p.shopOf(v)
	if err != nil {
		return err
	}
	given := value(v, "given")
	if given != promiseGiven && given != promiseEnded {
		return errs.New(errs.Invalid, "ops.bad_promise", "credit is given or not: %.20q is neither", given).At("given").Try("send yes or no")
	}
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		_, err := p.Tracking.SetPromise(ctx, tx, v.Permit, s.ID, given == promiseGiven, v.At)
		return err
	}); err != nil {
		return err
	}
	toast := v.T("ops.promise_given")
	if given == promiseEnded {
		toast = v.T("ops.promise_ended")
	}
	return v.Done("/op/projects/"+string(s.ID), ui.Toast{Text: toast})
}
