package charging

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// GetLeg reads a leg of a project; errs.NotFound `charging.no_leg`.
func GetLeg(ctx context.Context, q store.Querier, project ident.ProjectID, id string) (Leg, error) {
	leg, err := scanLeg(q.QueryRow(ctx, "SELECT "+legColumns+" FROM charging_leg WHERE leg_key = $1", key{project, id}.stored()).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Leg{}, noLeg(id)
	}
	return *leg, err
}

func queryLegs(ctx context.Context, q store.Querier, condition string, args ...any) ([]Leg, error) {
	var legs []Leg
	err := store.EachRow(ctx, q, "SELECT "+legColumns+" FROM charging_leg "+condition, args, func(rows *sql.Rows) error {
		leg, err := scanLeg(rows.Scan)
		legs = append(legs, *leg)
		return err
	})
	return legs, err
}

// LegFilter chooses the legs of a usage day.
type LegFilter struct {
	Project ident.ProjectID
	Day     civil.Date
	After   string // Next of the page before; empty for the first
	Limit   int    // most legs of a page; zero for 100
}

// LegPage is a page of legs.
type LegPage struct {
	Legs []Leg
	Next string // where the next page begins; empty on the last
}

// The two parts of a day: legs with a ledger entry, in the order of booking, then those without one, in the order of their
// ids. Each part has an index to be found by, and a charge in the thick of a day writes one instead of two.
const (
	chargedPart = "e"
	quietPart   = "l"
)

// Legs lists the legs charged on a usage day, and those of the day that cost nothing or are still open. errs.Invalid
// `charging.bad_cursor`.
func Legs(ctx context.Context, q store.Querier, f LegFilter) (LegPage, error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	part, after, found := strings.Cut(f.After, ":")
	if f.After == "" {
		part, after, found = chargedPart, "0", true
	}
	var page LegPage
	switch {
	case found && part == quietPart:
	case found && part == chargedPart:
		more, err := chargedLegs(ctx, q, f, after, &page)
		if err != nil || more {
			return page, err
		}
		after = ""
	default:
		return page, badCursor()
	}
	return page, quietLegs(ctx, q, f, after, &page)
}

// chargedLegs adds legs with an entry; more is true where the page is full.
func chargedLegs(ctx context.Context, q store.Querier, f LegFilter, after string, page *LegPage) (more bool, err error) {
	last, err := strconv.ParseInt(after, 10, 64)
	if err != nil {
		return false, badCursor()
	}
	entries, err := ledger.Entries(ctx, q, ledger.Filter{
		Project: f.Project, FromDay: f.Day, ToDay: f.Day, Kinds: []pricing.Kind{pricing.Call, pricing.Adjustment}, After: ident.EntryID(last), Limit: f.Limit,
	})
	if errs.CodeOf(err) == "ledger.no_entry" {
		return false, badCursor()
	}
	if err != nil {
		return false, err
	}
	var keys []key
	for _, entry := range entries {
		if entry.House == ledger.CallHouse && entry.Reverses == 0 {
			keys = append(keys, key{f.Project, entry.Ref})
		}
	}
	err = eachLeg(ctx, q, keys, func(leg *Leg) { page.Legs = append(page.Legs, *leg) })
	slices.SortFunc(page.Legs, func(a, b Leg) int { return int(min(1, max(-1, a.Entry-b.Entry))) })
	if more = len(entries) == f.Limit; more {
		page.Next = chargedPart + ":" + strconv.FormatInt(int64(entries[len(entries)-1].ID), 10)
	}
	return more, err
}

// quietLegs fills the page with legs that have no entry.
func quietLegs(ctx context.Context, q store.Querier, f LegFilter, after string, page *LegPage) error {
	room, beyond := f.Limit-len(page.Legs), ""
	if after != "" {
		beyond = key{f.Project, after}.stored()
	}
	legs, err := queryLegs(ctx, q, "WHERE entry_id = 0 AND project_id = $1 AND day = $2 AND leg_key > $3 ORDER BY leg_key LIMIT $4",
		string(f.Project), int64(f.Day), beyond, room+1)
	if len(legs) > room {
		legs = legs[:room]
		page.Next = quietPart + ":"
		if room > 0 {
			page.Next += legs[room-1].ID
		} else {
			page.Next += after
		}
	}
	page.Legs = append(page.Legs, legs...)
	return err
}

func badCursor() error {
	return errs.New(errs.Invalid, "charging.bad_cursor", "the cursor is not one of a page of this day").At("after").Try("begin without one")
}
