package door

import (
	"context"
	"net/http"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/job"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// DemoKind is the kind of the job that lives through the demo; its subject is the project. It is one of all nodes at a time.
const DemoKind = "demo"

// startDemo begins to live through the story beside the request, on whatever node; whoever asked first owns its project.
func (d *door) startDemo(v *cabinet.Visit) error {
	err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		if err := d.mayLoad(ctx, tx); err != nil {
			return err
		}
		_, fresh, err := job.Ask(ctx, tx, DemoKind, string(d.Demo.Project), struct{}{}, string(v.User.ID), v.At)
		if err != nil || !fresh {
			return err
		}
		return v.Record(ctx, tx, audit.Change{Object: "project", ObjectID: string(d.Demo.Project), Action: "load"})
	})
	if err != nil {
		return err
	}
	return v.Go("/op/demo")
}

// mayLoad refuses where a project that is no demo has its name.
func (d *door) mayLoad(ctx context.Context, q store.Querier) error {
	_, err := project.Get(ctx, q, d.Demo.Project)
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	mark, err := project.GetDemo(ctx, q, d.Demo.Project)
	if err == nil && !mark.Marked {
		err = errs.New(errs.Conflict, "demo.no_demo", "project %s was not opened as a demo", d.Demo.Project).At("project").Try("leave it as it is")
	}
	return err
}

// refreshEvery is after how many seconds the page of a running demo looks again, with or without scripts.
const refreshEvery = "1"

// lastDemo is the job that lived, or lives, through the demo last; ok is false where nobody asked for it.
func (d *door) lastDemo(v *cabinet.Visit) (j job.Job, ok bool, err error) {
	jobs, err := job.List(v.Context(), d.DB, DemoKind, string(d.Demo.Project), 1)
	if err != nil || len(jobs) == 0 {
		return j, false, err
	}
	return jobs[0], true, nil
}

func (d *door) showDemo(v *cabinet.Visit) error {
	j, asked, err := d.lastDemo(v)
	if err != nil {
		return err
	}
	if asked && !j.Over() {
		v.W.Header().Set("Refresh", refreshEvery)
		return v.RenderPlain(http.StatusOK, ui.Page{Title: v.T("door.demo"), Lead: v.T("door.demo_lead")}, demoPage(j.Done, j.Total))
	}
	mark, err := project.GetDemo(v.Context(), d.DB, d.Demo.Project)
	switch {
	case err != nil:
		return err
	case mark.Complete:
		return v.Into(ident.ProjectOrg(d.Demo.Project), ui.Toast{Text: v.T("door.demo_done")})
	case asked && j.State == job.Failed:
		return errs.New(errs.Conflict, "door.demo_failed", "the demo could not be lived through: %s", j.Failure).With("why", v.Kept(j.Failure)).Try("load it again")
	}
	return v.Go("/op/welcome")
}

// badge says above the demo's pages that they are no real ones, and how to be rid of them.
func (d *door) badge(v *cabinet.Visit) (ui.FrameNotice, bool) {
	if v.Project == nil || v.Project.ID != d.Demo.Project {
		return ui.FrameNotice{}, false
	}
	if mark, err := project.GetDemo(v.Context(), d.DB, v.Project.ID); err != nil || !mark.Marked {
		return ui.FrameNotice{}, false // somebody's own project has the name
	}
	notice := ui.FrameNotice{Tone: ui.Notice, Text: v.T("door.demo_badge")}
	if _, err := d.Gate.May(v.Context(), v.Principal, access.Edit, access.Projects, ident.Operator, v.At); err == nil {
		notice.Link = ui.Link{Text: v.T("door.demo_delete"), Href: "/op/demo/delete"}
	}
	return notice, true
}

func (d *door) askDeleteDemo(v *cabinet.Visit) error {
	return v.Render(ui.Page{Title: v.T("door.demo_delete"), Narrow: true, Help: "/help/op-projects"}, ui.Confirm{
		Title: v.T("door.demo_delete_title"), Text: v.T("door.demo_delete_text"), Action: v.URL.Path, Yes: v.T("door.demo_delete"), No: "/", Danger: true,
	}.Draw())
}

func (d *door) deleteDemo(v *cabinet.Visit) error {
	if j, asked, err := d.lastDemo(v); err != nil || asked && !j.Over() {
		if err != nil {
			return err
		}
		return v.Go("/op/demo") // it is being lived through
	}
	if err := d.Demo.Remove(v.Context(), v.Principal.Actor(), v.At); err != nil {
		return err
	}
	d.Gate.Forget(v.User.ID)
	return v.Anew("/", ui.Toast{Text: v.T("door.demo_deleted")})
}
