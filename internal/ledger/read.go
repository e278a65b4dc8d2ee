package ledger

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"strconv"
	"strings"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// GetEntry reads an entry of a project; errs.NotFound `ledger.no_entry`.
func GetEntry(ctx context.Context, q store.Querier, project ident.ProjectID, id ident.EntryID) (Entry, error) {
	return oneEntry(q.QueryRow(ctx, "SELECT "+entryColumns+" FROM ledger_entry WHERE id = $1 AND project_id = $2", int64(id), string(project)))
}

// EntryByKey reads the entry booked under an idempotency key; errs.NotFound `ledger.no_entry`.
func EntryByKey(ctx context.Context, q store.Querier, key Key) (Entry, error) {
	return oneEntry(q.QueryRow(ctx, "SELECT "+entryColumns+" FROM ledger_entry WHERE idem_key = $1", key.stored()))
}

func oneEntry(row *sql.Row) (Entry, error) {
	entry, err := newDecoder(entryColumnList).entry(row)
	if errors.Is(err, sql.ErrNoRows) {
		return Entry{}, errs.New(errs.NotFound, "ledger.no_entry", "the project has no such entry").At("entry")
	}
	if err != nil {
		return Entry{}, err
	}
	return *entry, nil
}

// Filter chooses entries of one project, in the order of days and within a day of booking.
type Filter struct {
	Project ident.ProjectID
	FromDay civil.Date     // first usage day; zero for the beginning
	ToDay   civil.Date     // last usage day, included; zero for no end
	Kinds   []pricing.Kind // none for all
	Newest  bool           // the other way round
	After   ident.EntryID  // the last entry of the page before; zero for the first page
	Limit   int            // most entries of a page; zero for 100
}

// Entries reads a page. The next begins after its last entry (Filter.After); a page shorter than the limit is the last.
// errs.NotFound `ledger.no_entry` where Filter.After is no entry of the project.
func Entries(ctx context.Context, q store.Querier, f Filter) ([]Entry, error) {
	text, args, err := f.statement(ctx, q)
	if err != nil {
		return nil, err
	}
	var page []Entry
	decoder := newDecoder(entryColumnList)
	err = store.EachRow(ctx, q, text, args, func(rows *sql.Rows) error {
		entry, err := decoder.entry(rows)
		if err == nil {
			page = append(page, *entry)
		}
		return err
	})
	return page, err
}

// statement writes the query. Its condition on day and id is one range of the index (project_id, day, id).
func (f Filter) statement(ctx context.Context, q store.Querier) (text string, args []any, err error) {
	var b strings.Builder
	b.WriteString("SELECT " + entryColumns + " FROM ledger_entry WHERE project_id = $1")
	args = []any{string(f.Project)}
	add := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		b.WriteString(condition)
	}
	if f.FromDay != 0 {
		add(" AND day >= ?", int64(f.FromDay))
	}
	if f.ToDay != 0 {
		add(" AND day <= ?", int64(f.ToDay))
	}
	if len(f.Kinds) > 0 {
		kinds := make([]any, len(f.Kinds))
		for i, kind := range f.Kinds {
			kinds[i] = string(kind)
		}
		add(" AND kind IN (?"+strings.Repeat(",?", len(kinds)-1)+")", kinds...)
	}
	beyond, order := " AND (day, id) > (?, ?)", " ORDER BY day, id"
	if f.Newest {
		beyond, order = " AND (day, id) < (?, ?)", " ORDER BY day DESC, id DESC"
	}
	if f.After != 0 {
		last, err := GetEntry(ctx, q, f.Project, f.After)
		if err != nil {
			return "", nil, err
		}
		add(beyond, int64(last.Day), int64(last.ID))
	}
	add(order+" LIMIT ?", f.limit())
	return b.String(), args, nil
}

const (
	defaultPage = 100
	streamPage  = 1000
)

func (f Filter) limit() int {
	if f.Limit <= 0 {
		return defaultPage
	}
	return f.Limit
}

// All streams every entry of the filter, page after page, so that an export of any length neither holds it all in memory nor
// keeps a long read open. Filter.Limit is the size of its pages. An error ends the stream.
func All(ctx context.Context, q store.Querier, f Filter) iter.Seq2[Entry, error] {
	if f.Limit <= 0 {
		f.Limit = streamPage
	}
	return func(yield func(Entry, error) bool) {
		for {
			page, err := Entries(ctx, q, f)
			if err != nil {
				yield(Entry{}, err)
				return
			}
			for _, entry := range page {
				if !yield(entry, nil) {
					return
				}
			}
			if len(page) < f.Limit {
				return
			}
			f.After = page[len(page)-1].ID
		}
	}
}

// DaySum is what the entries of a usage day with the same kind and item come to.
type DaySum struct {
	Day      civil.Date
	Kind     pricing.Kind
	Item     string
	Amount   money.Micro
	Quantity int64
	Count    int64
}

// SumByDay sums the entries of the days from to to, both included, in the order of days, kinds as written and items.
func SumByDay(ctx context.Context, q store.Querier, project ident.ProjectID, from, to civil.Date) ([]DaySum, error) {
	var sums []DaySum
	err := store.EachRow(ctx, q, `SELECT day, kind, item, CAST(SUM(amount) AS BIGINT), CAST(SUM(quantity) AS BIGINT), COUNT(*) FROM ledger_entry
		WHERE project_id = $1 AND day BETWEEN $2 AND $3 GROUP BY day, kind, item ORDER BY day, kind, item`,
		[]any{string(project), int64(from), int64(to)}, func(rows *sql.Rows) error {
			var s DaySum
			err := rows.Scan(&s.Day, &s.Kind, &s.Item, &s.Amount, &s.Quantity, &s.Count)
			sums = append(sums, s)
			return err
		})
	return sums, err
}

// BalanceBefore is the sum of all entries of days before the given one: the opening balance of a statement. It is counted
// back from the balance now, for statements are about the recent past.
func BalanceBefore(ctx context.Context, q store.Querier, project ident.ProjectID, day civil.Date) (money.Micro, error) {
	var balance int64
	err := q.QueryRow(ctx, `SELECT a.cash + a.bonus + a.credit - COALESCE((SELECT CAST(SUM(e.amount) AS BIGINT) FROM ledger_entry e
		WHERE e.project_id = a.project_id AND e.day >= $2), 0) FROM ledger_account a WHERE a.project_id = $1`,
		string(project), int64(day)).Scan(&balance)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, noAccount(project)
	}
	return money.Micro(balance), err
}

// HouseBalance is what a house account has gained from the projects of one currency.
type HouseBalance struct {
	Currency money.Currency
	House    string
	Amount   money.Micro
	Count    int64 // of entries
}

// HouseBalances sums every house account, in the order of currencies and names. It reads the whole ledger.
func HouseBalances(ctx context.Context, q store.Querier) ([]HouseBalance, error) {
	var balances []HouseBalance
	err := store.EachRow(ctx, q, `SELECT a.currency, e.house, CAST(-SUM(e.amount) AS BIGINT), COUNT(*)
		FROM ledger_entry e JOIN ledger_account a ON a.project_id = e.project_id
		GROUP BY a.currency, e.house ORDER BY a.currency, e.house`, nil, func(rows *sql.Rows) error {
		var h HouseBalance
		err := rows.Scan(&h.Currency, &h.House, &h.Amount, &h.Count)
		balances = append(balances, h)
		return err
	})
	return balances, err
}
