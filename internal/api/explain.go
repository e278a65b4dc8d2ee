package api

import (
	"context"
	"time"

	"bellwether/docs"
	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Explained is an entry with everything needed to redo it by hand.
type Explained struct {
	Entry      Entry      `json:"entry"`
	Sides      []Side     `json:"sides" doc:"Both sides of the double entry; they sum to zero (Rule B-03)"`
	Rule       *docs.Rule `json:"rule,omitempty" doc:"The rule it follows, in words"`
	Cause      Cause      `json:"cause"`
	ReversedBy string     `json:"reversed_by,omitempty" doc:"The entry that undoes it"`
	Links      []string   `json:"links" doc:"What to look at next"`
}

// Side is one side of a double entry.
type Side struct {
	Account string      `json:"account" example:"project:demo:cash"`
	Amount  money.Micro `json:"amount"`
}

// Cause is what an entry is for.
type Cause struct {
	Kind     string     `json:"kind" enum:"leg,message,day,month,payment,term,user,adjustment,reversal"`
	Leg      *Leg       `json:"leg,omitempty"`
	Message  *Message   `json:"message,omitempty"`
	Day      civil.Date `json:"day" doc:"The usage day"`
	StartsAt time.Time  `json:"starts_at,omitzero" doc:"When the day began in the project's zone"`
	EndsAt   time.Time  `json:"ends_at,omitzero"`
	Ref      string     `json:"ref,omitempty"`
}

// causes name what entries of a kind are for, where the kind alone says it.
var causes = map[pricing.Kind]string{
	pricing.ProductFee: "day", pricing.SeatFee: "day", pricing.SlotFee: "day", pricing.NumberRent: "day", pricing.SessionFee: "day",
	pricing.Discount: "day", pricing.PackageOverage: "month", pricing.Minimum: "month", pricing.Call: "leg", pricing.SMS: "message",
	pricing.Bonus: "payment", pricing.Payment: "payment", pricing.Term: "term", pricing.Credit: "user", pricing.Adjustment: "adjustment",
}

func (a *API) explainEntry(ctx context.Context, in *struct {
	Of
	Entry string `path:"entry"`
},
) (out Explained, err error) {
	id, err := parseEntryID(in.Entry)
	if err != nil {
		return out, err
	}
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		p, err := project.Get(ctx, q, in.id())
		if err != nil {
			return err
		}
		entry, err := ledger.GetEntry(ctx, q, p.ID, id)
		if err != nil {
			return err
		}
		out, err = a.explain(ctx, q, p, entry)
		return err
	})
}

func (a *API) explain(ctx context.Context, q store.Querier, p *project.Project, entry ledger.Entry) (Explained, error) {
	out := Explained{Entry: viewEntry(entry), Links: []string{}}
	for _, leg := range entry.Legs() {
		out.Sides = append(out.Sides, Side{Account: leg.Account, Amount: leg.Amount})
	}
	if rule, ok := docs.FindRule(entry.Rule); ok {
		out.Rule = &rule
	}
	by, err := ledger.ReversedBy(ctx, q, entry.ID)
	if err != nil {
		return out, err
	}
	out.ReversedBy = number(by)
	if out.Cause, err = causeOf(ctx, q, p, entry); err != nil {
		return out, err
	}
	out.link(p.ID)
	return out, nil
}

// causeOf finds what an entry is for. Adjustments of calls and messages that came late name theirs.
func causeOf(ctx context.Context, q store.Querier, p *project.Project, entry ledger.Entry) (Cause, error) {
	cause := Cause{Kind: causes[entry.Kind], Day: entry.Day, Ref: entry.Ref, StartsAt: p.Calendar.Start(entry.Day), EndsAt: p.Calendar.End(entry.Day)}
	switch {
	case entry.Reverses != 0:
		cause.Kind = "reversal"
	case entry.Kind == pricing.Call, entry.Kind == pricing.Adjustment && entry.Item == string(pricing.Call):
		return withLeg(ctx, q, p.ID, cause)
	case entry.Kind == pricing.SMS, entry.Kind == pricing.Adjustment && entry.Item == string(pricing.SMS):
		return withMessage(ctx, q, p.ID, cause)
	}
	return cause, nil
}

// withLeg adds the leg; a person's legs may have been erased while the amounts stay.
func withLeg(ctx context.Context, q store.Querier, id ident.ProjectID, cause Cause) (Cause, error) {
	leg, err := charging.GetLeg(ctx, q, id, cause.Ref)
	if errs.KindOf(err) == errs.NotFound {
		return cause, nil
	}
	cause.Kind, cause.Leg = "leg", pointer(viewLeg(leg))
	return cause, err
}

func withMessage(ctx context.Context, q store.Querier, id ident.ProjectID, cause Cause) (Cause, error) {
	m, err := charging.GetMessage(ctx, q, id, cause.Ref)
	if errs.KindOf(err) == errs.NotFound {
		return cause, nil
	}
	cause.Kind, cause.Message = "message", pointer(viewMessage(m))
	return cause, err
}

func (e *Explained) link(id ident.ProjectID) {
	base := "/v1/projects/" + string(id)
	add := func(path string) { e.Links = append(e.Links, base+path) }
	day := e.Entry.Day.String()
	add("/entries?from=" + day + "&to=" + day)
	add("/statement?from=" + day + "&to=" + day)
	if e.Cause.Leg != nil {
		add("/legs/" + pathSegment(e.Cause.Leg.ID) + "/explanation")
	}
	if e.Entry.Reverses != "" {
		add("/entries/" + e.Entry.Reverses)
	}
	if e.ReversedBy != "" {
		add("/entries/" + e.ReversedBy)
	}
}
