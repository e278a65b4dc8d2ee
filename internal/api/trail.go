package api

import (
	"context"
	"encoding/json"
	"net/http"

	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	numbers "bellwether/internal/number"
	"bellwether/internal/project"
	"bellwether/internal/staff"
	"bellwether/internal/store"
)

// stateOf reads what a request is about to change, or has changed, for the trail (Rule A-15); nil where there is no such thing.
type stateOf func(ctx context.Context, a *API, q store.Querier, r *http.Request) (any, error)

// holdings are what a project holds: products, seats, packages, users.
func holdings(ctx context.Context, a *API, q store.Querier, r *http.Request) (any, error) {
	id := ident.ProjectID(r.PathValue(projectParam))
	held, err := billing.GetConfiguration(ctx, q, id)
	if err != nil {
		return nil, unlessMissing(err)
	}
	tonight, err := billing.EndingTonight(ctx, q, id, a.now())
	return struct {
		billing.Configuration
		Tonight []string `json:"off_tonight,omitempty"`
	}{held, tonight}, unlessMissing(err)
}

// numberHeld is the project's number that the path names.
func numberHeld(ctx context.Context, a *API, q store.Querier, r *http.Request) (any, error) {
	held, err := a.heldNumber(ctx, q, ident.ProjectID(r.PathValue(projectParam)), r.PathValue("number"))
	if err != nil || held.Number.Number == "" {
		return nil, unlessMissing(err)
	}
	return held, nil
}

// settings are a project's own, as they hold from its next day on: changes of zone and book wait for it.
func settings(ctx context.Context, a *API, q store.Querier, r *http.Request) (any, error) {
	p, err := project.Get(ctx, q, ident.ProjectID(r.PathValue(projectParam)))
	if err != nil {
		return nil, unlessMissing(err)
	}
	next := p.Calendar.DayAt(a.now()) + 1
	book := p.BookAt(next)
	return struct {
		TimeZone string         `json:"time_zone"`
		Book     string         `json:"book"`
		Version  string         `json:"version"`
		Plan     string         `json:"plan,omitempty"`
		Limits   project.Limits `json:"limits"`
	}{p.Calendar.Zone(next).String(), book.Book, book.Version, book.Plan, p.Limits}, nil
}

// stocked is the number of the operator's that the path names.
func stocked(ctx context.Context, _ *API, q store.Querier, r *http.Request) (any, error) {
	e, ok, err := numbers.Get(ctx, q, r.PathValue("number"))
	if err != nil || !ok {
		return nil, err
	}
	return viewStock(e), nil
}

// presence is whether the employee whom the path names is there.
func presence(ctx context.Context, a *API, q store.Querier, r *http.Request) (any, error) {
	e, err := staff.Get(ctx, q, ident.ProjectID(r.PathValue(projectParam)), staff.EmployeeID(r.PathValue("employee")))
	if err != nil {
		return nil, unlessMissing(err)
	}
	return map[string]any{"employee": e.Name, "presence": e.Presence}, nil
}

func unlessMissing(err error) error {
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	return err
}

// asked is what the trail keeps of a request: itself, and how the thing stands after it.
func asked(request []byte, now any) (any, error) {
	if now == nil {
		return json.RawMessage(request), nil
	}
	all := map[string]any{}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(request, &fields); err != nil {
		return nil, err
	}
	for name, value := range fields {
		all[name] = value
	}
	all["now"] = now
	return all, nil
}

// stood is what the trail keeps of a thing as it was before a request; nil where there was none.
func stood(before any) any {
	if before == nil {
		return nil
	}
	return map[string]any{"now": before}
}
