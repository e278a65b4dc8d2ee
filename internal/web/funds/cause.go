package funds

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"bellwether/internal/civil"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
)

// spent is what a day was charged for one kind and item.
type spent struct {
	cost     money.Micro // positive for a charge
	quantity int64
	entries  int64
	unit     money.Micro // price of one; zero where entries differ
}

// charges are what a day was charged, by kind and item; payments, gifts and corrections are none.
type charges map[charged]spent

type charged struct {
	kind pricing.Kind
	item string
}

func (c charges) total() (sum money.Micro) {
	for _, s := range c {
		sum += s.cost
	}
	return sum
}

// chargesOf are the charges of a day among rows.
func chargesOf(rows []row, day civil.Date) charges {
	found := charges{}
	for _, r := range rows {
		if r.Day != day || !r.Kind.IsCharge() {
			continue
		}
		s := spent{cost: -r.Exact, quantity: r.Quantity, entries: r.Entries}
		if unit, ok := r.rate(); ok {
			s.unit = unit
		}
		found[charged{r.Kind, r.Item}] = s
	}
	return found
}

// cause is one reason why a day cost other than another, with what it makes.
type cause struct {
	text   string
	what   charged
	effect money.Micro // above zero where it made the day dearer
	was    money.Micro // what it cost on the first day
	is     money.Micro // and on the second
}

// causes say why day b cost other than day a. Their effects add up to the difference exactly: what a sentence does not
// explain is a cause of its own. The largest comes first.
func (n naming) causes(a, b charges, dayA, dayB civil.Date) []cause {
	keys := map[charged]bool{}
	for key := range a {
		keys[key] = true
	}
	for key := range b {
		keys[key] = true
	}
	var found []cause
	for key := range keys {
		before, wasThere := a[key]
		after, isThere := b[key]
		day := dayB
		if !isThere {
			day = dayA
		}
		t := turn{naming: n, what: key, name: n.cause(key, day), before: before, after: after, wasThere: wasThere, isThere: isThere}
		found = append(found, t.causes()...)
	}
	found = n.together(n.unchanged(found))
	slices.SortFunc(found, func(x, y cause) int {
		return cmp.Or(cmp.Compare(size(y.effect), size(x.effect)), strings.Compare(x.text, y.text))
	})
	return found
}

// cause names what a sentence about a cause is about: the sentence says itself that a number was rented.
func (n naming) cause(what charged, day civil.Date) string {
	switch what.kind {
	case pricing.NumberRent, pricing.SessionFee:
		return n.item(day, what.item)
	}
	return n.whole(what.kind, day, what.item)
}

func size(m money.Micro) money.Micro { return max(m, -m) }

// turn is what became of one kind and item from one day to another.
type turn struct {
	naming
	what              charged
	name              string
	before, after     spent
	wasThere, isThere bool
}

// came and went name what is charged on one of the days only.
var (
	came = map[pricing.Kind]lang.Key{
		pricing.ProductFee: "funds.cause_product_on", pricing.SeatFee: "funds.cause_seats_on", pricing.NumberRent: "funds.cause_number_rented",
		pricing.SessionFee: "funds.cause_sessions_on", pricing.PackageOverage: "funds.cause_package_used_up", pricing.Discount: "funds.cause_discount_on",
		pricing.Minimum: "funds.cause_minimum",
	}
	went = map[pricing.Kind]lang.Key{
		pricing.ProductFee: "funds.cause_product_off", pricing.SeatFee: "funds.cause_seats_off", pricing.NumberRent: "funds.cause_number_released",
		pricing.SessionFee: "funds.cause_sessions_off", pricing.Discount: "funds.cause_discount_off",
	}
)

func (t turn) causes() []cause {
	switch {
	case t.what.kind == pricing.Call, t.what.kind == pricing.SMS:
		return t.traffic()
	case !t.wasThere:
		return []cause{t.cause(t.sentence(came, "funds.cause_came"), t.after.cost)}
	case !t.isThere:
		return []cause{t.cause(t.sentence(went, "funds.cause_went"), -t.before.cost)}
	}
	return t.changed()
}

func (t turn) sentence(by map[pricing.Kind]lang.Key, otherwise lang.Key) string {
	key, ok := by[t.what.kind]
	if !ok {
		key = otherwise
	}
	return t.T(key, lang.Values{"What": t.name})
}

func (t turn) cause(text string, effect money.Micro) cause {
	return cause{text: text, what: t.what, effect: effect, was: t.before.cost, is: t.after.cost}
}

// changed parts a difference into that of the quantity, at the old price, and that of the price. Where neither changed it
// is the millionth by which the shares of a month differ (Rule B-07).
func (t turn) changed() []cause {
	difference := t.after.cost - t.before.cost
	from, to := lang.Values{"What": t.name, "From": t.Int(int(t.before.quantity)), "To": t.Int(int(t.after.quantity))}, lang.Values{
		"What": t.name, "From": t.exact(t.before.unit), "To": t.exact(t.after.unit),
	}
	quantity, price := t.before.quantity != t.after.quantity, t.before.unit != t.after.unit
	switch {
	case t.what.kind == pricing.Discount && (quantity || price):
		return []cause{t.cause(t.T("funds.cause_discount_changed", lang.Values{"What": t.name}), difference)}
	case quantity && !price:
		return []cause{t.cause(t.T("funds.cause_quantity", from), difference)}
	case price && !quantity:
		return []cause{t.cause(t.T("funds.cause_price", to), difference)}
	case !quantity:
		return []cause{t.cause(t.T("funds.cause_rounding"), difference)}
	}
	more := scale(t.before.cost, t.after.quantity-t.before.quantity, t.before.quantity)
	return once([]cause{t.cause(t.T("funds.cause_quantity", from), more), t.cause(t.T("funds.cause_price", to), difference-more)})
}

// traffic parts the difference of calls or messages into how many there were, at the first day's mean, and how long and
// dear each was.
func (t turn) traffic() []cause {
	difference, more := t.after.cost-t.before.cost, t.after.entries-t.before.entries
	values := lang.Values{"What": t.name, "From": t.Int(int(t.before.entries)), "To": t.Int(int(t.after.entries))}
	switch {
	case !t.wasThere:
		return []cause{t.cause(t.T("funds.cause_traffic_new", values), difference)}
	case !t.isThere:
		return []cause{t.cause(t.T("funds.cause_traffic_gone", values), difference)}
	}
	var found []cause
	byCount := scale(t.before.cost, more, t.before.entries)
	if more > 0 {
		found = append(found, t.cause(t.T("funds.cause_traffic_more", values), byCount))
	} else if more < 0 {
		found = append(found, t.cause(t.T("funds.cause_traffic_less", values), byCount))
	}
	key := lang.Key("funds.cause_traffic_longer")
	if difference < byCount {
		key = "funds.cause_traffic_shorter"
	}
	return once(append(found, t.cause(t.T(key, values), difference-byCount)))
}

// once leaves what was charged with the first of several causes of one item, so that the columns of a table add up.
func once(causes []cause) []cause {
	for i := range causes[1:] {
		causes[i+1].was, causes[i+1].is = 0, 0
	}
	return causes
}

// scale is cost x part / whole, towards zero; what that leaves goes to the next cause.
func scale(cost money.Micro, part, whole int64) money.Micro {
	if whole == 0 {
		return 0
	}
	sign := money.Micro(1)
	if part < 0 {
		sign, part = -1, -part
	}
	if cost < 0 {
		sign, cost = -sign, -cost
	}
	scaled, ok := money.MulDiv(int64(cost), part, whole)
	if !ok {
		return 0
	}
	return sign * money.Micro(scaled)
}

// mostNumbers is how many numbers are named one by one.
const mostNumbers = 3

// unchanged puts what made no difference into one line.
func (n naming) unchanged(found []cause) []cause {
	same := cause{text: n.T("funds.cause_unchanged")}
	found = slices.DeleteFunc(found, func(c cause) bool {
		if c.effect == 0 {
			same.was, same.is = same.was+c.was, same.is+c.is
		}
		return c.effect == 0
	})
	if same.was == 0 && same.is == 0 || len(found) == 0 {
		return found
	}
	return append(found, same)
}

// together sums up what would be a long list of the same: numbers rented and released, and the millionths of rounding.
func (n naming) together(found []cause) []cause {
	groups := map[string][]cause{}
	for _, c := range found {
		groups[n.groupOf(c)] = append(groups[n.groupOf(c)], c)
	}
	var all []cause
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		group := groups[name]
		text, least := "", mostNumbers+1
		switch name {
		case "rounding":
			text, least = n.T("funds.cause_rounding"), 2
		case "rented":
			text = n.N("funds.cause_numbers_rented", len(group))
		case "released":
			text = n.N("funds.cause_numbers_released", len(group))
		}
		if text == "" || len(group) < least {
			all = append(all, group...)
			continue
		}
		sum := cause{text: text, what: charged{kind: group[0].what.kind}}
		for _, c := range group {
			sum.effect, sum.was, sum.is = sum.effect+c.effect, sum.was+c.was, sum.is+c.is
		}
		all = append(all, sum)
	}
	return all
}

// groupOf names what a cause is summed up with; empty for one that stands alone.
func (n naming) groupOf(c cause) string {
	switch {
	case c.text == n.T("funds.cause_rounding"):
		return "rounding"
	case c.what.kind != pricing.NumberRent:
		return ""
	case c.was == 0:
		return "rented"
	case c.is == 0:
		return "released"
	}
	return ""
}
