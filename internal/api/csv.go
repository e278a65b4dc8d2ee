package api

import (
	"context"
	"encoding/csv"
	"iter"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"bellwether/internal/sheet"
)

// slowest is how long a reader of an export may take for one piece of it before it is cut off.
const slowest = 30 * time.Second

// exported registers an export as CSV. rows are read while they are sent, so that a list of any length passes through;
// an error before the first is an ordinary problem, one after it cuts the connection, so that half a list is never taken
// for a whole one.
func exported[I any](a *API, r route, columns []string, rows func(ctx context.Context, in *I) iter.Seq2[[]string, error]) {
	op := a.operation(r)
	op.Responses = map[string]*huma.Response{"200": {
		Description: "Lines with the columns " + strings.Join(columns, ", ") + ". Cells that a spreadsheet would take for a formula begin with an apostrophe.",
		Content:     map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}}
	op.Errors = []int{http.StatusUnprocessableEntity, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
		next, stop := iter.Pull2(rows(ctx, in))
		first, err, more := next()
		if err != nil {
			stop()
			return nil, a.problem(ctx, err)
		}
		return &huma.StreamResponse{Body: func(hctx huma.Context) {
			defer stop()
			e := newExport(hctx, r.id)
			e.line(columns)
			for cells := first; more; cells, err, more = next() {
				if err != nil {
					a.problem(ctx, err)
					panic(http.ErrAbortHandler)
				}
				e.line(cells)
			}
			e.flush()
		}}, nil
	})
}

// export writes lines and cuts off a reader that takes none.
type export struct {
	writer     *csv.Writer
	controller *http.ResponseController
	lines      int
}

func newExport(hctx huma.Context, name string) *export {
	_, w := humago.Unwrap(hctx)
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`.csv"`)
	e := &export{writer: csv.NewWriter(w), controller: http.NewResponseController(w)}
	e.extend()
	return e
}

// linesAPiece are sent before the reader gets new time.
const linesAPiece = 500

func (e *export) line(cells []string) {
	safe := make([]string, len(cells))
	for i, cell := range cells {
		safe[i] = sheet.Neutral(cell)
	}
	if err := e.writer.Write(safe); err != nil {
		panic(http.ErrAbortHandler) // the reader has gone
	}
	if e.lines++; e.lines%linesAPiece == 0 {
		e.flush()
		e.extend()
	}
}

func (e *export) flush() {
	e.writer.Flush()
	if e.writer.Error() != nil {
		panic(http.ErrAbortHandler)
	}
}

func (e *export) extend() {
	_ = e.controller.SetWriteDeadline(time.Now().Add(slowest)) // a writer without deadlines, as in tests, does without
}
