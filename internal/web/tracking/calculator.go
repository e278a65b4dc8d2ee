package tracking

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/errs"
	"bellwether/internal/help"
	"bellwether/internal/lang"
	"bellwether/internal/pool"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (p *pages) calculatorRoutes() {
	p.Handle("GET "+base+"/calculator", cabinet.Project(access.View, access.Pools), p.calculator)
	p.Handle("GET "+publicCalculator, cabinet.Anybody(), p.openCalculator)
}

// publicCalculator is the calculator for whoever comes: it knows no prices.
const publicCalculator = "/calculator"

// calculatorView is what stands on the page of the calculator. All of its state is in the address.
type calculatorView struct {
	path, wrong            string
	visits, length, target ui.Field
	hold                   ui.Field
	offer                  *ui.Select // nil where there are no prices
	tiles                  []ui.Tile
	curve                  ui.Chart
	unreached              bool
	own                    ownView
	toOwn                  ui.Button
}

// asked is what the calculator is asked, as the address says it; what it does not say is usual.
func asked(v *cabinet.Visit) *cabinet.Form {
	usual := map[string]string{"visits": "500", "length": "3", "target": "95", "hold": strconv.Itoa(int(pool.DefaultHold / time.Second))}
	for name := range usual {
		if value := strings.TrimSpace(v.URL.Query().Get(name)); value != "" {
			usual[name] = value
		}
	}
	usual["offer"] = v.URL.Query().Get("offer")
	return cabinet.NewForm(usual)
}

// figure reads "2.5" and "2,5"; what is no figure is none, and refused by the calculator.
func figure(f *cabinet.Form, name string) float64 {
	n, err := strconv.ParseFloat(strings.ReplaceAll(strings.ReplaceAll(f.Get(name), ",", "."), " ", ""), 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		return -1
	}
	return n
}

// shares are those of a usual shop's sources (Rule C-12).
var shares = []float64{35, 25, 15, 10, 10, 5}

func planOf(f *cabinet.Form, price *pool.Price) pool.Plan {
	return pool.Plan{
		Visits: pool.UsualDay(figure(f, "visits")), Length: time.Duration(min(max(figure(f, "length"), 0), 10_000) * float64(time.Minute)),
		Hold: time.Duration(min(max(figure(f, "hold"), 0), 1e6) * float64(time.Second)), Weights: pool.DefaultWeights(), Shares: shares, Target: figure(f, "target") / 100, Price: price,
	}
}

func (p *pages) calculatorForm(v *cabinet.Visit, f *cabinet.Form) calculatorView {
	return calculatorView{
		path:   v.URL.Path,
		visits: whole(f, "visits", v.T("tracking.calc_visits"), "", ""),
		length: whole(f, "length", v.T("tracking.calc_length"), "", v.T("tracking.calc_minutes")),
		hold:   whole(f, "hold", v.T("tracking.hold"), "", v.T("tracking.seconds")),
		target: whole(f, "target", v.T("tracking.calc_target"), "", "%"),
	}
}

// calculator is GET /tracking/calculator: how many numbers a pool needs, and what they cost the project.
func (p *pages) calculator(v *cabinet.Visit) error {
	f := asked(v)
	own, err := p.ownTraffic(v)
	if err != nil {
		return err
	}
	own.takeOwn(v, f)
	view := p.calculatorForm(v, f)
	view.own = own
	if own.text != "" && !own.used {
		view.toOwn = ui.Button{Text: v.T("tracking.calc_by_own"), Href: v.URL.Path + "?own=1"}
	}
	tags, err := p.priced(v)
	if err != nil {
		return err
	}
	var price *pool.Price
	if len(tags) > 0 {
		chosen := 0
		pickOffer := pick(f, "offer", v.T("tracking.calc_offer"), "", "")
		for i, tag := range tags {
			pickOffer.Choices = append(pickOffer.Choices, ui.Choice{Value: itoa(i), Text: tag.text})
			if f.Get("offer") == itoa(i) {
				chosen = i
			}
		}
		view.offer, price = &pickOffer, &tags[chosen].price
	}
	if err := view.calculate(v, f, price); err != nil {
		return err
	}
	return v.Render(page(v, "/calculator"), calculatorPage(view))
}

// openCalculator is GET /calculator: the same for whoever comes, without prices.
func (p *pages) openCalculator(v *cabinet.Visit) error {
	f := asked(v)
	view := p.calculatorForm(v, f)
	if err := view.calculate(v, f, nil); err != nil {
		return err
	}
	pg := ui.Page{Title: v.T("tracking.calculator"), Lead: v.T("tracking.calc_lead"), Help: help.About(root)}
	if v.Principal.Session.ID == "" {
		return v.RenderPlain(http.StatusOK, pg, calculatorPage(view))
	}
	return v.Render(pg, calculatorPage(view))
}

// calculate answers what is asked, or says what is wrong with it.
func (c *calculatorView) calculate(v *cabinet.Visit, f *cabinet.Form, price *pool.Price) error {
	answer, err := pool.Calculate(c.own.plan(planOf(f, price)))
	if err != nil {
		if errs.KindOf(err) != errs.Invalid {
			return err
		}
		c.wrong, _ = v.Error(err)
		return nil
	}
	c.unreached = !answer.Reached
	c.tiles = []ui.Tile{
		{Label: v.T("tracking.numbers"), Value: ui.Number(answer.Numbers), Change: v.T("tracking.calc_lines", lang.Values{"Lines": v.Int(answer.Lines)}), Why: ui.Why{Text: v.T("tracking.calc_why", lang.Values{
			"Busy": v.Decimal(strconv.FormatFloat(answer.Busy, 'f', 1, 64)), "Lines": v.Int(answer.Lines),
		})}},
		{Label: v.T("tracking.calc_source"), Value: ui.Text(percent(v, answer.Source)), Change: v.T("tracking.calc_of_calls")},
		{Label: v.T("tracking.calc_visit"), Value: ui.Text(percent(v, answer.Visit)), Change: v.T("tracking.calc_unknown", lang.Values{"Share": percent(v, answer.Unknown)})},
	}
	if answer.Monthly != nil {
		c.tiles = append(c.tiles, ui.Tile{Label: v.T("tracking.calc_monthly"), Value: ui.Money(*answer.Monthly, v.Project.Currency), Change: v.T("tracking.calc_monthly_of")})
	}
	c.curve = curveOf(v, answer.Curve)
	return nil
}

func percent(v *cabinet.Visit, share float64) string {
	const hundredths = 10_000
	return v.Percent(int(math.Round(share*hundredths)), false)
}

// curveOf draws what fewer and more numbers would do.
func curveOf(v *cabinet.Visit, points []pool.Point) ui.Chart {
	sources, visits := ui.Series{Name: v.T("tracking.calc_source")}, ui.Series{Name: v.T("tracking.calc_visit")}
	for _, one := range points {
		label := v.Int(one.Numbers)
		sources.Points = append(sources.Points, ui.Point{Label: label, Value: 100 * one.Source, Text: percent(v, one.Source)})
		visits.Points = append(visits.Points, ui.Point{Label: label, Value: 100 * one.Visit, Text: percent(v, one.Visit)})
	}
	return ui.Chart{ID: "curve", Title: v.T("tracking.calc_curve"), Height: 220, Series: []ui.Series{sources, visits}, Axis: func(value float64) string { return v.Int(int(value)) + " %" }}
}
