package ops

import (
	"context"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/bookshelf"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/job"
	"bellwether/internal/lang"
	"bellwether/internal/pricebook"
	"bellwether/internal/rehearsal"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func joined(names []string) string { return strings.Join(names, ", ") }

// dayIn reads a date of a form.
func dayIn(v *cabinet.Visit, field string) (civil.Date, error) {
	day, err := civil.ParseDate(value(v, field))
	if err != nil {
		return 0, errs.New(errs.Invalid, "ops.bad_day", "%.20q is not a date", value(v, field)).At(field).Try("write it as 2026-12-31")
	}
	return day, nil
}

func (p *pages) versionOf(v *cabinet.Visit) (bookshelf.Version, error) {
	id, err := bookshelf.ParseID(v.R.PathValue("version"))
	if err != nil {
		return bookshelf.Version{}, err
	}
	return bookshelf.Get(v.Context(), p.DB, id)
}

func (p *pages) version(v *cabinet.Visit) error {
	version, err := p.versionOf(v)
	if err != nil {
		return err
	}
	return p.showVersion(v, version, nil)
}

// showVersion is a draft or a version with all that is to be known before it is published.
func (p *pages) showVersion(v *cabinet.Visit, version bookshelf.Version, wrong mistakes) error {
	problems := version.Check()
	parts := []templ.Component{}
	if text := wrong[""]; text != "" {
		parts = append(parts, remark(ui.Bad, text, ""))
	}
	if version.Note != "" && version.State == bookshelf.Draft {
		parts = append(parts, remark(ui.Warning, v.T("ops.was_refused"), version.Note))
	}
	about, err := p.versionFacts(v, version)
	if err != nil {
		return err
	}
	if way, ok := wayOf(v, version.State); ok {
		parts = append(parts, ui.Stepper(way))
	}
	parts = append(parts, card("", about, p.versionButtons(v, version)))
	if len(problems) > 0 {
		parts = append(parts, card(v.N("ops.mistakes", len(problems)), bookProblems(problems)))
	} else {
		diff, err := p.diffCard(v, version)
		if err != nil {
			return err
		}
		rehearsals, err := p.rehearsalCard(v, version, wrong)
		if err != nil {
			return err
		}
		parts = append(parts, diff, rehearsals)
	}
	if version.State == bookshelf.Draft && v.May(access.Edit, access.PriceBooks) {
		effective := dateText(version.Effective)
		if wrong["effective"] != "" {
			effective = value(v, "effective")
		}
		parts = append(parts, dateForm(version, ui.Field{
			ID: "effective", Name: "effective", Label: v.T("ops.effective"), Hint: v.T("ops.effective_hint"), Type: "date", Value: effective, Error: wrong["effective"],
		}))
	}
	if version.State == bookshelf.Waiting && v.May(access.Edit, access.Approvals) {
		parts = append(parts, p.versionDecision(v, version, wrong))
	}
	page := ui.Page{Title: refOf(v, version), Section: sectionBooks, Crumbs: []ui.Link{{Text: v.T("ops.books"), Href: "/op/books"}}, Help: "/help/op-price-books"}
	if wrong != nil {
		return v.RenderWrong(page, stack(parts...))
	}
	return v.Render(page, stack(parts...))
}

// wayOf is how far a version is on its way into force; ok is false for one that has left it.
func wayOf(v *cabinet.Visit, state bookshelf.State) (way ui.StepperView, ok bool) {
	stages := []bookshelf.State{bookshelf.Draft, bookshelf.Waiting, bookshelf.Published}
	way = ui.StepperView{Label: v.T("ops.version_way"), Now: slices.Index(stages, state)}
	for _, stage := range stages {
		way.Steps = append(way.Steps, ui.Link{Text: v.T(versionStates[stage].text)})
	}
	if state == bookshelf.Published {
		way.Now = len(stages)
	}
	return way, way.Now >= 0
}

func dateText(d civil.Date) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

func (p *pages) versionFacts(v *cabinet.Visit, version bookshelf.Version) (templ.Component, error) {
	names, err := account.Users(v.Context(), p.DB, []account.UserID{version.MadeBy, version.SubmittedBy, version.DecidedBy})
	if err != nil {
		return nil, err
	}
	word := versionStates[version.State]
	known := []fact{{v.T("ops.state"), ui.Status(word.tone, v.T(word.text))}}
	if version.Book != "" {
		known = append(known, fact{v.T("ops.effective"), ui.Day(version.Effective)})
	}
	if version.File != "" {
		known = append(known, fact{v.T("ops.book_file_name"), ui.Text(version.File)})
	}
	known = append(known, fact{v.T("ops.made_at"), ui.Moment(version.MadeAt)}, fact{v.T("ops.edited"), ui.Moment(version.EditedAt)})
	for _, one := range []struct {
		name string
		who  account.UserID
	}{{v.T("ops.made_by"), version.MadeBy}, {v.T("ops.submitted_by"), version.SubmittedBy}, {v.T("ops.decided_by"), version.DecidedBy}} {
		if one.who != "" {
			known = append(known, fact{one.name, ui.Text(names[one.who].Name)})
		}
	}
	return facts(known), nil
}

// versionButtons are what can be done with the version as it stands.
func (p *pages) versionButtons(v *cabinet.Visit, version bookshelf.Version) templ.Component {
	below := "/op/books/" + version.ID.String()
	step := func(name, text string, kind ui.ButtonKind) templ.Component {
		return postButton(below+"/"+name, ui.Button{Text: text, Kind: kind}, ui.Choice{Value: "revision", Text: revisionText(version)})
	}
	mayEdit, mayDelete := v.May(access.Edit, access.PriceBooks), v.May(access.Delete, access.PriceBooks)
	var parts []templ.Component
	switch {
	case version.State == bookshelf.Draft && mayEdit:
		if version.Book != "" {
			parts = append(parts, step("submit", v.T("ops.submit"), ui.Primary))
		}
		parts = append(parts, ui.Button{Text: v.T("ops.edit_text"), Href: below + "/text"}.Draw())
		if mayDelete {
			parts = append(parts, ui.Button{Text: v.T("ops.discard"), Kind: ui.Quiet, Href: below + "/remove", Dialog: true}.Draw())
		}
	case version.State == bookshelf.Published && mayDelete:
		parts = append(parts, ui.Button{Text: v.T("ops.withdraw_version"), Kind: ui.Quiet, Href: below + "/remove", Dialog: true}.Draw())
	}
	if len(parts) == 0 {
		return nothing()
	}
	return row(parts...)
}

func revisionText(version bookshelf.Version) string { return bookshelf.ID(version.Revision).String() }

func (p *pages) versionDecision(v *cabinet.Visit, version bookshelf.Version, wrong mistakes) templ.Component {
	below := "/op/books/" + version.ID.String()
	reason := ui.Field{ID: "reason", Name: "reason", Label: v.T("ops.why_refuse"), Value: value(v, "reason"), Longest: 500, Lines: 2, Error: wrong["reason"]}
	own := version.SubmittedBy == v.User.ID
	title := v.T("ops.your_decision")
	if own {
		title = v.T("ops.own_request")
	}
	return card(title, decideVersion(below, revisionText(version), own, reason))
}

// diffCard compares the version with the one in force on its eve.
func (p *pages) diffCard(v *cabinet.Visit, version bookshelf.Version) (templ.Component, error) {
	against, changes, err := version.Diff(p.Books)
	if err != nil {
		return nil, err
	}
	if against == nil {
		return card(v.T("ops.difference"), paragraph(v.T("ops.first_version"))), nil
	}
	title := v.T("ops.difference_to", map[string]any{"Version": against.Ref()})
	if len(changes) == 0 {
		return card(title, paragraph(v.T("ops.no_difference"))), nil
	}
	const most = 300
	book, err := version.Parse()
	if err != nil {
		return nil, err
	}
	w := bookWording{v.View, []*pricebook.Book{book, against}}
	list := make([]bookChange, 0, len(changes))
	for _, c := range changes[:min(len(changes), most)] {
		list = append(list, w.change(c))
	}
	parts := []templ.Component{bookChanges(list)}
	if len(changes) > most {
		parts = append(parts, paragraph(v.N("ops.more_changes", len(changes)-most)))
	}
	return card(title, parts...), nil
}

func (p *pages) textForm(v *cabinet.Visit) error {
	version, err := p.versionOf(v)
	if err != nil {
		return err
	}
	return ask(v, p.editing(v, version, version.Text, nil))
}

func (p *pages) editing(v *cabinet.Visit, version bookshelf.Version, text string, wrong mistakes) form {
	below := "/op/books/" + version.ID.String()
	f := p.uploading(v, below+"/text", below, text, version.Files, wrong)
	f.page.Title = v.T("ops.edit_text")
	f.fields = append(f.fields, hidden("revision", revisionText(version)))
	return f
}

func (p *pages) editText(v *cabinet.Visit) error {
	version, err := p.versionOf(v)
	if err != nil {
		return err
	}
	u, err := uploaded(v, version.Files)
	if err == nil {
		err = v.Change(func(ctx context.Context, tx *store.Tx) error {
			_, err := p.Shelf.Edit(ctx, tx, v.Permit, version.ID, revisionIn(v), u, v.At)
			return err
		})
	}
	if err != nil {
		wrong, err := wrongly(v, err, "text", "book", "cards")
		if err != nil {
			return err
		}
		return askAgain(v, p.editing(v, version, u.Text, wrong))
	}
	return v.Done("/op/books/"+version.ID.String(), ui.Toast{Text: v.T("ops.draft_saved")})
}

func revisionIn(v *cabinet.Visit) int64 {
	id, err := bookshelf.ParseID(value(v, "revision"))
	if err != nil {
		return 0
	}
	return int64(id)
}

func (p *pages) setDate(v *cabinet.Visit) error {
	return p.changeVersion(v, "ops.draft_saved", func(ctx context.Context, tx *store.Tx, version bookshelf.Version) error {
		day, err := dayIn(v, "effective")
		if err == nil {
			_, err = p.Shelf.Date(ctx, tx, v.Permit, version.ID, revisionIn(v), day, v.At)
		}
		return err
	})
}

// stepVersion takes a version on: submit, approve, refuse, discard, withdraw.
func (p *pages) stepVersion(v *cabinet.Visit) error {
	type step struct {
		done lang.Key
		do   func(context.Context, *store.Tx, bookshelf.Version) (bookshelf.Version, error)
	}
	revision := revisionIn(v)
	one, ok := map[string]step{
		"submit": {"ops.submitted_toast", func(ctx context.Context, tx *store.Tx, version bookshelf.Version) (bookshelf.Version, error) {
			return p.Shelf.Submit(ctx, tx, v.Permit, version.ID, revision, v.At)
		}},
		"approve": {"ops.published_toast", func(ctx context.Context, tx *store.Tx, version bookshelf.Version) (bookshelf.Version, error) {
			return p.Shelf.Approve(ctx, tx, v.Permit, version.ID, revision, v.At)
		}},
		"refuse": {"ops.refused_toast", func(ctx context.Context, tx *store.Tx, version bookshelf.Version) (bookshelf.Version, error) {
			return p.Shelf.Refuse(ctx, tx, v.Permit, version.ID, revision, value(v, "reason"), v.At)
		}},
		"discard": {"ops.discarded_toast", func(ctx context.Context, tx *store.Tx, version bookshelf.Version) (bookshelf.Version, error) {
			return p.Shelf.Discard(ctx, tx, v.Permit, version.ID, revision, v.At)
		}},
		"withdraw": {"ops.version_withdrawn_toast", func(ctx context.Context, tx *store.Tx, version bookshelf.Version) (bookshelf.Version, error) {
			return p.Shelf.Withdraw(ctx, tx, v.Permit, version.ID, revision, v.At)
		}},
	}[v.R.PathValue("step")]
	if !ok {
		return errs.New(errs.NotFound, "bookshelf.not_found", "there is no such step")
	}
	return p.changeVersion(v, one.done, func(ctx context.Context, tx *store.Tx, version bookshelf.Version) error {
		_, err := one.do(ctx, tx, version)
		return err
	})
}

// changeVersion changes it and shows it again, with what is wrong where the change was refused.
func (p *pages) changeVersion(v *cabinet.Visit, done lang.Key, do func(context.Context, *store.Tx, bookshelf.Version) error) error {
	version, err := p.versionOf(v)
	if err != nil {
		return err
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error { return do(ctx, tx, version) })
	if err != nil {
		wrong, err := wrongly(v, err, "effective", "reason", "days", "projects")
		if err != nil {
			return err
		}
		return p.showVersion(v, version, wrong)
	}
	if _, err := p.Shelf.Sync(v.Context(), p.DB); err != nil {
		p.Log.Error("loading published price books", "error", err)
	}
	to := "/op/books/" + version.ID.String()
	if v.R.PathValue("step") == "discard" {
		to = "/op/books"
	}
	return v.Done(to, ui.Toast{Text: v.T(done)})
}

// rehearsalCard lists the rehearsals of a draft, and asks for another.
func (p *pages) rehearsalCard(v *cabinet.Visit, version bookshelf.Version, wrong mistakes) (templ.Component, error) {
	jobs, err := job.List(v.Context(), p.DB, rehearsal.Kind, version.ID.String(), 5)
	if err != nil {
		return nil, err
	}
	parts := []templ.Component{paragraph(v.T("ops.rehearsal_text"))}
	for _, j := range jobs {
		parts = append(parts, p.rehearsalLine(v, version, j))
	}
	if v.May(access.Edit, access.PriceBooks) && (version.State == bookshelf.Draft || version.State == bookshelf.Waiting) {
		parts = append(parts, rehearseForm("/op/books/"+version.ID.String()+"/rehearse", revisionText(version), ui.Select{
			ID: "days", Name: "days", Label: v.T("ops.over_days"), Value: "90", Error: wrong["days"], Choices: []ui.Choice{{Value: "30", Text: v.N("ops.days", 30)}, {Value: "90", Text: v.N("ops.days", 90)}},
		}, ui.Field{
			ID: "projects", Name: "projects", Label: v.T("ops.which_projects"), Hint: v.T("ops.which_projects_hint"), Value: value(v, "projects"), Error: wrong["projects"],
		}))
	}
	return card(v.T("ops.rehearsal"), parts...), nil
}

func (p *pages) rehearsalLine(v *cabinet.Visit, version bookshelf.Version, j job.Job) templ.Component {
	if !j.Over() {
		return p.progress(v, j, v.T("ops.rehearsing"))
	}
	text := v.T(jobWords[j.State])
	var result rehearsal.Result
	if j.State == job.Done && j.Read(nil, &result) == nil {
		text = v.T("ops.rehearsed")
	}
	return ended(jobID(j), linkTo(ui.Link{Text: v.DateTime(j.AskedAt) + " · " + text, Href: "/op/books/" + version.ID.String() + "/rehearsals/" + j.ID.String()}))
}
