package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"bellwether/internal/sheet"
)

// Operation is what a test needs to know of an operation.
type Operation struct {
	ID, Method, Path, Need string
	OwnProject             bool // its path names a project
	Write                  bool // it needs an idempotency key
	op                     *huma.Operation
}

// Operations lists every operation that is registered.
func (a *API) Operations() []Operation {
	var all []Operation
	for path, item := range a.huma.OpenAPI().Paths {
		for method, op := range methodsOf(item) {
			if op == nil {
				continue
			}
			needed, _ := op.Metadata[needMetadata].(need)
			all = append(all, Operation{
				ID: op.OperationID, Method: method, Path: path, Need: string(needed), OwnProject: strings.Contains(path, "{project}"),
				Write: requiresKey(op), op: op,
			})
		}
	}
	return all
}

// Begin is the context in which an operation begins for a request; false where it is refused.
func (a *API) Begin(op Operation, r *http.Request) (ctx context.Context, begun bool) {
	a.guard(humago.NewContext(op.op, r, httptest.NewRecorder()), func(in huma.Context) { ctx, begun = in.Context(), true })
	return ctx, begun
}

func requiresKey(op *huma.Operation) bool {
	for _, p := range op.Parameters {
		if p.Name == idempotencyHeader && p.Required {
			return true
		}
	}
	return false
}

// Neutral is what a cell of an export becomes.
func Neutral(cell string) string { return sheet.Neutral(cell) }

// Register registers an operation described so, for tests of what is refused.
func (a *API) Register(method, path, needed string) {
	read(a, route{method: method, path: path, id: "test", tag: chapterProjects, need: need(needed)},
		func(context.Context, *struct{}) (struct{}, error) { return struct{}{}, nil })
}
