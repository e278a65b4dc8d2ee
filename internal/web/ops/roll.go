package ops

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// shop is a project of the list.
type shop struct {
	project.Line
	ledger.Funds
	billing.Place
}

// roll is the list of all projects as it was read a moment ago.
type roll struct {
	mu      sync.Mutex
	at      time.Time
	shops   []shop
	edition string // of the lines
	lines   []project.Line
}

// rollLasts is how long the list is believed.
const rollLasts = 2 * time.Second

// shops are all projects, or an agency's, in the order of names. They are not the caller's to change.
func (p *pages) shops(ctx context.Context, agency string, at time.Time) ([]shop, error) {
	if agency != "" {
		return p.readShops(ctx, agency)
	}
	p.roll.mu.Lock()
	defer p.roll.mu.Unlock()
	if since := at.Sub(p.roll.at); p.roll.shops != nil && since >= 0 && since < rollLasts {
		return p.roll.shops, nil
	}
	shops, err := p.readShops(ctx, "")
	if err == nil {
		p.roll.shops, p.roll.at = shops, at
	}
	return shops, err
}

// forget makes the next list be read anew: this node changed something.
func (r *roll) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shops = nil
}

// readShops reads the list of all where agency is empty; of an agency no more than its own projects.
func (p *pages) readShops(ctx context.Context, agency string) (shops []shop, err error) {
	return shops, p.DB.Snapshot(ctx, func(ctx context.Context, q store.Querier) (err error) {
		if agency != "" {
			lines, err := project.Roll(ctx, q, agency)
			if err == nil {
				shops, err = shopsOf(ctx, q, lines)
			}
			return err
		}
		lines, err := p.linesOf(ctx, q)
		if err != nil {
			return err
		}
		funds, err := ledger.FundsOfAll(ctx, q)
		if err != nil {
			return err
		}
		places, err := billing.Places(ctx, q)
		shops = shopsFrom(lines, funds, places)
		return err
	})
}

// readShop reads one project as it is now.
func readShop(ctx context.Context, q store.Querier, id ident.ProjectID) (shop, error) {
	line, err := project.GetLine(ctx, q, id)
	if err != nil {
		return shop{}, err
	}
	shops, err := shopsOf(ctx, q, []project.Line{line})
	if err != nil {
		return shop{}, err
	}
	return shops[0], nil
}

// shopsOf adds what some projects have, and where they stand.
func shopsOf(ctx context.Context, q store.Querier, lines []project.Line) ([]shop, error) {
	ids := make([]ident.ProjectID, len(lines))
	for i, line := range lines {
		ids[i] = line.ID
	}
	funds, err := ledger.FundsOf(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	places, err := billing.PlacesOf(ctx, q, ids)
	return shopsFrom(lines, funds, places), err
}

func shopsFrom(lines []project.Line, funds map[ident.ProjectID]ledger.Funds, places map[ident.ProjectID]billing.Place) []shop {
	shops := make([]shop, len(lines))
	for i, line := range lines {
		shops[i] = shop{line, funds[line.ID], places[line.ID]}
	}
	return shops
}

// linesOf are the projects without what moves all the time; they are read again only where one was changed. The roll
// is locked.
func (p *pages) linesOf(ctx context.Context, q store.Querier) ([]project.Line, error) {
	edition, err := project.Edition(ctx, q)
	if err != nil || edition == p.roll.edition {
		return p.roll.lines, err
	}
	lines, err := project.Roll(ctx, q, "")
	if err == nil {
		p.roll.lines, p.roll.edition = lines, edition
	}
	return lines, err
}

// orders are how the list can be sorted.
var orders = map[string]func(a, b shop) int{
	"project": func(a, b shop) int { return cmp.Compare(a.ID, b.ID) },
	"name":    func(a, b shop) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) },
	"balance": func(a, b shop) int {
		return cmp.Or(cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Balance, b.Balance))
	},
	"state": func(a, b shop) int {
		return cmp.Compare(slices.Index(billing.States, a.State), slices.Index(billing.States, b.State))
	},
	"book":   func(a, b shop) int { return cmp.Or(cmp.Compare(a.Book, b.Book), cmp.Compare(a.Version, b.Version)) },
	"agency": func(a, b shop) int { return cmp.Compare(a.Agency, b.Agency) },
	"opened": func(a, b shop) int { return a.OpenedAt.Compare(b.OpenedAt) },
}

// chosen are the projects that a table's state picks, in its order.
func chosen(all []shop, state ui.TableState) []shop {
	words := strings.ToLower(state.Filters["text"])
	picked := make([]shop, 0, len(all))
	for _, s := range all {
		if has(string(s.State), state.Filters["state"]) && has(s.Book, state.Filters["book"]) && has(s.Agency, state.Filters["agency"]) &&
			(state.Filters["parked"] == "" || s.Parked != "") &&
			(words == "" || strings.Contains(string(s.ID), words) || strings.Contains(strings.ToLower(s.Name), words)) {
			picked = append(picked, s)
		}
	}
	if order := orders[state.Sort]; order != nil {
		slices.SortStableFunc(picked, func(a, b shop) int {
			if state.Descending {
				return order(b, a)
			}
			return order(a, b)
		})
	}
	return picked
}

func has(is, want string) bool { return want == "" || is == want }

// paceDays is over how many days the pace of charges is measured.
const paceDays = 7

// daysLeft says for how many days the funds of projects last at the pace of the last 7 full days. Those that were charged nothing are
// left out.
func (p *pages) daysLeft(v *cabinet.Visit, shops []shop) (map[ident.ProjectID]int, error) {
	ids := make([]ident.ProjectID, len(shops))
	for i, s := range shops {
		ids[i] = s.ID
	}
	today := civil.DateIn(v.At, time.UTC)
	charged, err := ledger.ChargesOf(v.Context(), p.DB, ids, today-paceDays, today-1)
	left := map[ident.ProjectID]int{}
	for _, s := range shops {
		if pace := charged[s.ID]; pace > 0 {
			left[s.ID] = int(max(0, s.Balance) / max(1, pace/money.Micro(paceDays)))
		}
	}
	return left, err
}
