package charging

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// desk keeps what is worked out of a project until the project changes. Used by the store's writer alone.
type desk struct {
	project    *project.Project
	day        civil.Date // the usage day looked up last
	start, end int64      // its bounds, microseconds
	first      time.Time  // when the project's first usage day began
	prices     map[civil.Date]*priceList
}

func newDesk(p *project.Project) *desk {
	return &desk{project: p, first: p.Calendar.Start(p.Calendar.First()), prices: map[civil.Date]*priceList{}}
}

// dayAt is the usage day at an instant.
func (d *desk) dayAt(at time.Time) civil.Date {
	if micro := at.UnixMicro(); micro < d.start || micro >= d.end {
		calendar := d.project.Calendar
		d.day = calendar.DayAt(at)
		d.start, d.end = calendar.Start(d.day).UnixMicro(), calendar.End(d.day).UnixMicro()
	}
	return d.day
}

// priceList is the tariff of a stretch of usage days.
type priceList struct {
	pricing.Tariff
	ref    string // of the book
	owners bool   // a leg rule asks who owns the project's number
}

// pricesOn finds the tariff of a usage day.
func (d *desk) pricesOn(books *pricebook.Library, day civil.Date) (*priceList, error) {
	period := d.project.BookAt(day)
	if list, ok := d.prices[period.From]; ok {
		return list, nil
	}
	tariff, err := d.project.Tariff(books, day)
	if err != nil {
		return nil, err
	}
	list := &priceList{Tariff: tariff, ref: tariff.Book.Ref()}
	list.owners = slices.ContainsFunc(tariff.Book.Legs, func(rule pricebook.LegRule) bool { return rule.NumberOwner != "" })
	d.prices[period.From] = list
	return list, nil
}

// customer is a project within a round.
type customer struct {
	*desk
	standing *billing.Standing
	open     int64                      // legs that count for the cap of concurrent calls
	held     map[civil.Date]money.Micro // for open legs, by usage day
	spent    map[civil.Date]money.Micro // on communications; what this round adds included
}

func newCustomer(d *desk, standing *billing.Standing) *customer {
	return &customer{desk: d, standing: standing, held: map[civil.Date]money.Micro{}, spent: map[civil.Date]money.Micro{}}
}

// checkOpened refuses what happened before the project's first usage day: it has no day and no prices then. The whole day of
// the opening is the project's, as its fees are. The zero time stands for what did not happen.
func (c *customer) checkOpened(field string, happened time.Time) error {
	if happened.IsZero() || !happened.Before(c.first) { // the calendar itself puts all before on the first day
		return nil
	}
	return errs.New(errs.Invalid, "charging.before_project", "the first day of project %s is %s, this happened at %s", c.project.ID, c.project.Calendar.First(), happened.UTC().Format(time.RFC3339)).
		At(field).Try("leave out what happened before the project was opened")
}

// chargeDay says on which usage day something that happened at an instant is charged, and whether it is late
// (Rules B-11, B-16). A day that was closed has ended, whatever a clock that was set back says.
func (r *round) chargeDay(ctx context.Context, c *customer, happened, now time.Time) (day civil.Date, late bool, err error) {
	if day = c.dayAt(happened); day >= c.standing.NextDay {
		return day, false, nil
	}
	if ended := c.project.Calendar.Start(c.standing.NextDay); now.Before(ended) {
		now = ended
	}
	return r.billing.ChargeDay(ctx, r.tx, c.project, c.standing, happened, now)
}

// review lets the project's state follow its funds as soon as they end or come back (Rule B-60).
func (r *round) review(ctx context.Context, c *customer, list *priceList, at time.Time) error {
	account, err := r.ledger.Account(ctx, c.project.ID)
	if err != nil {
		return err
	}
	if dry := account.Cash+account.Credit+account.Overdraft <= 0; dry == c.standing.State.Dry() || list.Book.Terms != nil {
		return nil
	}
	if err := r.billing.ReviewFunds(ctx, r.tx, r.ledger, c.project.ID, at); err != nil {
		return err
	}
	c.standing, err = billing.GetStanding(ctx, r.tx, c.project.ID)
	return err
}

// loadCustomers finds the projects of the round that exist, locks their accounts and reads where they stand, in this order.
func (r *round) loadCustomers(ctx context.Context, ids []ident.ProjectID, load func(ids []ident.ProjectID) error) error {
	projects, err := r.projects.Load(ctx, r.tx, ids)
	if err != nil {
		return err
	}
	ids = slices.DeleteFunc(ids, func(id ident.ProjectID) bool { return projects[id] == nil })
	if err := load(ids); err != nil {
		return err
	}
	standings, err := billing.GetStandings(ctx, r.tx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if standings[id] == nil {
			continue
		}
		d := r.desks[id]
		if d == nil || d.project != projects[id] {
			d = newDesk(projects[id])
			r.desks[id] = d
		}
		r.customers[id] = newCustomer(d, standings[id])
	}
	return nil
}

// customer finds a project; errs.NotFound `project.not_found`.
func (r *round) customer(id ident.ProjectID) (*customer, error) {
	if c := r.customers[id]; c != nil {
		return c, nil
	}
	return nil, project.NotFound(id)
}

// loadSpending reads what the anti-fraud caps compare with: what customers spent on usage days, and their open legs.
func (r *round) loadSpending(ctx context.Context, days []billing.UsageKey) error {
	usages, err := billing.UsageOf(ctx, r.tx, days)
	if err != nil {
		return err
	}
	for key, usage := range usages {
		r.customers[key.Project].spent[key.Day] = usage.Spent()
	}
	return r.loadOpen(ctx, days)
}

// queryOpen needs the partial index on open legs: its condition is spelled out.
const queryOpen = `SELECT project_id, day, CAST(SUM(held) AS BIGINT), CAST(SUM(CASE WHEN charge IN ('rated', 'package') AND kind <> 'inbound' THEN 1 ELSE 0 END) AS BIGINT)
	FROM charging_leg WHERE state = 'open' AND project_id IN (`

func (r *round) loadOpen(ctx context.Context, days []billing.UsageKey) error {
	var ids []ident.ProjectID
	for _, day := range days {
		if !slices.Contains(ids, day.Project) {
			ids = append(ids, day.Project)
		}
	}
	return store.EachList(ids, func(list string, args []any) error {
		return store.EachRow(ctx, r.tx, queryOpen+list+`) GROUP BY project_id, day`, args, func(rows *sql.Rows) error {
			var id string
			var day, held, count int64
			if err := rows.Scan(&id, &day, &held, &count); err != nil {
				return err
			}
			c := r.customers[ident.ProjectID(id)]
			c.held[civil.Date(day)] = money.Micro(held)
			c.open += count
			return nil
		})
	})
}

// loadOwners finds out who owns the numbers that calls came in on, where the books ask (Rule B-37).
func (r *round) loadOwners(ctx context.Context, wanted []billing.NumberAt) error {
	var asked []billing.NumberAt
	for _, number := range wanted {
		c := r.customers[number.Project]
		if c == nil {
			continue
		}
		if list, err := c.pricesOn(r.books, c.dayAt(number.At)); err == nil && list.owners {
			asked = append(asked, number)
		}
	}
	if len(asked) == 0 {
		return nil
	}
	var err error
	r.owners, err = billing.NumberOwnersAt(ctx, r.tx, asked)
	return err
}
