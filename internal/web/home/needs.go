package home

import (
	"context"
	"slices"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/pricebook"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
	"bellwether/internal/web/ui"
)

// need is something that waits for somebody, with the one button to see to it.
type need struct {
	tone   ui.Tone
	text   string
	why    string
	button ui.Button
}

// icon is the drawing that says the same as the tone.
func (n need) icon() ui.Icon {
	switch n.tone {
	case ui.Warning, ui.Bad:
		return ui.IconWarning
	default:
		return ui.IconInfo
	}
}

// soon is how long before its end a quarantine is pointed out.
const soon = 7 * 24 * time.Hour

// needs gathers what needs the reader, what is worst first.
func (p pages) needs(ctx context.Context, q store.Querier, f facts) (list []need, err error) {
	for _, look := range []struct {
		object access.Object
		find   func(ctx context.Context, q store.Querier, f facts) ([]need, error)
	}{
		{access.Funds, p.fundsNeeds}, {access.Products, p.productNeeds}, {access.Numbers, p.numberNeeds}, {access.Calls, p.callNeeds}, {access.Telephony, p.trunkNeeds}, {access.People, p.peopleNeeds},
	} {
		if !f.v.May(access.View, look.object) {
			continue
		}
		found, err := look.find(ctx, q, f)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	slices.SortStableFunc(list, func(a, b need) int { return worse(b.tone) - worse(a.tone) })
	return list, nil
}

func worse(t ui.Tone) int {
	return slices.Index([]ui.Tone{ui.Neutral, ui.Notice, ui.Warning, ui.Bad}, t)
}

// stateNeeds says what each state of running dry means (Rule B-60).
var stateNeeds = map[billing.State]struct {
	tone      ui.Tone
	text, why lang.Key
}{
	billing.Low:        {ui.Warning, "home.need_low", "home.need_low_why"},
	billing.Grace:      {ui.Bad, "home.need_grace", "home.need_grace_why"},
	billing.Suspended:  {ui.Bad, "home.need_suspended", "home.need_suspended_why"},
	billing.Unpaid:     {ui.Bad, "home.need_unpaid", "home.need_unpaid_why"},
	billing.Quarantine: {ui.Bad, "home.need_quarantine", "home.need_quarantine_why"},
	billing.Released:   {ui.Bad, "home.need_released", "home.need_released_why"},
}

func (p pages) fundsNeeds(_ context.Context, _ store.Querier, f facts) (list []need, err error) {
	if s, ok := stateNeeds[f.standing.State]; ok {
		n := need{tone: s.tone, text: f.v.T(s.text), why: f.v.T(s.why), button: ui.Button{Text: f.v.T("home.to_funds"), Href: f.v.Path("/funds"), Kind: ui.Primary}}
		if f.v.May(access.View, access.Payments) {
			n.button.Text, n.button.Href = f.v.T("home.to_pay"), f.v.Path("/funds/pay")
		}
		list = append(list, n)
	}
	if f.standing.Parked != "" {
		list = append(list, need{
			tone: ui.Warning, text: f.v.T("home.need_parked", map[string]any{"Date": f.v.DateLong(f.standing.NextDay)}), why: f.v.T("home.need_parked_why"),
			button: ui.Button{Text: f.v.T("home.to_support"), Href: f.v.Path("/support")},
		})
	}
	return list, nil
}

// productNeeds finds products that are on without another that they need.
func (p pages) productNeeds(_ context.Context, _ store.Querier, f facts) (list []need, err error) {
	tariff, err := f.v.Project.Tariff(p.Books, f.today)
	if err != nil {
		return nil, err
	}
	for _, product := range tariff.Book.Products {
		if !slices.Contains(f.config.Products, product.Name) {
			continue
		}
		for _, other := range product.Needs {
			if slices.Contains(f.config.Products, other) {
				continue
			}
			list = append(list, need{
				tone:   ui.Warning,
				text:   f.v.T("home.need_product", map[string]any{"Product": p.title(f, tariff.Book, product.Name), "Other": p.title(f, tariff.Book, other)}),
				button: ui.Button{Text: f.v.T("home.to_products"), Href: f.v.Path("/funds/products")},
			})
		}
	}
	return list, nil
}

func (p pages) title(f facts, book *pricebook.Book, name string) string {
	for _, product := range book.Products {
		if product.Name == name {
			return product.Title.In(string(f.v.Lang))
		}
	}
	return name
}

// numberNeeds finds released numbers whose quarantine ends soon: then others may rent them (Rule N-06).
func (p pages) numberNeeds(ctx context.Context, q store.Querier, f facts) (list []need, err error) {
	_, resting, err := p.Numbers.OfProject(ctx, q, f.v.Project.ID, f.v.At)
	if err != nil {
		return nil, err
	}
	var ending []string
	var first time.Time
	for _, e := range resting {
		if e.Until.IsZero() || e.Until.After(f.v.At.Add(soon)) {
			continue
		}
		ending = append(ending, f.v.Phone(phone.Number(e.Number)))
		if first.IsZero() || e.Until.Before(first) {
			first = e.Until
		}
	}
	if len(ending) == 0 {
		return nil, nil
	}
	return []need{{
		tone: ui.Notice, text: f.v.N("home.need_numbers", len(ending), map[string]any{"Date": f.v.DateTime(first)}), why: few(ending),
		button: ui.Button{Text: f.v.T("home.to_resting"), Href: f.v.Path("/numbers/resting")},
	}}, nil
}

// trunkNeeds finds the project's trunks that stay down (Rule T-59).
func (p pages) trunkNeeds(ctx context.Context, q store.Querier, f facts) (list []need, err error) {
	dead, err := trunk.DeadLines(ctx, q, f.v.Project.ID)
	for _, d := range dead {
		list = append(list, need{
			tone: ui.Bad, text: f.v.T("telephony.trunk_dead", map[string]any{"Name": d.Trunk.Name, "Since": f.v.DateTime(d.Health.TroubleAt)}), why: f.v.T("telephony.trunk_dead_why"),
			button: ui.Button{Text: f.v.T("telephony.to_trunk"), Href: f.v.Path("/telephony/trunks/" + string(d.Trunk.ID))},
		})
	}
	return list, err
}

// fewest are the names that few says.
const fewest = 3

// few joins up to three names.
func few(names []string) string {
	if len(names) > fewest {
		return strings.Join(names[:fewest], ", ") + "…"
	}
	return strings.Join(names, ", ")
}

// peopleNeeds finds invitations that nobody took, and seats that nobody sits on (Rule A-13).
func (p pages) peopleNeeds(ctx context.Context, q store.Querier, f facts) (list []need, err error) {
	invitations, err := access.Invitations(ctx, q, f.v.Permit, f.v.At)
	if err != nil {
		return nil, err
	}
	var waiting []string
	for _, i := range invitations {
		waiting = append(waiting, i.Email)
	}
	if len(waiting) > 0 {
		list = append(list, need{
			tone: ui.Notice, text: f.v.N("home.need_invitations", len(waiting)), why: few(waiting),
			button: ui.Button{Text: f.v.T("home.to_invitations"), Href: f.v.Path("/people/invitations")},
		})
	}
	unused, cost, err := p.unusedSeats(ctx, q, f)
	if err != nil || unused == 0 {
		return list, err
	}
	n := need{tone: ui.Notice, text: f.v.N("home.need_seats", unused), button: ui.Button{Text: f.v.T("home.to_seats"), Href: f.v.Path("/people/seats")}}
	if cost > 0 && f.v.May(access.View, access.Products) {
		n.why = f.v.T("home.need_seats_why", map[string]any{"Amount": f.money(cost)})
	}
	return append(list, n), nil
}

// unusedSeats counts seats that nobody sat on for 14 days, and what those of them that are charged cost a month by list.
func (p pages) unusedSeats(ctx context.Context, q store.Querier, f facts) (unused int, cost money.Micro, err error) {
	seats, err := access.Seats(ctx, q, f.v.Permit)
	if err != nil {
		return 0, 0, err
	}
	idle := map[string]int64{}
	for _, s := range seats {
		if s.Unused(f.v.At) {
			idle[s.Product]++
			unused++
		}
	}
	tariff, err := f.v.Project.Tariff(p.Books, f.today)
	if err != nil {
		return 0, 0, err
	}
	for _, product := range tariff.Book.Products {
		if product.Seats == nil || !slices.Contains(f.config.Products, product.Name) {
			continue
		}
		charged := max(0, f.config.Seats[product.Name]-product.Seats.Included)
		cost += money.Micro(min(charged, idle[product.Name])) * product.Seats.Monthly[f.v.Project.Currency]
	}
	return unused, cost, nil
}
