package api

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/pricebook"
	"bellwether/internal/simulate"
)

// The bounds of a simulation: it runs the whole of billing on a database of its own.
const (
	mostSimulations  = 2       // at a time
	mostEvents       = 20_000  // in one
	mostEventBytes   = 4 << 20 //
	longestSimulated = 20 * time.Second
)

func simulateRoutes(a *API) {
	read(a, route{
		method: http.MethodPost, path: "/v1/simulate", id: "simulate", tag: chapterPrices, need: needAnyKey, mostBytes: mostEventBytes,
		summary: "What would my bill have been?",
		text:    "Runs events (JSON objects, one a line) through the very billing code on a virtual clock, on a database of its own that is thrown away. At most 20,000 events of 4 MB; longer files run with `bellwether simulate`.",
	}, a.simulate)
}

func (a *API) simulate(ctx context.Context, in *struct {
	Book    string `query:"book" maxLength:"120" doc:"Overrides the book the events name: ringostat, or ringostat@2021-01-01"`
	Version string `query:"book_version" maxLength:"60" doc:"Overrides the version the project opens with, and its moves"`
	From    string `query:"from" format:"date" doc:"First usage day of the report; all where left out"`
	To      string `query:"to" format:"date" doc:"Last usage day of the report"`
	RawBody []byte `contentType:"application/x-ndjson"`
},
) (*simulate.Result, error) {
	done, err := a.simulating()
	if err != nil {
		return nil, err
	}
	defer done()
	if lines := bytes.Count(in.RawBody, []byte("\n")); lines > mostEvents {
		return nil, errs.New(errs.Invalid, "api.too_many_events", "%d events are more than %d", lines, mostEvents).At("body").Try("run them with bellwether simulate")
	}
	events, err := simulate.ReadEvents(bytes.NewReader(in.RawBody), "body")
	if err != nil {
		return nil, err
	}
	options := simulate.Options{File: "body", Books: a.parts.Books, BookVersion: in.Version, From: in.From, To: in.To}
	if options.Book, err = a.namedBook(in.Book); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, longestSimulated)
	defer cancel()
	result, err := simulate.Run(ctx, events, options)
	if ctx.Err() == context.DeadlineExceeded {
		return nil, errs.New(errs.Invalid, "api.simulation_long", "the simulation takes longer than %v", longestSimulated).Try("run it with bellwether simulate")
	}
	return result, err
}

// simulating takes one of the few places for simulations; done gives it back.
func (a *API) simulating() (done func(), err error) {
	select {
	case a.simulations <- struct{}{}:
		return func() { <-a.simulations }, nil
	default:
		return nil, errs.New(errs.Unavailable, "api.simulations_busy", "other simulations are running").Try("try again in a few seconds").With(retryAfter, int64(5))
	}
}

func (a *API) namedBook(name string) (*pricebook.Book, error) {
	if name == "" {
		return nil, nil
	}
	return a.parts.Books.Open(nil, strings.TrimSpace(name))
}
