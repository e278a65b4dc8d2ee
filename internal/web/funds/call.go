package funds

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/ledger"
	"bellwether/internal/phone"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

var legKeys = map[string]lang.Key{
	pricing.LegInbound: "funds.leg_inbound", pricing.LegOutbound: "funds.leg_outbound", pricing.LegForward: "funds.leg_forward",
	pricing.LegCallbackManager: "funds.leg_callback_manager", pricing.LegCallbackClient: "funds.leg_callback_client", pricing.LegSIP: "funds.leg_sip",
}

// leg names a kind of leg.
func (n naming) leg(kind string) string {
	if key, ok := legKeys[kind]; ok {
		return n.T(key)
	}
	return kind
}

// called is whom a leg went to. Who may not see calls sees the country and the last two digits.
func (n naming) called(to string) string {
	if strings.HasPrefix(to, "sip:") || len(to) < len("+1234567") {
		return to
	}
	if !n.May(access.View, access.Calls) {
		return phone.Number(to).Masked()
	}
	return n.Phone(phone.Number(to))
}

// legPath is the page of a leg, below the project.
func legPath(id string) string { return "/funds/calls/" + url.PathEscape(id) }

var chargeKeys = map[pricebook.LegCharge]lang.Key{
	pricebook.ChargeFree: "funds.charge_free", pricebook.ChargePackage: "funds.charge_package", pricebook.ChargeRated: "funds.charge_rated",
	charging.Emergency: "funds.charge_emergency",
}

// outcome says how a leg ended.
func (n naming) outcome(l charging.Leg) cabinet.Cell {
	switch {
	case l.State == charging.Open:
		return cabinet.Status(ui.Notice, n.T("funds.leg_open"))
	case l.AnsweredAt.IsZero():
		return cabinet.Status(ui.Neutral, n.T("funds.leg_unanswered"))
	case l.Charge != pricebook.ChargeRated:
		return cabinet.Status(ui.Neutral, n.T(chargeKeys[l.Charge]))
	}
	return cabinet.Status(ui.Good, n.T("funds.charge_rated"))
}

// call is the page of one leg: what it cost and why, and the other legs of its call.
func (p pages) call(v *cabinet.Visit) error {
	l := legPage{naming: p.naming(v)}
	id := v.R.PathValue("leg")
	err := v.Read(func(ctx context.Context, q store.Querier) (err error) {
		if l.Explained, err = p.Charging.Explain(ctx, q, v.Project.ID, id); errs.CodeOf(err) == "charging.leg_open" {
			err = nil // it is shown as it stands
		}
		if err != nil {
			return err
		}
		l.others, err = otherLegs(ctx, q, l.Leg)
		return err
	})
	if err != nil {
		return err
	}
	line := pricing.Line{Kind: pricing.Call, Rule: "B-37"}
	if l.Entry != nil {
		line = lineOfEntry(*l.Entry)
	}
	l.why = l.explain(l.Leg.Day, line, l.Explained.Explain)
	if l.Entry == nil {
		l.why.text = l.freeSentence()
	}
	day := l.Leg.Day
	return v.Render(below(v, v.T("funds.call_to", lang.Values{"To": l.called(l.Leg.To)}),
		ui.Link{Text: v.Date(day), Href: dayPath(v, day)}, ui.Link{Text: v.T("funds.kind_call"), Href: dayPath(v, day) + "/calls"}), l.draw())
}

// legPage is a leg with all that explains it.
type legPage struct {
	naming
	charging.Explained
	why    explanation
	others []charging.Leg
}

// freeSentence says why a leg made no entry.
func (l legPage) freeSentence() string {
	switch {
	case l.Leg.State == charging.Open:
		return l.T("funds.why_open")
	case l.Leg.AnsweredAt.IsZero():
		return l.T("funds.why_unanswered")
	case l.Leg.Charge == charging.Emergency:
		return l.T("funds.why_emergency")
	case l.Leg.Charge == pricebook.ChargePackage:
		return l.N("funds.why_package", int(l.Leg.Minutes))
	}
	return l.T("funds.why_free")
}

// A callback is two legs, whose ids differ by what follows the call's own.
var callbackEnds = [][2]string{{"-manager", "-client"}, {"/manager", "/client"}}

// otherLegs are the other legs of the call that a leg belongs to.
func otherLegs(ctx context.Context, q store.Querier, l charging.Leg) ([]charging.Leg, error) {
	for _, ends := range callbackEnds {
		for i, end := range ends {
			stem, ok := strings.CutSuffix(l.ID, end)
			if !ok {
				continue
			}
			other, err := charging.GetLeg(ctx, q, l.Project, stem+ends[1-i])
			if errs.KindOf(err) == errs.NotFound {
				return nil, nil
			}
			return []charging.Leg{other}, err
		}
	}
	return nil, nil
}

// calls lists the calls of a usage day, however many.
func (p pages) calls(v *cabinet.Visit) error {
	day, err := dayOf(v)
	if err != nil {
		return err
	}
	n := p.naming(v)
	var zones []ledger.DaySum
	if err := v.Read(func(ctx context.Context, q store.Querier) (err error) {
		zones, err = ledger.SumByDay(ctx, q, v.Project.ID, day, day)
		return err
	}); err != nil {
		return err
	}
	zones = callsOnly(zones)
	list := p.callList(n, day, zones)
	if done, err := v.Export(list); done || err != nil {
		return err
	}
	table, err := v.Table(list)
	if err != nil {
		return err
	}
	title := v.T("funds.calls_of", lang.Values{"Day": dayName(v, day)})
	return v.Render(below(v, title, ui.Link{Text: v.Date(day), Href: dayPath(v, day)}), callsPage(n, zones, table))
}

// callsOnly are the sums of a day's calls by zone, the dearest first.
func callsOnly(sums []ledger.DaySum) (calls []ledger.DaySum) {
	for _, sum := range sums {
		if sum.Kind == pricing.Call {
			calls = append(calls, sum)
		}
	}
	sortByAmount(calls)
	return calls
}

func (p pages) callList(n naming, day civil.Date, zones []ledger.DaySum) cabinet.List {
	directions := make([]ui.Choice, len(zones))
	for i, zone := range zones {
		directions[i] = ui.Choice{Value: zone.Item, Text: cabinet.Destination(n.Printer, zone.Item)}
	}
	filters := []ui.Filter{{Key: "zone", Title: n.T("funds.col_zone"), Choices: directions}}
	if n.May(access.View, access.Calls) { // else digits could be guessed one by one
		filters = append(filters, ui.Filter{Key: "to", Title: n.T("funds.col_to")})
	}
	return cabinet.List{
		Caption: n.T("funds.kind_call"), Right: access.Funds,
		Spec: ui.TableSpec{Columns: []ui.Column{
			{Key: "at", Title: n.T("funds.col_answered"), Fixed: true, Sortable: true},
			{Key: "leg", Title: n.T("funds.col_leg")},
			{Key: "to", Title: n.T("funds.col_to")},
			{Key: "zone", Title: n.T("funds.col_zone")},
			{Key: "talk", Title: n.T("funds.col_talk"), Numeric: true, Sortable: true},
			{Key: "billable", Title: n.T("funds.col_billable"), Hint: n.T("funds.col_billable_hint"), Numeric: true},
			{Key: "rate", Title: n.T("funds.col_per_minute"), Numeric: true, Extra: true},
			{Key: "amount", Title: n.T("funds.col_amount"), Numeric: true, Sortable: true},
			{Key: "exact", Title: n.T("funds.col_exact"), Hint: n.T("funds.col_exact_hint"), Numeric: true, Extra: true},
			{Key: "outcome", Title: n.T("funds.col_state")},
			{Key: "id", Title: n.T("funds.col_ref"), Extra: true},
		}, Filters: filters},
		Empty: ui.Empty{Icon: ui.IconCalls, Title: n.T("funds.no_calls"), Text: n.T("funds.no_calls_text")},
		Load: func(ctx context.Context, state ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			if state.Sort != "" || state.Filters["zone"] != "" || state.Filters["to"] != "" {
				legs, err := p.chosenLegs(ctx, n.Project.ID, day, state)
				if err != nil {
					return nil, "", err
				}
				page, next, err := cabinet.Cut(legs, after, limit)
				rows := make([]cabinet.Row, len(page))
				for i, l := range page {
					rows[i] = n.legRow(l)
				}
				return rows, next, err
			}
			page, err := charging.Legs(ctx, p.DB, charging.LegFilter{Project: n.Project.ID, Day: day, After: after, Limit: limit})
			rows := make([]cabinet.Row, len(page.Legs))
			for i, l := range page.Legs {
				rows[i] = n.legRow(l)
			}
			return rows, page.Next, err
		},
	}
}

// byLeg compares two legs by a column.
var byLeg = map[string]func(a, b charging.Leg) int{
	"at": func(a, b charging.Leg) int { return legTime(a).Compare(legTime(b)) }, "talk": func(a, b charging.Leg) int { return cmp.Compare(a.Seconds, b.Seconds) },
	"amount": func(a, b charging.Leg) int { return cmp.Compare(a.Amount, b.Amount) },
}

// chosenLegs are those of a whole day that the filters let through, in the order of a column.
func (p pages) chosenLegs(ctx context.Context, id ident.ProjectID, day civil.Date, state ui.TableState) (legs []charging.Leg, err error) {
	zone, to := state.Filters["zone"], strings.TrimPrefix(phone.Compact(state.Filters["to"]), "+")
	for leg, err := range charging.LegsOf(ctx, p.DB, id, day) {
		if err != nil {
			return nil, err
		}
		if (zone == "" || leg.Zone == zone) && strings.Contains(leg.To, to) {
			legs = append(legs, leg)
		}
	}
	if compare := byLeg[state.Sort]; compare != nil {
		slices.SortStableFunc(legs, func(a, b charging.Leg) int {
			if state.Descending {
				a, b = b, a
			}
			return compare(a, b)
		})
	}
	return legs, nil
}

// legTime is when a leg was answered; where it was not, when it began.
func legTime(l charging.Leg) time.Time {
	if l.AnsweredAt.IsZero() {
		return l.OpenedAt
	}
	return l.AnsweredAt
}

func (n naming) legRow(l charging.Leg) cabinet.Row {
	cells := map[string]cabinet.Cell{
		"at": cabinet.Moment(legTime(l)), "leg": cabinet.Text(n.leg(l.Kind)), "to": cabinet.Text(n.called(l.To)), "zone": cabinet.Text(cabinet.Destination(n.Printer, l.Zone)),
		"talk":   cabinet.Shown(ui.Duration(time.Duration(l.Seconds)*time.Second), int(l.Seconds)),
		"amount": cabinet.Shown(ui.Money(l.Amount, n.Project.Currency), l.Amount.Round(n.Project.Currency.MinorUnit())),
		"exact":  exactCell(l.Amount, n.Project.Currency), "outcome": n.outcome(l), "id": cabinet.Code(l.ID),
	}
	if l.Charge == pricebook.ChargeRated && !l.AnsweredAt.IsZero() {
		cells["billable"] = cabinet.Shown(ui.Duration(time.Duration(l.Billable)*time.Second), int(l.Billable))
		cells["rate"] = exactCell(l.PerMinute, n.Project.Currency)
	}
	return cabinet.Row{ID: l.ID, Href: n.Path(legPath(l.ID)), Cells: cells, Draft: l.State == charging.Open}
}

// messages lists the messages of a usage day, each with its entry.
func (p pages) messages(v *cabinet.Visit) error {
	day, err := dayOf(v)
	if err != nil {
		return err
	}
	title := v.T("funds.messages_of", lang.Values{"Day": dayName(v, day)})
	filter := ledger.Filter{Project: v.Project.ID, FromDay: day, ToDay: day, Kinds: []pricing.Kind{pricing.SMS}}
	return v.RenderList(below(v, title, ui.Link{Text: v.Date(day), Href: dayPath(v, day)}), p.entryList(p.naming(v), filter))
}
