package tracking

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	registry "bellwether/internal/number"
	"bellwether/internal/pool"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
)

// ownTraffic is over how many days the calculator sums up the project's own visits.
const ownTraffic = 28 * 24 * time.Hour

// ownView is what is known of the project's own traffic.
type ownView struct {
	tracking.Traffic
	model pool.Weights
	used  bool   // the answer is by it
	text  string // what it is like; empty where there is too little
}

// ownTraffic reads what the project's own visits are like, where there are enough of them.
func (p *pages) ownTraffic(v *cabinet.Visit) (own ownView, err error) {
	zone := v.Project.Calendar.Zone(v.Project.Calendar.DayAt(v.At))
	if own.Traffic, err = tracking.TrafficOf(v.Context(), p.Events, v.Project.ID, "", zone, v.At.Add(-ownTraffic), v.At); err != nil || !own.Enough() {
		return ownView{}, err
	}
	own.model, err = tracking.ModelOf(v.Context(), p.Events, v.Project.ID)
	late := 1 - own.model.Delays.Within(time.Hour)
	own.text = v.T("tracking.calc_own_text", lang.Values{
		"Days": v.Int(int(math.Round(own.Days))), "Visits": v.Int(int(math.Round(own.Profile.Total()))), "Length": v.Duration(own.Length), "Late": percent(v, late),
	})
	return own, err
}

// takeOwn has the form say what the project's own traffic is, unless the reader asks for other figures.
func (own *ownView) takeOwn(v *cabinet.Visit, f *cabinet.Form) {
	asked := v.URL.Query()
	if own.text == "" || asked.Has("visits") && asked.Get("own") == "" {
		return
	}
	own.used = true
	f.Values.Set("visits", strconv.Itoa(int(math.Round(own.Profile.Total()))))
	f.Values.Set("length", strconv.FormatFloat(math.Round(own.Length.Minutes()*10)/10, 'f', -1, 64))
}

// plan puts the project's own traffic into what the calculator is asked: its day, its sources, what its scorer has learnt.
func (own *ownView) plan(plan pool.Plan) pool.Plan {
	if own.used {
		plan.Visits, plan.Length, plan.Shares, plan.Weights = own.Profile, own.Length, own.Shares, own.model
	}
	return plan
}

// priceTag is a kind of numbers with what they cost the project.
type priceTag struct {
	text  string
	price pool.Price
}

// priced are the kinds of tracking numbers that the project may have, each with its price: those it may rent, and its own.
func (p *pages) priced(v *cabinet.Visit) (tags []priceTag, err error) {
	var offers []registry.Offer
	if err := v.Read(func(ctx context.Context, q store.Querier) error {
		all, err := p.Numbers.Offers(ctx, q, v.Project.ID, v.At)
		offers = slices.DeleteFunc(all, func(o registry.Offer) bool { return o.Use != "tracking" })
		return err
	}); err != nil {
		return nil, err
	}
	day := v.Project.Calendar.DayAt(v.At)
	tariff, err := v.Project.Tariff(p.Books, day)
	if err != nil {
		return nil, err
	}
	fee := money.Micro(0)
	if product, sold := tariff.Book.Product("call_tracking"); sold {
		fee = tariff.NetMonthly(product, []string{"call_tracking"})
	}
	add := func(text string, sample pricing.Number, monthly money.Micro) error {
		services, least, err := tariff.NumberFloor(sample)
		tags = append(tags, priceTag{text + ": " + v.Money(monthly, v.Project.Currency), pool.Price{Base: fee + services, Each: monthly, Minimum: max(0, least-services)}})
		return err
	}
	for _, o := range offers {
		sample := pricing.Number{Owner: billing.OwnedByOperator, Kind: o.Kind, Use: o.Use}
		if err := add(cabinet.Place(v.Printer, o.Country, o.Area, o.AreaName), sample, o.Price.Monthly); err != nil {
			return nil, err
		}
	}
	sample := pricing.Number{Owner: billing.OwnedByCustomer, Kind: billing.NumberKinds[0], Use: "tracking"}
	if own, err := tariff.NumberPrice(sample, day); err == nil {
		if err := add(v.T("tracking.calc_own_numbers"), sample, own.Monthly); err != nil {
			return nil, err
		}
	}
	return tags, nil
}
