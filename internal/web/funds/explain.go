package funds

import (
	"encoding/json"
	"strconv"
	"strings"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/rating"
	"bellwether/internal/web/cabinet"
)

// explanation says why an amount is what it is: in a sentence, step by step so that one can redo it, and by which rules.
type explanation struct {
	text  string
	steps []step
	rules []rule
	rate  *rating.Explanation // the row of the rate card, of calls
}

// step is one line of the arithmetic.
type step struct {
	text   string
	sum    string // "1 × 999.00 ₴"; empty where there is nothing to compute
	result string
}

// stored is an explanation as an entry keeps it.
type stored struct {
	Text       string          `json:"text"`
	Arithmetic string          `json:"arithmetic"`
	Inputs     json.RawMessage `json:"inputs"`
	Reason     string          `json:"reason"` // of a reversal
}

// shareInputs are those of a day's share of a month (Rules B-07, B-34).
type shareInputs struct {
	Quantity int64             `json:"quantity"`
	Monthly  money.Micro       `json:"monthly"`
	Percent  pricebook.Percent `json:"percent"`
	Products int64             `json:"products"`
	Step     int64             `json:"step"`
	Steps    int64             `json:"steps"`
}

// explain puts the explanation of a line into the reader's words. What it cannot redo from the inputs, because a tax was
// added or the line is of a kind with no steps of its own, it shows as it was stored.
func (n naming) explain(day civil.Date, line pricing.Line, raw []byte) explanation {
	var s stored
	if len(raw) > 0 && json.Unmarshal(raw, &s) != nil {
		s = stored{}
	}
	e := explanation{rules: n.rules(line.Rule)}
	var steps []step
	switch line.Rule {
	case "B-30", "B-31", "B-32", "B-35":
		e.text = n.T("funds.why_share", lang.Values{"What": n.whole(line.Kind, day, line.Item)})
		steps = n.shareSteps(day, line, s)
	case "B-34":
		e.text = n.T("funds.why_bundle")
		steps = n.bundleSteps(line, s)
	case "B-33":
		e.text = n.T("funds.why_sessions")
		steps = n.sessionSteps(line, s)
	case "B-36":
		e.text = n.T("funds.why_sms")
		steps = n.segmentSteps(line)
	case "B-22", "B-11":
		e.text = n.callSentence(line, s)
		e.rate, steps = n.callSteps(line, s)
	case "B-15":
		if line.Item == billing.PromiseItem {
			e.text, e.steps = n.promise(line, s)
			e.rules = n.rules(promiseRule)
			return e
		}
		e.text = n.reason(s)
		return e
	default:
		e.text = n.otherSentence(line)
	}
	if steps == nil && s.Arithmetic != "" {
		steps = []step{{text: n.T("funds.step_stored"), sum: n.arithmetic(s.Arithmetic, line), result: n.exact(line.Amount)}}
	}
	e.steps = steps
	return e
}

// reason is why somebody corrected, in their words.
func (n naming) reason(s stored) string {
	if s.Reason != "" {
		return s.Reason
	}
	return s.Text
}

var otherKeys = map[string]lang.Key{
	"B-38": "funds.why_overage", "B-39": "funds.why_advance", "B-40": "funds.why_bonus", "B-41": "funds.why_payment",
	"B-42": "funds.why_agency", "B-50": "funds.why_term", "B-51": "funds.why_users",
}

func (n naming) otherSentence(line pricing.Line) string {
	if key, ok := otherKeys[line.Rule]; ok {
		return n.T(key)
	}
	return ""
}

// exact writes an amount without its sign, with every decimal.
func (n naming) exact(amount money.Micro) string {
	return n.MoneyExact(max(amount, -amount), n.Project.Currency)
}

// shareSteps redo a day's share of a month: what is due through the day less what was due through the day before.
func (n naming) shareSteps(day civil.Date, line pricing.Line, s stored) []step {
	var in shareInputs
	if json.Unmarshal(s.Inputs, &in) != nil || in.Steps == 0 {
		return nil
	}
	month := money.Micro(in.Quantity) * in.Monthly
	due, ok := n.due(month, in, 1)
	if !ok || due.day != -line.Amount {
		return nil
	}
	held := n.T("funds.step_held_peak")
	if n.measure(day) == pricebook.MeasureEndOfDay {
		held = n.T("funds.step_held_end")
	}
	steps := []step{
		{text: held, result: n.Int(int(in.Quantity))},
		{text: n.T("funds.step_month"), sum: n.Int(int(in.Quantity)) + " × " + n.exact(in.Monthly), result: n.exact(month)},
	}
	return append(steps, due.steps(n, month, in)...)
}

func (n naming) measure(day civil.Date) pricebook.Measure {
	tariff, err := n.Project.Tariff(n.books, day)
	if err != nil {
		return pricebook.MeasurePeak
	}
	return tariff.Book.Measure
}

// due is what a month's price has come to by the end of a day and of the day before.
type due struct{ before, through, day money.Micro }

func (n naming) due(month money.Micro, in shareInputs, divisor int64) (d due, ok bool) {
	through, ok := money.MulDiv(int64(month), in.Step, in.Steps*divisor)
	before, known := money.MulDiv(int64(month), in.Step-1, in.Steps*divisor)
	d = due{money.Micro(before), money.Micro(through), money.Micro(through - before)}
	return d, ok && known
}

func (d due) steps(n naming, month money.Micro, in shareInputs) []step {
	product := func(step int64) string {
		return n.exact(month) + " × " + n.Int(int(step)) + " ÷ " + n.Int(int(in.Steps))
	}
	return []step{
		{text: n.T("funds.step_through", lang.Values{"Step": n.Int(int(in.Step))}), sum: product(in.Step), result: n.exact(d.through)},
		{text: n.T("funds.step_before"), sum: product(in.Step - 1), result: n.exact(d.before)},
		{text: n.T("funds.step_day"), sum: n.exact(d.through) + " − " + n.exact(d.before), result: n.exact(d.day)},
	}
}

const wholePercent = 10_000

// bundleSteps redo the discount for several products.
func (n naming) bundleSteps(line pricing.Line, s stored) []step {
	var in shareInputs
	if json.Unmarshal(s.Inputs, &in) != nil || in.Steps == 0 {
		return nil
	}
	off, ok := money.MulDiv(int64(in.Monthly), int64(in.Percent), wholePercent)
	exact := money.Micro(off)*wholePercent == in.Monthly*money.Micro(in.Percent)
	d, known := n.due(in.Monthly*money.Micro(in.Percent), in, wholePercent)
	if !ok || !exact || !known || d.day != line.Amount {
		return nil
	}
	return append([]step{
		{text: n.N("funds.step_products", int(in.Products)), result: n.exact(in.Monthly)},
		{text: n.T("funds.step_off"), sum: n.exact(in.Monthly) + " × " + n.Percent(int(in.Percent), false), result: n.exact(money.Micro(off))},
	}, d.steps(n, money.Micro(off), in)...)
}

// sessionSteps redo the charge for sessions above the included ones.
func (n naming) sessionSteps(line pricing.Line, s stored) []step {
	var in struct{ Sessions, Before, Included int64 }
	if json.Unmarshal(s.Inputs, &in) != nil || money.Micro(line.Quantity)*line.UnitPrice != -line.Amount {
		return nil
	}
	number := func(i int64) string { return n.Int(int(i)) }
	return []step{
		{text: n.T("funds.step_sessions"), result: number(in.Sessions)},
		{text: n.T("funds.step_sessions_before"), result: number(in.Before)},
		{text: n.T("funds.step_included"), result: number(in.Included)},
		{text: n.T("funds.step_above"), result: number(line.Quantity)},
		{text: n.T("funds.step_charge"), sum: number(line.Quantity) + " × " + n.exact(line.UnitPrice), result: n.exact(line.Amount)},
	}
}

func (n naming) segmentSteps(line pricing.Line) []step {
	if money.Micro(line.Quantity)*line.UnitPrice != -line.Amount {
		return nil
	}
	return []step{{text: n.N("funds.step_segments", int(line.Quantity)), sum: n.Int(int(line.Quantity)) + " × " + n.exact(line.UnitPrice), result: n.exact(line.Amount)}}
}

// callInputs are those of a call: the row of the rate card, and the day of one that came late.
type callInputs struct {
	Rate *rating.Explanation `json:"rate"`
	Day  civil.Date          `json:"day"`
}

func (n naming) callSentence(line pricing.Line, s stored) string {
	var in callInputs
	if line.Rule == "B-11" && json.Unmarshal(s.Inputs, &in) == nil {
		return n.T("funds.why_late", lang.Values{"Day": n.Date(in.Day)})
	}
	return n.T("funds.why_call")
}

// callSteps redo the price of a leg: the row that its number matches, the billable seconds, the sum (Rules B-20 to B-22).
func (n naming) callSteps(line pricing.Line, s stored) (*rating.Explanation, []step) {
	var in callInputs
	if json.Unmarshal(s.Inputs, &in) != nil || in.Rate == nil {
		return nil, nil
	}
	r := in.Rate
	if r.Amount != -line.Amount || len(r.Parts) > 0 || r.Billable == 0 { // with a tax, or over time bands: as it was stored
		return r, nil
	}
	steps := []step{
		{text: n.T("funds.step_prefix", lang.Values{"Zone": cabinet.Destination(n.Printer, r.Zone), "Prefix": r.Prefix}), result: n.exact(r.PerMinute)},
		{text: n.T("funds.step_talk"), result: n.seconds(r.Seconds)},
		{text: n.T("funds.step_billable"), sum: n.increments(r), result: n.seconds(r.Billable)},
		{text: n.T("funds.step_price"), sum: n.exact(r.PerMinute) + " × " + strconv.FormatInt(r.Billable, 10) + " ÷ 60", result: n.exact(n.minutes(r))},
	}
	if r.Connect != 0 {
		steps = append(steps, step{text: n.T("funds.step_connect"), sum: n.exact(r.Connect) + " + " + n.exact(n.minutes(r)), result: n.exact(r.Connect + n.minutes(r))})
	}
	if r.Connect+n.minutes(r) < r.Minimum {
		steps = append(steps, step{text: n.T("funds.step_minimum"), result: n.exact(r.Minimum)})
	}
	return r, steps
}

// minutes is the price of the billable seconds alone.
func (n naming) minutes(r *rating.Explanation) money.Micro {
	const secondsPerMinute = 60
	amount, _ := money.MulDiv(int64(r.PerMinute), r.Billable, secondsPerMinute)
	return money.Micro(amount)
}

func (n naming) seconds(s int64) string { return n.N("funds.seconds", int(s)) }

// increments writes "60 + 1 × 1".
func (n naming) increments(r *rating.Explanation) string {
	parts := []string{strconv.FormatInt(r.First, 10)}
	if following := r.Billable - r.First; following > 0 && r.Next > 0 {
		parts = append(parts, strconv.FormatInt(following/r.Next, 10)+" × "+strconv.FormatInt(r.Next, 10))
	}
	return strings.Join(parts, " + ")
}
