package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/simulate"
)

func historyRoutes(a *API) {
	const tag = chapterPrices
	a.streamEvents(route{
		method: http.MethodGet, path: "/v1/projects/{project}/events", id: "export-events", tag: tag, need: needRead,
		summary: "Export a project's life as events",
		text: "One JSON object a line, as `simulate` reads them: replayed, they come to the project's own ledger. What it held before `from` is in force then; " +
			"calls and messages of months before it are one sum a day. The numbers people called and were called from are in it.",
	})
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/what-if", id: "what-if", tag: tag, need: needRead,
		summary: "What a period would have cost under another version",
		text: "Replays the project's own life through the billing code, as it was and with another version of its book in force from the first day of the period on, " +
			"on databases that are thrown away. At most 2 simulations run at a time and 20 seconds each; longer periods run with `bellwether quote`.",
	}, a.whatIf)
}

// OfPeriod are usage days.
type OfPeriod struct {
	From string `query:"from" format:"date"`
	To   string `query:"to" format:"date"`
}

func (o OfPeriod) days() (from, to civil.Date, err error) {
	if o.From != "" {
		if from, err = parseDay(o.From, "query.from"); err != nil {
			return 0, 0, err
		}
	}
	if o.To != "" {
		to, err = parseDay(o.To, "query.to")
	}
	return from, to, err
}

func (a *API) whatIf(ctx context.Context, in *struct {
	Of
	OfPeriod
	Version string `query:"book_version" required:"true" minLength:"1" maxLength:"60" doc:"Of the project's book"`
},
) (*simulate.WhatIf, error) {
	from, to, err := in.days()
	if err != nil {
		return nil, err
	}
	done, err := a.simulating()
	if err != nil {
		return nil, err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, longestSimulated)
	defer cancel()
	answer, err := simulate.Ask(ctx, a.parts.DB, a.parts.Books, simulate.Question{Project: in.id(), Version: in.Version, From: from, To: to}, a.now())
	if ctx.Err() == context.DeadlineExceeded {
		return nil, errs.New(errs.Invalid, "api.simulation_long", "the simulation takes longer than %v", longestSimulated).Try("ask about fewer days, or run it with bellwether quote")
	}
	return answer, err
}

// streamEvents registers the export of events. An error before the first is an ordinary problem, one after it cuts the
// connection, so that half a life is never taken for a whole one.
func (a *API) streamEvents(r route) {
	op := a.operation(r)
	op.Responses = map[string]*huma.Response{"200": {
		Description: "Events, one JSON object a line, in the order of `at`; the last is `end`.",
		Content:     map[string]*huma.MediaType{"application/x-ndjson": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}}
	op.Errors = []int{http.StatusUnprocessableEntity, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}
	huma.Register(a.huma, op, func(ctx context.Context, in *struct {
		Of
		OfPeriod
	},
	) (*huma.StreamResponse, error) {
		from, to, err := in.days()
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		history, err := simulate.ReadHistory(ctx, a.parts.DB, in.id(), simulate.Period{From: from, To: to}, a.now())
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return &huma.StreamResponse{Body: func(hctx huma.Context) { a.sendEvents(ctx, hctx, history) }}, nil
	})
}

// sendEvents writes the events and cuts off a reader that takes none.
func (a *API) sendEvents(ctx context.Context, hctx huma.Context, history *simulate.History) {
	_, w := humago.Unwrap(hctx)
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Content-Disposition", `attachment; filename="events.jsonl"`)
	controller, encoder, lines := http.NewResponseController(w), json.NewEncoder(w), 0
	for event, err := range history.Events(ctx) {
		if err != nil {
			a.problem(ctx, err)
			panic(http.ErrAbortHandler)
		}
		if lines%linesAPiece == 0 {
			_ = controller.SetWriteDeadline(time.Now().Add(slowest)) // a writer without deadlines, as in tests, does without
		}
		lines++
		if err := encoder.Encode(event); err != nil {
			panic(http.ErrAbortHandler) // the reader has gone
		}
	}
}
