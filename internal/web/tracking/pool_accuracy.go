package tracking

import (
	"context"

	"bellwether/internal/lang"
	poolrules "bellwether/internal/pool"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// accuracyView is how often a pool was right, and what it is known from.
type accuracyView struct {
	tiles    []ui.Tile
	checked  string // how many calls could be checked, and by what
	troubles []troubleLine
	steps    []stepLine
}

// troubleLine is something that is wrong with a pool.
type troubleLine struct{ title, text string }

// stepLine is something that a pool did by itself.
type stepLine struct{ number, text, note string }

func (p *pages) accuracyView(v *cabinet.Visit, one tracking.Pool) (view accuracyView, err error) {
	a, err := tracking.AccuracyOf(v.Context(), p.Events, v.Project.ID, one.ID, v.At.Add(-tracking.MeasuredOver), v.At)
	if err != nil {
		return view, err
	}
	target := v.T("tracking.promised", lang.Values{"Share": v.Percent(int(one.Target)*100, false)})
	view.tiles = []ui.Tile{
		accuracyTile(v, v.T("tracking.right_sources"), a.Source, target),
		accuracyTile(v, v.T("tracking.right_visits"), a.Visit, ""),
		{Label: v.T("tracking.calls_checked"), Value: ui.Text(v.T("tracking.checked_of", lang.Values{"Checked": v.Int(int(a.Checked)), "All": v.Int(int(a.Dynamic))})), Change: v.T("tracking.last_month")},
		{Label: v.T("tracking.calls_unknown"), Value: ui.Number(int(a.Unknown)), Change: v.T("tracking.last_month")},
	}
	if interval := a.Source.Accuracy(); a.Dynamic > 0 && interval.High < float64(one.Target)/100 {
		view.tiles[0].Tone = ui.Bad
	}
	if a.Checked > 0 {
		view.checked = v.T("tracking.checked_by", lang.Values{"Number": v.Int(int(a.ByNumber)), "Phone": v.Int(int(a.ByPhone)), "Promo": v.Int(int(a.ByPromo))})
	}
	return view, v.Read(func(ctx context.Context, q store.Querier) error { return view.history(ctx, q, v, one) })
}

// accuracyTile is a share with its interval; where nothing could be checked it says so.
func accuracyTile(v *cabinet.Visit, label string, t poolrules.Tally, note string) ui.Tile {
	interval := t.Accuracy()
	tile := ui.Tile{Label: label, Value: ui.Text("—"), Change: v.T("tracking.nothing_checked"), Why: ui.Why{Text: v.T("tracking.accuracy_why")}}
	if t.Sole.Total()+t.Truths.Total() == 0 {
		return tile
	}
	tile.Value, tile.Change = ui.Text(percent(v, interval.Share)), v.T("tracking.interval", lang.Values{"Low": percent(v, interval.Low), "High": percent(v, interval.High)})
	if note != "" {
		tile.Change += ", " + note
	}
	return tile
}

var (
	troubleTitles = map[tracking.NoticeKind]lang.Key{
		tracking.NoticeOverload: "tracking.trouble_overload", tracking.NoticeAccuracy: "tracking.trouble_accuracy", tracking.NoticeStuck: "tracking.trouble_stuck",
	}
	stepTexts = map[string]lang.Key{tracking.StepRented: "tracking.step_rented", tracking.StepRetired: "tracking.step_retired", tracking.StepReleased: "tracking.step_released"}
	stepWhys  = map[string]lang.Key{"overloaded": "tracking.why_overloaded", "inaccurate": "tracking.why_inaccurate", "unneeded": "tracking.why_unneeded"}
)

// history adds what is wrong with the pool and what it did by itself.
func (a *accuracyView) history(ctx context.Context, q store.Querier, v *cabinet.Visit, one tracking.Pool) error {
	troubles, err := tracking.Troubles(ctx, q, v.Project.ID)
	if err != nil {
		return err
	}
	for _, t := range troubles {
		if t.Pool == one.ID {
			a.troubles = append(a.troubles, troubleLine{v.T(troubleTitles[t.Kind]), v.T("tracking.trouble_since", lang.Values{"At": v.DateTime(t.Since)})})
		}
	}
	steps, err := tracking.GrowthSteps(ctx, q, v.Project.ID, one.ID)
	for _, s := range steps {
		line := stepLine{number: v.Phone(s.Number), text: v.T(stepTexts[s.Step]), note: v.DateTime(s.At) + ", " + v.T(stepWhys[s.Why])}
		if s.Step == tracking.StepRented {
			line.note += ", " + v.T("tracking.step_monthly", lang.Values{"Monthly": v.Money(s.Monthly, v.Project.Currency)})
		}
		a.steps = append(a.steps, line)
	}
	return err
}

// growthOf is what a form says of a pool's growth. Growth that is switched off keeps nothing.
func growthOf(f *cabinet.Form) tracking.Growth {
	if f.Get("growth.on") == "" {
		return tracking.Growth{}
	}
	budget, err := lang.ReadAmount(f.Get("growth.budget"))
	if err != nil {
		budget = -1 // is refused
	}
	return tracking.Growth{Most: max(number(f, "growth.most"), -1), Budget: budget, Area: f.Get("growth.area")}
}

// growthFields are the fields of a pool's growth.
type growthFields struct {
	on                 ui.Check
	most, budget, area ui.Field
}

func growthForm(v *cabinet.Visit, f *cabinet.Form) growthFields {
	g := growthFields{
		on:     tick(f, "growth.on", v.T("tracking.growth_on"), v.T("tracking.growth_hint")),
		most:   whole(f, "growth.most", v.T("tracking.growth_most"), "", ""),
		budget: field(f, "growth.budget", v.T("tracking.growth_budget"), v.T("tracking.growth_budget_hint")),
		area:   whole(f, "growth.area", v.T("tracking.growth_area"), v.T("tracking.growth_area_hint"), ""),
	}
	g.budget.Unit, g.budget.Digits, g.budget.Longest = string(v.Project.Currency), true, 20
	return g
}
