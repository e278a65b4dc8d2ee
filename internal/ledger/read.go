package ledger

import (
	"context"
	"database/sql"
	"errors"
	"iter"
	"slices"
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
	Items   []string       // none for all; looked for among the project's entries of the days, so name days where there are many
	Newest  bool           // the other way round
	After   ident.EntryID  // the last entry of the page before; zero for the first page
	Limit   int            // most entries of a page; zero for 100
}

// Entries reads a page. The next begins after its last entry (Filter.After); a page shorter than the limit is the last.
// errs.NotFound `ledger.no_entry` where Filter.After is no entry of the project.
func Entries(ctx context.Context, q store.Querier, f Filter) ([]Entry, error) {
	text, args, err := f.page(ctx, q)
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

// page writes the query: of each source a page in the order of its index, the first Limit of which are the page.
func (f Filter) page(ctx context.Context, q store.Querier) (text string, args []any, err error) {
	add := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	project, limit := add(string(f.Project)), " LIMIT "+add(f.limit())
	where, err := f.conditions(ctx, q, add)
	if err != nil {
		return "", nil, err
	}
	order := " ORDER BY {day}, {id}"
	if f.Newest {
		order = " ORDER BY {day} DESC, {id} DESC"
	}
	var sources []string
	source := func(from, day, id string) {
		text := "SELECT * FROM (SELECT " + "e." + strings.Join(entryColumnList, ", e.") + " FROM " + from + where + order + limit + ") AS e"
		sources = append(sources, strings.NewReplacer("{day}", day, "{id}", id).Replace(text))
	}
	if len(f.Kinds) != 1 || f.Kinds[0] != pricing.Call {
		source("ledger_entry e WHERE e.project_id = "+project+" AND e."+notCalls, "e.day", "e.id")
	}
	if len(f.Kinds) == 0 || slices.Contains(f.Kinds, pricing.Call) {
		mark, err := sealMark(ctx, q)
		if err != nil {
			return "", nil, err
		}
		source("ledger_call c JOIN ledger_entry e ON e.id = c.entry_id WHERE c.project_id = "+project, "c.day", "c.entry_id")
		source("ledger_entry e WHERE e.project_id = "+project+" AND "+tail(add(mark)), "e.day", "e.id")
	}
	order = strings.NewReplacer("{day}", "day", "{id}", "id").Replace(order)
	return "SELECT " + entryColumns + " FROM (" + strings.Join(sources, " UNION ALL ") + ") AS e" + order + limit, args, nil
}

// conditions are those on {day}, {id} and the entry e. They leave one range of an index by project, day and identifier.
func (f Filter) conditions(ctx context.Context, q store.Querier, add func(v any) string) (string, error) {
	var where string
	if f.FromDay != 0 {
		where += " AND {day} >= " + add(int64(f.FromDay))
	}
	if f.ToDay != 0 {
		where += " AND {day} <= " + add(int64(f.ToDay))
	}
	where += oneOf("e.kind", f.Kinds, add) + oneOf("e.item", f.Items, add)
	if f.After == 0 {
		return where, nil
	}
	last, err := GetEntry(ctx, q, f.Project, f.After)
	beyond := " > "
	if f.Newest {
		beyond = " < "
	}
	return where + " AND ({day}, {id})" + beyond + "(" + add(int64(last.Day)) + ", " + add(int64(last.ID)) + ")", err
}

// oneOf is a condition on a column; none where there are no values.
func oneOf[T ~string](column string, values []T, add func(v any) string) string {
	if len(values) == 0 {
		return ""
	}
	list := make([]string, len(values))
	for i, value := range values {
		list[i] = add(string(value))
	}
	return " AND " + column + " IN (" + strings.Join(list, ",") + ")"
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

// DaySum is what the entries of a usage day with the same kind and item come to, reversals (Rule B-15) apart from the rest.
type DaySum struct {
	Day      civil.Date
	Kind     pricing.Kind
	Item     string
	Amount   money.Micro
	Quantity int64
	Count    int64
	Reversal bool
}

// SumByDay sums the entries of the days from to to, both included, in the order of days, kinds as written and items, those
// that reverse others apart and last.
func SumByDay(ctx context.Context, q store.Querier, project ident.ProjectID, from, to civil.Date) ([]DaySum, error) {
	mark, err := sealMark(ctx, q)
	if err != nil {
		return nil, err
	}
	var sums []DaySum
	err = store.EachRow(ctx, q, `SELECT day, kind, item, CAST(SUM(amount) AS BIGINT), CAST(SUM(quantity) AS BIGINT), CAST(SUM(entries) AS BIGINT), reversal
		FROM `+movements("$4", "e.project_id = $1 AND e.day BETWEEN $2 AND $3")+` GROUP BY day, kind, item, reversal ORDER BY day, kind, item, reversal`,
		[]any{string(project), int64(from), int64(to), mark}, func(rows *sql.Rows) error {
			var s DaySum
			var reversal int64
			err := rows.Scan(&s.Day, &s.Kind, &s.Item, &s.Amount, &s.Quantity, &s.Count, &reversal)
			s.Reversal = reversal != 0
			sums = append(sums, s)
			return err
		})
	return sums, err
}

// BalanceBefore is the sum of all entries of days before the given one: the opening balance of a statement. It is counted
// back from the balance now, for statements are about the recent past.
func BalanceBefore(ctx context.Context, q store.Querier, project ident.ProjectID, day civil.Date) (money.Micro, error) {
	mark, err := sealMark(ctx, q)
	if err != nil {
		return 0, err
	}
	var balance int64
	err = q.QueryRow(ctx, `SELECT a.cash + a.bonus + a.credit - COALESCE((SELECT CAST(SUM(amount) AS BIGINT)
		FROM `+movements("$3", "e.project_id = $1 AND e.day >= $2")+`), 0) FROM ledger_account a WHERE a.project_id = $1`,
		string(project), int64(day), mark).Scan(&balance)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, noAccount(project)
	}
	return money.Micro(balance), err
}

// BalancesBefore is BalanceBefore for each day from one through another.
func BalancesBefore(ctx context.Context, q store.Querier, project ident.ProjectID, from, to civil.Date) (map[civil.Date]money.Micro, error) {
	balance, err := BalanceBefore(ctx, q, project, from)
	if err != nil {
		return nil, err
	}
	sums, err := SumByDay(ctx, q, project, from, to)
	if err != nil {
		return nil, err
	}
	moved := map[civil.Date]money.Micro{}
	for _, sum := range sums {
		moved[sum.Day] += sum.Amount
	}
	balances := make(map[civil.Date]money.Micro, to-from+1)
	for day := from; day <= to; day++ {
		balances[day] = balance
		balance += moved[day]
	}
	return balances, nil
}
