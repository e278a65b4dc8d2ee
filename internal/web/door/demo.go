package door

import (
	"context"
	"net/http"
	"sync"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// story is the demo being lived through, at most one at a time.
type story struct {
	mu          sync.Mutex
	running     bool
	done, total int64
	loaded      bool
	err         error
}

// begin reports whether it began now.
func (s *story) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running {
		return false
	}
	s.running, s.done, s.total, s.err = true, 0, 0, nil
	return true
}

func (s *story) progress(done, total int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done, s.total = done, total
}

func (s *story) end(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running, s.loaded, s.err = false, err == nil, err
}

// gone ends what begin began when there is no story any more.
func (s *story) gone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running, s.loaded = false, false
}

// state is how far it is.
func (s *story) state() (running, loaded bool, done, total int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running, s.loaded, s.done, s.total, s.err
}

// startDemo begins to live through the story beside the request; whoever asked owns its project.
func (d *door) startDemo(v *cabinet.Visit) error {
	if d.story.begin() {
		owner, by, at := v.User.ID, v.Principal.Actor(), v.At
		d.Background(func(ctx context.Context) {
			err := d.liveThrough(ctx, owner, by, at)
			if err != nil {
				d.Log.Error("the demo could not be lived through", "error", err)
			}
			d.story.end(err)
		})
	}
	return v.Go("/op/demo")
}

func (d *door) liveThrough(ctx context.Context, owner account.UserID, by audit.Actor, at time.Time) error {
	if err := d.Demo.Load(ctx, d.story.progress); err != nil && errs.CodeOf(err) != "project.exists" {
		return err
	}
	err := d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := access.FoundProject(ctx, tx, by, d.Demo.Project, owner, at)
		return err
	})
	if errs.CodeOf(err) == "access.has_members" {
		return nil // somebody loaded it before
	}
	return err
}

// refreshEvery is after how many seconds the page of a running demo looks again, with or without scripts.
const refreshEvery = "1"

func (d *door) showDemo(v *cabinet.Visit) error {
	running, loaded, done, total, err := d.story.state()
	switch {
	case running:
		v.W.Header().Set("Refresh", refreshEvery)
		return v.RenderPlain(http.StatusOK, ui.Page{Title: v.T("door.demo"), Lead: v.T("door.demo_lead")}, demoPage(done, total))
	case err != nil:
		return err
	case !loaded:
		return v.Go("/op/welcome")
	}
	return v.Into(ident.ProjectOrg(d.Demo.Project), ui.Toast{Text: v.T("door.demo_done")})
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
	return v.Render(ui.Page{Title: v.T("door.demo_delete"), Narrow: true}, ui.Confirm{
		Title: v.T("door.demo_delete_title"), Text: v.T("door.demo_delete_text"), Action: v.URL.Path, Yes: v.T("door.demo_delete"), No: "/", Danger: true,
	}.Draw())
}

func (d *door) deleteDemo(v *cabinet.Visit) error {
	if !d.story.begin() {
		return v.Go("/op/demo") // it is being lived through
	}
	err := d.Demo.Remove(v.Context(), v.Principal.Actor(), v.At)
	d.story.gone()
	if err != nil {
		return err
	}
	d.Gate.Forget(v.User.ID)
	return v.Anew("/", ui.Toast{Text: v.T("door.demo_deleted")})
}
