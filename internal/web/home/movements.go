package home

import (
	"context"

	"bellwether/internal/civil"
	"bellwether/internal/lang"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// movement is what a day moved: its charges together, or a payment.
type movement struct {
	day      civil.Date
	text     string
	amount   money.Micro
	currency money.Currency
	href     string
}

const (
	shownDays  = 14 // looked at
	shownMoves = 8
)

// kindTexts name what moves funds besides charges.
var kindTexts = map[pricing.Kind]lang.Key{
	pricing.Payment: "home.payment", pricing.Bonus: "home.bonus", pricing.Credit: "home.credit", pricing.Term: "home.term",
	pricing.Adjustment: "home.adjustment",
}

// movements reads what moved lately, the newest first.
func (p pages) movements(ctx context.Context, q store.Querier, f facts) ([]movement, error) {
	sums, err := ledger.SumByDay(ctx, q, f.v.Project.ID, f.today-shownDays, f.today)
	if err != nil {
		return nil, err
	}
	var list []movement
	for i := len(sums) - 1; i >= 0 && len(list) <= shownMoves; i-- {
		s := sums[i]
		text, named := kindTexts[s.Kind]
		if named {
			list = append(list, movement{day: s.Day, text: f.v.T(text), amount: s.Amount, currency: f.v.Project.Currency, href: f.day(s.Day)})
			continue
		}
		if n := len(list); n == 0 || list[n-1].day != s.Day || list[n-1].text != f.charges(s.Day) {
			list = append(list, movement{day: s.Day, text: f.charges(s.Day), currency: f.v.Project.Currency, href: f.day(s.Day)})
		}
		list[len(list)-1].amount += s.Amount
	}
	return list[:min(shownMoves, len(list))], nil
}

func (f facts) day(day civil.Date) string { return f.v.Path("/funds/days/" + day.String()) }

// charges names the charges of a day; those of today go on.
func (f facts) charges(day civil.Date) string {
	if day >= f.standing.NextDay {
		return f.v.T("home.charges_so_far")
	}
	return f.v.T("home.charges")
}
