package billing

import (
	"fmt"

	"bellwether/internal/civil"
	"bellwether/internal/forecast"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
)

// configuration is what a project held at one moment, as far as it costs fees.
type configuration struct {
	held    holdings
	day     pricing.Day // of it, but for its numbers
	name    string      // the same for two whose days cost the same, numbers aside
	numbers []pricing.Number
}

// newConfiguration is what was held when a day ended at an instant; never stands for what is held now.
func newConfiguration(held holdings, end int64) configuration {
	measured := func(kind string) map[string]int64 { return held.measured(kind, pricebook.MeasureEndOfDay, 0, end) }
	c := configuration{
		day:     pricing.Day{Seats: measured(holdSeats), Slots: measured(holdSlots)},
		numbers: held.numbers(pricebook.MeasureEndOfDay, 0, end),
	}
	products := measured(holdProduct)
	for product := range products {
		c.day.Products = append(c.day.Products, product)
	}
	for _, kind := range []string{holdNumber, holdPackage} {
		c.held = append(c.held, held.during(kind, pricebook.MeasureEndOfDay, 0, end)...)
	}
	c.name = fmt.Sprint(products, c.day.Seats, c.day.Slots) // maps are printed in the order of their keys
	return c
}

// feeTable remembers what parts of configurations cost by the day's place in a book's month, after which fees repeat but for a
// millionth: forecasts from 91 days price few things more than one does.
type feeTable struct {
	days     map[feePlace]money.Micro
	advances map[advancePlace][]pricing.Line
	err      error // the first; the fees after it mean nothing
}

type feePlace struct {
	book, part  string
	step, steps int64
}

type advancePlace struct {
	book    string
	holding int64
}

func newFeeTable() *feeTable {
	return &feeTable{days: map[feePlace]money.Micro{}, advances: map[advancePlace][]pricing.Line{}}
}

// dayPrice is a configuration under a tariff: a day of it costs its base and each of its numbers, which are priced one by
// one by the rule that matches them (Rule B-35).
type dayPrice struct {
	tariff  pricing.Tariff
	base    pricing.Day
	name    string
	numbers map[string]pricing.Number // rule -> one of its numbers
	counts  map[string]money.Micro    // rule -> how many
}

func (c configuration) under(tariff pricing.Tariff) (*dayPrice, error) {
	p := &dayPrice{tariff: tariff, base: c.day, name: c.name, numbers: map[string]pricing.Number{}, counts: map[string]money.Micro{}}
	for _, number := range c.numbers {
		rule, err := tariff.NumberRule(number)
		if err != nil {
			return nil, err
		}
		p.numbers[rule.Name] = number
		p.counts[rule.Name]++
	}
	return p, nil
}

// fee is what a date costs.
func (t *feeTable) fee(p *dayPrice, date civil.Date) money.Micro {
	fee := t.part(p.tariff, "held "+p.name, p.base, date)
	for rule, number := range p.numbers {
		fee += p.counts[rule] * t.part(p.tariff, "number "+rule, pricing.Day{Numbers: []pricing.Number{number}}, date)
	}
	return fee
}

func (t *feeTable) part(tariff pricing.Tariff, name string, day pricing.Day, date civil.Date) money.Micro {
	step, steps := tariff.Step(date)
	place := feePlace{tariff.Book.Ref(), name, step % steps, steps}
	fee, known := t.days[place]
	if !known {
		day.Date = date
		lines, err := tariff.Day(day)
		if err != nil {
			t.note(err)
			return 0
		}
		fee = -pricing.Sum(lines)
		t.days[place] = fee
	}
	return fee
}

func (t *feeTable) note(err error) {
	if t.err == nil {
		t.err = err
	}
}

// monthAdvance is what a month costs in advance for what is held, each item once: as it is charged, and at list prices,
// with which minimums are compared.
func (t *feeTable) monthAdvance(tariff pricing.Tariff, held holdings) (charged, listed money.Micro) {
	seen := map[string]bool{}
	for _, h := range held {
		place := advancePlace{tariff.Book.Ref(), h.id}
		lines, known := t.advances[place]
		if !known {
			var err error
			if lines, err = advanceLines(tariff, h); err != nil {
				t.note(err)
				continue
			}
			t.advances[place] = lines
		}
		for _, line := range lines {
			if key := string(line.Kind) + line.Item; !seen[key] {
				seen[key] = true
				charged -= line.Amount
				listed += line.UnitPrice
			}
		}
	}
	return charged, listed
}

// outlay is a configuration under the tariffs of the days ahead.
type outlay struct {
	*feeTable
	configuration
	tariff func(civil.Date) (pricing.Tariff, error) // of a date
	prices map[string]*dayPrice                     // by book
}

func (t *feeTable) outlay(c configuration, tariff func(civil.Date) (pricing.Tariff, error)) *outlay {
	return &outlay{feeTable: t, configuration: c, tariff: tariff, prices: map[string]*dayPrice{}}
}

// fixed is what a date costs in fees by the day.
func (o *outlay) fixed(date civil.Date) money.Micro {
	tariff, err := o.tariff(date)
	if err != nil {
		o.note(err)
		return 0
	}
	price, known := o.prices[tariff.Book.Ref()]
	if !known {
		if price, err = o.under(tariff); err != nil {
			o.note(err)
			return 0
		}
		o.prices[tariff.Book.Ref()] = price
	}
	return o.fee(price, date)
}

// plan is what the configuration costs from a day on: fees by the day, what is charged in advance for the months that
// begin on a date or later, and at months' ends what they lack to their minimum (Rule B-39); advanced is what was charged
// in advance for the month that runs already, at list prices.
func (o *outlay) plan(today, advances civil.Date, advanced money.Micro) forecast.Plan {
	plan := forecast.Plan{Fixed: o.fixed}
	for month := today.FirstOfMonth(); month < today+forecast.Horizon; month = month.FirstOfNextMonth() {
		first, err := o.tariff(max(month, today))
		o.note(err)
		last, err := o.tariff(month.FirstOfNextMonth() - 1)
		o.note(err)
		if o.err != nil {
			break
		}
		if month >= advances {
			charged, listed := o.monthAdvance(first, o.held)
			plan.OneOff = append(plan.OneOff, forecast.Charge{Date: month, Amount: charged})
			advanced = listed
		}
		if len(last.Book.Minimums) > 0 {
			lines, err := last.MonthEnd(pricing.Month{Advance: advanced, Numbers: o.numbers})
			o.note(err)
			plan.OneOff = append(plan.OneOff, forecast.Charge{Date: month.FirstOfNextMonth() - 1, Amount: -pricing.Sum(lines)})
		}
	}
	return plan
}
