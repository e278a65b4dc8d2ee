package ops_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/job"
	"bellwether/internal/lang"
	"bellwether/internal/store"
)

// The search finds every project for an operator, and for an agency its own alone.
func TestSearchFindsProjects(t *testing.T) {
	t.Parallel()
	h, ann, _ := house(t)
	h.Project("shoal", "5")
	h.Agency("north", "shop")
	agent := h.Member(ident.AgencyOrg("north"), access.AgencyRole)
	ann.Get("/op/search?q=SHO").Must(t, http.StatusOK, `href="/op/projects/shop"`, `href="/op/projects/shoal"`)
	if own := agent.Get("/a/north/search?q=sho").Must(t, http.StatusOK, `href="/p/shop"`); strings.Contains(own.Body, "shoal") {
		t.Error("an agency finds another's project")
	}
}

// Where several people match, the trail asks which; an address or an id is one person.
func TestAuditAsksWhichPerson(t *testing.T) {
	t.Parallel()
	h, ann, ben := house(t)
	ben.Post("/op/projects/shop/overdraft", overdraft("250")).Must(t, http.StatusOK)
	ann.Get("/op/audit?f.who=example").Must(t, http.StatusOK, "Several people match", ann.Email, ben.Email)
	ann.Get("/op/audit?f.object=project&f.who="+url.QueryEscape(strings.ToUpper(ben.Email))).Must(t, http.StatusOK, "overdraft", "250")
	ann.Get("/op/audit?f.object=project&f.who="+string(ben.ID)).Must(t, http.StatusOK, "overdraft", "250")
	_ = h
}

// The overview lists the jobs that wait; one that is over is not cancelled again, and the trail does not say so.
func TestJobs(t *testing.T) {
	t.Parallel()
	h, ann, _ := house(t)
	var asked job.Job
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		asked, _, err = job.Ask(ctx, tx, "test.kind", "of shop", struct{}{}, "", h.Now())
		return err
	})
	ann.Get("/op").Must(t, http.StatusOK, "test.kind of shop", "/op/jobs/"+asked.ID.String()+"/cancel")
	for range 2 {
		ann.Post("/op/jobs/"+asked.ID.String()+"/cancel", url.Values{"back": {"/op"}}).Must(t, http.StatusOK)
	}
	entries, err := audit.List(t.Context(), h.App.DB, audit.Filter{Object: "job", Action: "cancel"}, 0, 10)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d cancellations in the trail, %v, want 1", len(entries), err)
	}
}

// Why a job failed and why a day is parked is told in the reader's language, whenever it happened; what has no code is quoted.
func TestReasonsAreInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	h, ann, _ := house(t)
	failing := map[string]error{
		"coded": errs.New(errs.Conflict, "simulate.parked", "cannot be closed").With("day", civil.MustParseDate("2026-03-01")),
		"bare":  errors.New("disk full"),
	}
	handlers := map[string]job.Handler{}
	for kind, failure := range failing {
		handlers[kind] = func(context.Context, job.Job, func(done, total int64)) (any, error) { return nil, failure }
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			_, _, err := job.Ask(ctx, tx, kind, "", struct{}{}, "", h.Now())
			return err
		})
	}
	runner := job.NewRunner(h.App.DB, "test", h.Now, handlers)
	for range 1 + job.Attempts { // what has no code is a fault of the machine, and is tried again
		_, _ = runner.Once(t.Context(), nil)
	}
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		return h.App.Billing.Park(ctx, tx, "shop", failing["coded"], h.Now())
	})
	ann.Post("/preferences", url.Values{"lang": {"ru"}, "back": {"/op"}})
	said, _ := lang.For(lang.Russian, nil).Error(failing["coded"])
	page := ann.Get("/op").Must(t, http.StatusOK, "«disk full»", said)
	if n := strings.Count(page.Body, said); n != 2 || strings.Contains(page.Body, "cannot be closed") {
		t.Errorf("%q is said %d times, want 2", said, n)
	}
	ann.Get("/op/projects/shop").Must(t, http.StatusOK, said)
}

// The trail names the numbers that were added.
func TestTrailNamesNumbers(t *testing.T) {
	t.Parallel()
	h, ann, _ := house(t)
	upload(t, h, ann, "/op/numbers/add", map[string]string{"text": "number\n+380441234567\n"}, nil).Must(t, http.StatusOK)
	ann.Get("/op/audit?f.object=number_stock").Must(t, http.StatusOK, "Stock of numbers", "+380\u00a044\u00a0123\u00a04567")
}
