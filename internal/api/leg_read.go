package api

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"strconv"
	"time"

	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// legReads are the operations that look at legs and messages.
func legReads(a *API) {
	const tag = chapterLegs
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/legs", id: "list-legs", tag: tag, need: needRead,
		summary: "List the legs of a usage day", text: "Those charged on it in the order of booking, then those that cost nothing or are open.",
	}, a.listLegs)
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/open-legs", id: "list-open-legs", tag: tag, need: needRead, summary: "List the legs that are open",
	}, a.listOpenLegs)
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/legs/{leg}", id: "get-leg", tag: tag, need: needRead, summary: "See a leg",
	}, func(ctx context.Context, in *ByLeg) (Leg, error) {
		leg, err := charging.GetLeg(ctx, a.parts.DB, in.id(), in.Leg)
		return viewLeg(leg), err
	})
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/legs/{leg}/explanation", id: "explain-leg", tag: tag, need: needRead,
		summary: "Why did a leg cost what it did?", text: "The price is computed once more from the record and compared (Rule B-22).",
	}, a.explainLeg)
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/sms/{message}", id: "get-message", tag: tag, need: needRead, summary: "See an SMS",
	}, func(ctx context.Context, in *struct {
		Of
		Message string `path:"message" maxLength:"128"`
	},
	) (Message, error) {
		m, err := charging.GetMessage(ctx, a.parts.DB, in.id(), in.Message)
		return viewMessage(m), err
	})
	exported(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/legs.csv", id: "export-legs", tag: tag, need: needRead, summary: "Export the legs of usage days as CSV",
	}, legColumns, a.exportLegs)
}

// OfDay is one usage day.
type OfDay struct {
	Day string `query:"day" format:"date" doc:"Usage day; today where left out"`
}

func (d OfDay) day(today civil.Date) (civil.Date, error) {
	if d.Day == "" {
		return today, nil
	}
	return parseDay(d.Day, "query.day")
}

func (a *API) listLegs(ctx context.Context, in *struct {
	Of
	OfDay
	Paging
},
) (page Page[Leg], err error) {
	const list = "legs"
	after, err := in.after(list)
	if err != nil {
		return page, err
	}
	return page, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		p, err := project.Get(ctx, q, in.id())
		if err != nil {
			return err
		}
		day, err := in.day(p.Calendar.DayAt(a.now()))
		if err != nil {
			return err
		}
		found, err := charging.Legs(ctx, q, charging.LegFilter{Project: in.id(), Day: day, After: after, Limit: in.Limit})
		if err != nil {
			return err
		}
		page = newPage(list, in.Limit, found.Legs, viewLeg, nil)
		if found.Next != "" {
			page.Next = cursor(list, found.Next)
		}
		return nil
	})
}

// OpenLegs are the legs that ring or talk now.
type OpenLegs struct {
	Legs []Leg `json:"legs" doc:"In the order of their ids"`
}

func (a *API) listOpenLegs(ctx context.Context, in *struct{ Of }) (out OpenLegs, err error) {
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		if _, err := project.Get(ctx, q, in.id()); err != nil {
			return err
		}
		open, err := charging.OpenLegs(ctx, q, in.id())
		out.Legs = newPage("", len(open), open, viewLeg, nil).Items
		return err
	})
}

// LegExplained is a leg with why it cost what it did.
type LegExplained struct {
	Leg     Leg             `json:"leg"`
	Entry   *Entry          `json:"entry,omitempty" doc:"None for a leg that costs nothing"`
	Explain json.RawMessage `json:"explain" doc:"Text for people, arithmetic to redo by hand, inputs for programs"`
	Redone  money.Micro     `json:"redone" doc:"What computing the price once more gives"`
	Agrees  bool            `json:"agrees" doc:"It gives the same"`
}

func (a *API) explainLeg(ctx context.Context, in *ByLeg) (out LegExplained, err error) {
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		e, err := a.parts.Charging.Explain(ctx, q, in.id(), in.Leg)
		if err != nil {
			return err
		}
		out = LegExplained{Leg: viewLeg(e.Leg), Explain: e.Explain, Redone: e.Redone.Amount, Agrees: e.Redo}
		if e.Entry != nil {
			out.Entry = pointer(viewEntry(*e.Entry))
		}
		return nil
	})
}

var legColumns = []string{
	"id", "leg", "to", "number", "state", "charge", "opened_at", "answered_at", "closed_at", "seconds", "billable_seconds", "minutes",
	"amount", "day", "prefix", "zone", "per_minute", "book", "entry", "cause",
}

func legCells(l charging.Leg) []string {
	return []string{
		l.ID, l.Kind, l.To, l.Number, string(l.State), string(l.Charge), instantCell(l.OpenedAt), instantCell(l.AnsweredAt), instantCell(l.ClosedAt),
		strconv.FormatInt(l.Seconds, 10), strconv.FormatInt(l.Billable, 10), strconv.FormatInt(l.Minutes, 10), l.Amount.String(), l.Day.String(),
		l.Prefix, l.Zone, l.PerMinute.String(), l.Book, number(l.Entry), l.Cause,
	}
}

func instantCell(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}

// exportLegs reads legs day by day and page by page, each page on the newest state: a long read would keep the log of the
// database from being emptied.
func (a *API) exportLegs(ctx context.Context, in *struct {
	Of
	Days
},
) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		p, err := project.Get(ctx, a.parts.DB, in.id())
		var from, to civil.Date
		if err == nil {
			from, to, err = in.bounds(p.Calendar.DayAt(a.now()))
		}
		if err != nil {
			yield(nil, err)
			return
		}
		from, to = max(from, p.Calendar.First()), min(to, p.Calendar.DayAt(a.now())) // no leg is outside, and a query is made for each day
		for day := from; day <= to; day++ {
			if !a.exportDay(ctx, charging.LegFilter{Project: in.id(), Day: day, Limit: exportPage}, yield) {
				return
			}
		}
	}
}

// exportPage is how many rows an export reads at a time.
const exportPage = 500

func (a *API) exportDay(ctx context.Context, f charging.LegFilter, yield func([]string, error) bool) bool {
	for {
		page, err := charging.Legs(ctx, a.parts.DB, f)
		if err != nil {
			yield(nil, err)
			return false
		}
		for _, leg := range page.Legs {
			if !yield(legCells(leg), nil) {
				return false
			}
		}
		if page.Next == "" {
			return true
		}
		f.After = page.Next
	}
}
