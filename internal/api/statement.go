package api

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Statement is the movement of funds over usage days.
type Statement struct {
	Project     string                 `json:"project"`
	Currency    money.Currency         `json:"currency"`
	From        civil.Date             `json:"from"`
	To          civil.Date             `json:"to"`
	Opening     money.Micro            `json:"opening" doc:"The exact running total before from"`
	Closing     money.Micro            `json:"closing" doc:"The exact running total through to"`
	Rows        []pricing.StatementRow `json:"rows" doc:"Rounded to the minor unit so that a day's rows sum to its rounded total (Rule B-13)"`
	Provisional []DayLine              `json:"provisional" doc:"Fees of days that are not closed yet, as if they ended now; neither in rows nor in closing"`
}

// FundsDay is a usage day of the movement of funds.
type FundsDay struct {
	Day     civil.Date  `json:"day"`
	Amount  money.Micro `json:"amount" doc:"The sum of its rows, rounded for people"`
	Final   bool        `json:"final" doc:"Nothing can change it any more"`
	Rows    []FundsRow  `json:"rows"`
	Entries string      `json:"entries" doc:"The entries behind the day"`
	Legs    string      `json:"legs" doc:"The call legs of the day"`
}

// FundsRow is a row of a day.
type FundsRow struct {
	Kind   pricing.Kind `json:"kind"`
	Item   string       `json:"item"`
	Amount money.Micro  `json:"amount" doc:"Rounded"`
	Exact  money.Micro  `json:"exact"`
	Final  bool         `json:"final"`
	// Reversal is as in the statement's rows.
	Reversal bool   `json:"reversal" doc:"Its entries undo others, which they name"`
	Entries  string `json:"entries" doc:"The entries behind the row"`
}

func statementRoutes(a *API) {
	const tag = chapterStatements
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/statement", id: "get-statement", tag: tag, need: needRead,
		summary: "The statement of usage days", text: "At most 366 days at a time. Calls and messages are one row a day each, dated the usage day.",
	}, a.getStatement)
	exported(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/statement.csv", id: "export-statement", tag: tag, need: needRead,
		summary: "Export the statement as CSV",
	}, []string{"day", "kind", "item", "amount", "exact", "currency", "final", "reversal"}, a.exportStatement)
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/funds", id: "list-funds", tag: tag, need: needRead,
		summary: "The movement of funds by day", text: "Oldest day first; each day and row says where the entries and legs behind it are. A page is up to limit days, 366 at most; days before the project's first and after today are left out.",
	}, a.listFunds)
}

// mostDays bounds what one statement sums up.
const mostDays = 366

func checkSpan(from, to civil.Date) error {
	if to-from >= mostDays {
		return errs.New(errs.Invalid, "api.range_too_long", "a statement covers at most %d days", mostDays).At("query.from").Try("ask for it in parts, or use /funds, which pages")
	}
	return nil
}

type statementRequest struct {
	Of
	Days
}

// statement reads a project's statement and its days of calendar.
func (a *API) statement(ctx context.Context, in *statementRequest) (out billing.Statement, err error) {
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		p, err := project.Get(ctx, q, in.id())
		if err != nil {
			return err
		}
		from, to, err := in.bounds(p.Calendar.DayAt(a.now()))
		if err != nil {
			return err
		}
		if err := checkSpan(from, to); err != nil {
			return err
		}
		out, err = a.parts.Billing.Statement(ctx, q, in.id(), from, to, a.now())
		return err
	})
}

func (a *API) getStatement(ctx context.Context, in *statementRequest) (Statement, error) {
	s, err := a.statement(ctx, in)
	if err != nil {
		return Statement{}, err
	}
	return Statement{
		Project: in.Project, Currency: s.Currency, From: s.From, To: s.To, Opening: s.Opening, Closing: s.Closing,
		Rows: append([]pricing.StatementRow{}, s.Rows...), Provisional: viewDayLines(s.Provisional),
	}, nil
}

func (a *API) exportStatement(ctx context.Context, in *statementRequest) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		s, err := a.statement(ctx, in)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, row := range s.Rows {
			cells := []string{
				row.Day.String(), string(row.Kind), row.Item, row.Amount.Fixed(s.Currency.MinorDigits()), row.Exact.String(), string(s.Currency),
				strconv.FormatBool(row.Final), strconv.FormatBool(row.Reversal),
			}
			if !yield(cells, nil) {
				return
			}
		}
	}
}

func (a *API) listFunds(ctx context.Context, in *struct {
	Of
	Days
	Paging
},
) (page Page[FundsDay], err error) {
	const list = "funds"
	next, err := in.afterNumber(list)
	if err != nil {
		return page, err
	}
	return page, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		p, err := project.Get(ctx, q, in.id())
		if err != nil {
			return err
		}
		today := p.Calendar.DayAt(a.now())
		from, to, err := in.bounds(today)
		if err != nil {
			return err
		}
		if in.From == "" { // so many days before the last one shown
			from = min(from, today-defaultDays+1)
		}
		from, to = max(from, p.Calendar.First()), min(to, today)
		if next > int64(to) || from > to { // nothing happened there
			page.Items = []FundsDay{}
			return nil
		}
		from = max(from, civil.Date(next))
		last := min(to, from+civil.Date(min(in.Limit, mostDays))-1)
		s, err := a.parts.Billing.Statement(ctx, q, in.id(), from, last, a.now())
		if err != nil {
			return err
		}
		page.Items = fundsDays(in.Project, s.Rows)
		if last < to {
			page.Next = cursor(list, strconv.FormatInt(int64(last)+1, 10))
		}
		return nil
	})
}

// fundsDays gathers the rows of a statement by day.
func fundsDays(project string, rows []pricing.StatementRow) []FundsDay {
	base := "/v1/projects/" + project
	days := []FundsDay{}
	for _, row := range rows {
		entries := base + "/entries?from=" + row.Day.String() + "&to=" + row.Day.String()
		if n := len(days); n == 0 || days[n-1].Day != row.Day {
			days = append(days, FundsDay{Day: row.Day, Final: true, Entries: entries, Legs: base + "/legs?day=" + row.Day.String()})
		}
		day := &days[len(days)-1]
		day.Amount += row.Amount
		day.Final = day.Final && row.Final
		day.Rows = append(day.Rows, FundsRow{
			Kind: row.Kind, Item: row.Item, Amount: row.Amount, Exact: row.Exact, Final: row.Final, Reversal: row.Reversal,
			Entries: entries + ofRow(row),
		})
	}
	return days
}

// ofRow chooses the entries behind a row. Calls and messages are one row whatever they are for.
func ofRow(row pricing.StatementRow) string {
	chosen := "&kind=" + string(row.Kind)
	if row.Kind != pricing.Call && row.Kind != pricing.SMS {
		chosen += "&item=" + url.QueryEscape(row.Item)
	}
	return chosen
}
