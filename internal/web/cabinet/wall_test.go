package cabinet_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
)

// Whatever a route's action changes, and however it begins to, is asked of the permit of its reader: here each tries to change a project
// that is not the page's, and what no role allows. Rule A-18.
func TestEveryRouteChangesByItsReadersPermit(t *testing.T) {
	t.Parallel()
	h := openWide(t)
	h.Project("shop", "1000")
	h.Project("other", "1000")
	h.Agency("mine", "shop")
	other, c := ident.ProjectOrg("other"), h.App.Cabinet
	reader := h.Operator()
	tried := 0
	c.Instead(func(v *cabinet.Visit) error {
		tried++
		nothing := func(_ context.Context, tx *store.Tx) error { return tx.May(other, access.Listen.Of(access.Funds)) }
		if err := v.Change(nothing); !refused(err) {
			t.Errorf("%s: what no role allows: %v", v.R.URL.Path, err)
		}
		if err := c.DB.Write(v.Context(), nothing); !refused(err) {
			t.Errorf("%s: past the visit: %v", v.R.URL.Path, err)
		}
		if err := c.DB.Write(v.R.Context(), nothing); errs.CodeOf(err) != "store.unguarded" {
			t.Errorf("%s: past its permit: %v", v.R.URL.Path, err)
		}
		err := v.Change(func(ctx context.Context, tx *store.Tx) error {
			return c.Billing.SwitchProduct(ctx, tx, "other", "call_tracking", true, v.At)
		})
		if v.Org != ident.Operator && errs.CodeOf(err) != "project.not_found" {
			t.Errorf("%s: another project's product: %v", v.R.URL.Path, err)
		}
		v.W.WriteHeader(http.StatusNoContent)
		return nil
	})
	want := 0
	for _, route := range c.Routes() {
		if method, path := pathOf(route); method != http.MethodGet {
			want++
			if got := ask(t, h, reader, method, path, url.Values{}); got.Status != http.StatusNoContent {
				t.Errorf("%s answers %d", route.Pattern, got.Status)
			}
		}
	}
	if tried != want || want < 150 {
		t.Errorf("%d of %d routes were tried", tried, want)
	}
}

func refused(err error) bool {
	return slices.Contains([]errs.Kind{errs.Denied, errs.NotFound}, errs.KindOf(err))
}

// A surface knows no context but its request's, in which it cannot forget who asks. Rule A-18.
func TestSurfacesBeginInTheirRequest(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob("../*/*.go")
	if err != nil || len(pages) < 100 {
		t.Fatalf("%d files, %v", len(pages), err)
	}
	operations, err := filepath.Glob("../../api/*.go")
	if err != nil || len(operations) < 30 {
		t.Fatalf("%d files, %v", len(operations), err)
	}
	for _, file := range slices.Concat(pages, operations) {
		if strings.HasSuffix(file, "_test.go") || filepath.Base(filepath.Dir(file)) == "webtest" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range []string{"context.Background()", "context.TODO()", "store.Guarded("} {
			if strings.Contains(string(text), other) && !(other == "store.Guarded(" && slices.Contains(guards, filepath.Base(file))) {
				t.Errorf("%s uses %s: begin in the context of the request", file, other)
			}
		}
	}
}

// guards are the files that give a request its permit.
var guards = []string{"visit.go", "guard.go"}
