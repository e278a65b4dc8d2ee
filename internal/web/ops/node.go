package ops

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/job"
	"bellwether/internal/lang"
	"bellwether/internal/ledger"
	"bellwether/internal/rehearsal"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (p *pages) nodeRoutes() {
	p.Front("GET /op", cabinet.Operator(access.View, access.Node), p.overview)
	p.Handle("POST /op/ledger-check", cabinet.Operator(access.Edit, access.Node), p.checkLedger)
	p.Handle("POST /op/jobs/{job}/cancel", cabinet.Operator(access.Edit, access.Node), p.cancelJob)
	p.Handle("POST /op/projects/{project}/repair", cabinet.Operator(access.Edit, access.Node), p.repair)
}

// health is what the overview shows.
type health struct {
	node   Node
	night  billing.NightLag
	parked []*billing.Standing
	checks []job.Job
	jobs   []job.Job // that run, wait or failed
}

func (p *pages) health(v *cabinet.Visit) (h health, err error) {
	h.node = p.Node()
	return h, v.Read(func(ctx context.Context, q store.Querier) (err error) {
		if h.night, err = billing.GetNightLag(ctx, q, v.At); err != nil {
			return err
		}
		if h.parked, err = billing.ParkedProjects(ctx, q); err != nil {
			return err
		}
		if h.checks, err = job.List(ctx, q, ledger.VerifyKind, "", 1); err != nil {
			return err
		}
		if h.jobs, err = job.Open(ctx, q, v.At.Add(-failedShown), mostJobs); err != nil {
			return err
		}
		h.jobs, err = withWatched(ctx, q, h.jobs, v.R.FormValue(jobParameter))
		return err
	})
}

// jobParameter names the job that an open page follows.
const jobParameter = "job"

// withWatched are jobs with the one that an open page follows, which may be over. A page that follows none says so by no id.
func withWatched(ctx context.Context, q store.Querier, jobs []job.Job, text string) ([]job.Job, error) {
	id, err := job.ParseID(text)
	if err != nil || slices.ContainsFunc(jobs, func(j job.Job) bool { return j.ID == id }) {
		return jobs, nil
	}
	j, err := job.Get(ctx, q, id)
	if errs.KindOf(err) == errs.NotFound {
		return jobs, nil
	}
	return append(jobs, j), err
}

func (p *pages) overview(v *cabinet.Visit) error {
	h, err := p.health(v)
	if err != nil {
		return err
	}
	page := ui.Page{Title: v.T("ops.node"), Section: sectionNode, Lead: v.T("ops.node_lead", map[string]any{"Version": p.Version}), Help: "/help/op-ledger"}
	parts := []templ.Component{tiles(p.healthTiles(v, h))}
	if !h.node.Ready {
		parts = append([]templ.Component{remark(ui.Bad, v.T("ops.not_ready"), v.T(lang.Key(h.node.Cause), map[string]any{"Reason": h.node.Reason}))}, parts...)
	}
	warned, err := p.unlimited(v)
	if err != nil {
		return err
	}
	dead, err := p.deadTrunks(v)
	if err != nil {
		return err
	}
	parts = append(append(append(parts, dead...), warned...), p.ledgerCard(v, h), p.jobsCard(v, h), p.parkedCard(v, h), p.outboxCard(v, h))
	return v.Render(page, stack(parts...))
}

// The lags from which a part of the node is said to be behind.
const (
	nightLate  = 10 * time.Minute
	sealLate   = 30 * time.Second
	eventsLate = time.Minute
	mailLate   = 5 * time.Minute
)

func (p *pages) healthTiles(v *cabinet.Visit, h health) []ui.Tile {
	mailWaits := time.Duration(0)
	if !h.node.Mail.Oldest.IsZero() {
		mailWaits = max(0, v.At.Sub(h.node.Mail.Oldest))
	}
	sealed := time.Duration(0)
	if !h.node.SealedAt.IsZero() {
		sealed = max(0, v.At.Sub(h.node.SealedAt))
	}
	return []ui.Tile{
		p.lagTile(v, v.T("ops.night"), v.N("ops.days_due", int(h.night.Days)), h.night.Behind(v.At), nightLate, v.T("ops.night_why")),
		p.lagTile(v, v.T("ops.sealer"), v.T("ops.sealed_ago", map[string]any{"Time": v.Duration(sealed)}), sealed, sealLate, v.T("ops.sealer_why")),
		p.outboxTile(v, backlogOf(h.node.Outbox, v.At)),
		p.lagTile(v, v.T("ops.mail"), v.N("ops.mails_wait", int(h.node.Mail.Waiting)), mailWaits, mailLate, v.T("ops.mail_why")),
	}
}

// lagTile is a lag with a word on whether that is well.
func (p *pages) lagTile(v *cabinet.Visit, label, value string, lag, late time.Duration, why string) ui.Tile {
	t := ui.Tile{Label: label, Value: ui.Text(value), Change: v.T("ops.on_time"), Tone: ui.Good, Why: ui.Why{Text: why}}
	if lag > late {
		t.Change, t.Tone = v.T("ops.behind", map[string]any{"Time": v.Duration(lag)}), ui.Bad
	}
	return t
}

// ledgerCard tells how the last check of the ledger went, or how far it is.
func (p *pages) ledgerCard(v *cabinet.Visit, h health) templ.Component {
	title := v.T("ops.ledger_check")
	begin := nothing()
	if v.May(access.Edit, access.Node) {
		begin = postButton("/op/ledger-check", ui.Button{Text: v.T("ops.check_now")})
	}
	if len(h.checks) == 0 {
		return card(title, paragraph(v.T("ops.never_checked")), begin)
	}
	last := h.checks[0]
	if !last.Over() {
		return card(title, p.progress(v, last, v.T("ops.checking")))
	}
	return card(title, ended(jobID(last), p.verdict(v, last), begin))
}

// jobID names a job within a page.
func jobID(j job.Job) string { return "job-" + j.ID.String() }

// progress is a job that is not over, with a way to end it. The page asks for itself at an address that names the job, so as to say
// what came of it.
func (p *pages) progress(v *cabinet.Visit, j job.Job, text string) templ.Component {
	shown := ui.ProgressView{ID: jobID(j), Text: text, Done: int(j.Done), Total: int(j.Total)}
	if v.May(access.Edit, access.Node) {
		shown.Cancel = "/op/jobs/" + j.ID.String() + "/cancel"
	}
	return running(shown, v.URL.Path+"?"+jobParameter+"="+j.ID.String())
}

func (p *pages) verdict(v *cabinet.Visit, j job.Job) templ.Component {
	var report ledger.Report
	if j.State != job.Done || j.Read(nil, &report) != nil {
		return remark(ui.Warning, v.T(jobWords[j.State]), v.Kept(j.Failure))
	}
	counts := v.T("ops.ledger_counts", map[string]any{
		"Accounts": v.Int(int(report.Accounts)), "Entries": v.Int(int(report.Entries)), "Holds": v.Int(int(report.Holds)), "When": v.DateTime(j.EndedAt),
	})
	if report.OK() {
		return remark(ui.Good, v.T("ops.ledger_whole"), counts)
	}
	var lines []templ.Component
	for _, b := range report.Breaches[:min(len(report.Breaches), 20)] {
		lines = append(lines, paragraph(breach(v, b)))
	}
	return stack(append([]templ.Component{remark(ui.Bad, v.N("ops.ledger_broken", int(report.Broken)), counts)}, lines...)...)
}

// breach is what does not fit, in the reader's words; the fields keep the names that the documentation has for them.
func breach(v *cabinet.Visit, b ledger.Breach) string {
	words := map[string]any{"Project": string(b.Project), "Number": v.Int(int(b.Seq)), "Entry": b.Entry, "Hold": b.Hold, "What": b.What, "Found": b.Found, "Expected": b.Expected}
	if b.Hold != 0 {
		return v.T("ops.breach_hold", words)
	}
	return v.T("ops.breach", words)
}

var jobWords = map[job.State]lang.Key{
	job.Queued: "ops.job_queued", job.Running: "ops.job_running", job.Done: "ops.job_done", job.Failed: "ops.job_failed", job.Cancelled: "ops.job_cancelled",
}

// jobTones are those of how a job that was followed ended.
var jobTones = map[job.State]ui.Tone{job.Done: ui.Good, job.Cancelled: ui.Warning}

const (
	failedShown = 7 * 24 * time.Hour // since a job failed
	mostJobs    = 20
)

// jobsCard lists the jobs that are not over, with how far they are, and those that failed; the check of the ledger has its own card.
func (p *pages) jobsCard(v *cabinet.Visit, h health) templ.Component {
	var lines []templ.Component
	for _, j := range h.jobs {
		name := jobName(v, j)
		switch {
		case j.Kind == ledger.VerifyKind:
		case j.State == job.Failed:
			lines = append(lines, ended(jobID(j), failedJob(v, j, name)))
		case j.Over():
			lines = append(lines, ended(jobID(j), remark(jobTones[j.State], name+": "+v.T(jobWords[j.State]), v.DateTime(j.EndedAt))))
		default:
			lines = append(lines, p.progress(v, j, name+": "+v.T(jobWords[j.State])))
		}
	}
	if len(lines) == 0 {
		return nothing()
	}
	return card(v.T("ops.jobs"), lines...)
}

// failedJob says when a job failed, why, and leads to where it can be asked for again.
func failedJob(v *cabinet.Visit, j job.Job, name string) templ.Component {
	parts := []templ.Component{paragraph(v.Kept(j.Failure))}
	if j.Kind == rehearsal.Kind {
		parts = append(parts, ui.Button{Text: v.T("ops.job_again"), Href: "/op/books/" + j.Subject, Small: true}.Draw())
	}
	return callout(ui.Bad, v.T("ops.job_failed_at", map[string]any{"Name": name, "At": v.DateTime(j.EndedAt)}), parts)
}

// jobName is what a job is called: by its kind in the reader's words, and whom or what it is about.
func jobName(v *cabinet.Visit, j job.Job) string {
	switch j.Kind {
	case rehearsal.Kind:
		return v.T("ops.job_rehearsal") // its subject is a mere id
	case demoKind:
		return v.T("ops.job_demo")
	}
	return strings.TrimSpace(j.Kind + " " + j.Subject)
}

// demoKind is the kind of the jobs that package door asks for.
const demoKind = "demo"

func (p *pages) parkedCard(v *cabinet.Visit, h health) templ.Component {
	title := v.T("ops.parked")
	if len(h.parked) == 0 {
		return card(title, remark(ui.Good, v.T("ops.none_parked"), ""))
	}
	var lines []templ.Component
	for _, st := range h.parked {
		lines = append(lines, parkedLine(st, v.May(access.Edit, access.Node)))
	}
	return card(title, append([]templ.Component{paragraph(v.T("ops.parked_text"))}, lines...)...)
}

func (p *pages) checkLedger(v *cabinet.Visit) error {
	err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		j, fresh, err := job.Ask(ctx, tx, ledger.VerifyKind, "", struct{}{}, string(v.User.ID), v.At)
		if err != nil || !fresh {
			return err
		}
		return v.Record(ctx, tx, audit.Change{Object: "ledger", ObjectID: j.ID.String(), Action: "check"})
	})
	if err != nil {
		return err
	}
	return v.Done("/op", ui.Toast{Text: v.T("ops.check_begun")})
}

func (p *pages) cancelJob(v *cabinet.Visit) error {
	id, err := job.ParseID(v.R.PathValue("job"))
	if err != nil {
		return err
	}
	var j job.Job
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		before, err := job.Get(ctx, tx, id)
		if err != nil {
			return err
		}
		if j, err = job.Cancel(ctx, tx, id, v.At); err != nil || before.Over() || j.State != job.Cancelled {
			return err // what is over stays what it is, and nobody cancelled it
		}
		return v.Record(ctx, tx, audit.Change{Object: "job", ObjectID: id.String(), Action: "cancel", After: map[string]any{"kind": j.Kind, "state": j.State}})
	})
	if err != nil {
		return err
	}
	return v.Done(v.R.PostFormValue("back"), ui.Toast{Text: v.T(jobWords[j.State])})
}

// repair tries to close a parked day again, or records it as it stands (Rule B-12).
func (p *pages) repair(v *cabinet.Visit) error {
	id, err := ident.ParseProjectID(v.R.PathValue("project"))
	if err != nil {
		return errNoProject(v.R.PathValue("project"))
	}
	skip := v.R.PostFormValue("skip") != ""
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		if err := p.Billing.Unpark(ctx, tx, id, skip, v.At); err != nil {
			return err
		}
		return v.Record(ctx, tx, audit.Change{Org: ident.ProjectOrg(id), Object: "day", ObjectID: string(id), Action: "repair", After: map[string]bool{"as_it_stands": skip}})
	})
	if err != nil {
		return err
	}
	p.roll.forget()
	return v.Done("/op", ui.Toast{Text: v.T("ops.repaired")})
}
