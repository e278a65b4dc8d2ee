package ops_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"bellwether/internal/job"
	"bellwether/internal/ledger"
	"bellwether/internal/store"
	"bellwether/internal/web/webtest"
)

// An open page says by itself what came of the jobs that it follows, and asks no more then.
func TestJobsEndOnAnOpenPage(t *testing.T) {
	t.Parallel()
	h, ann, _ := house(t)
	var other job.Job
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		other, _, err = job.Ask(ctx, tx, "test.kind", "of shop", struct{}{}, "", h.Now())
		return err
	})
	ann.Post("/op/ledger-check", url.Values{}).Must(t, http.StatusOK)
	page := ann.Browse(t, webtest.Start(t), 1280)
	page.Go(t, h.URL+"/op")
	page.Await(t, `document.querySelectorAll("progress").length === 2`)
	runner := job.NewRunner(h.App.DB, "test", h.Now, map[string]job.Handler{
		ledger.VerifyKind: ledger.VerifyJob(h.App.DB), "test.kind": func(context.Context, job.Job, func(done, total int64)) (any, error) { return struct{}{}, nil },
	})
	for range 2 {
		if ran, err := runner.Once(t.Context(), nil); !ran || err != nil {
			t.Fatalf("ran %t, %v", ran, err)
		}
	}
	page.Await(t, `document.querySelectorAll("progress").length === 0 && document.querySelectorAll("[id^=again-job]").length === 2`)
	page.Await(t, `document.querySelector("form[action='/op/ledger-check']")`)
	page.Await(t, `document.querySelector("#again-job-`+other.ID.String()+`").textContent.includes("test.kind of shop: Done") && !document.querySelector("main [hx-get]")`)
	page.Check(t)
	page.CheckConsole(t)
	for _, path := range []string{"/op?job=999999", "/op?job=%3Cb%3E", "/op?job=-1"} {
		ann.Get(path).Must(t, http.StatusOK)
	}
}
