package api

import (
	"context"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"bellwether/internal/sheet"
)

// Operation is what a test needs to know of an operation.
type Operation struct {
	ID, Method, Path, Need string
	OwnProject             bool // its path names a project
	Write                  bool // it needs an idempotency key
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
				Write: requiresKey(op),
			})
		}
	}
	return all
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
