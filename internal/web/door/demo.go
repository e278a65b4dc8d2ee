package door

import (
	"context"
	"net/http"
	"sync"

	"bellwether/internal/access"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// story is the demo being lived through, at most one at a time.
type story struct {
	mu          sync.Mutex
	running     bool
	done, total int64
	project     ident.ProjectID
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

func (s *story) end(project ident.ProjectID, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running, s.project, s.err = false, project, err
}

// state is how far it is.
func (s *story) state() (running bool, done, total int64, project ident.ProjectID, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running, s.done, s.total, s.project, s.err
}

// startDemo begins to live through the story beside the request; whoever asked owns its project.
func (d *door) startDemo(v *cabinet.Visit) error {
	if d.demo.begin() {
		owner, by, at := v.User.ID, v.From(), v.At
		by.User = string(owner)
		d.Background(func(ctx context.Context) {
			id, err := d.Demo(ctx, d.demo.progress)
			if err == nil || errs.CodeOf(err) == "project.exists" {
				err = d.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
					_, err := access.FoundProject(ctx, tx, by, id, owner, at)
					return err
				})
			}
			if err != nil && errs.CodeOf(err) != "access.has_members" {
				d.Log.Error("the demo could not be lived through", "error", err)
				d.demo.end(id, err)
				return
			}
			d.demo.end(id, nil)
		})
	}
	return v.Go("/op/demo")
}

// refreshEvery is after how many seconds the page of a running demo looks again, with or without scripts.
const refreshEvery = "1"

func (d *door) showDemo(v *cabinet.Visit) error {
	running, done, total, id, err := d.demo.state()
	switch {
	case running:
		v.W.Header().Set("Refresh", refreshEvery)
		return v.RenderPlain(http.StatusOK, ui.Page{Title: v.T("door.demo"), Lead: v.T("door.demo_lead")}, demoPage(done, total))
	case err != nil:
		return err
	case id == "":
		return v.Go("/op/welcome")
	}
	return v.Into(ident.ProjectOrg(id), ui.Toast{Text: v.T("door.demo_done")})
}
