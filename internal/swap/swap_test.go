package swap_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/swap"
)

// visit is an advert's click on a page of tea, from Moscow, on a Tuesday at noon in Kyiv.
func visit() swap.Visit {
	return swap.Visit{
		At:      time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC),
		Landing: "https://Shop.example/Catalog/Tea/?utm_source=google&sort=price&sort=name&empty=", Referrer: "google.com",
		Source: "google", Medium: "cpc", Campaign: "Spring Tea", Channel: "Paid Search",
		Country: "RU", Regions: []string{"RU-MOW", "495", "499"}, City: "Москва", Language: "ru-RU", Device: "mobile",
		Address: netip.MustParseAddr("203.0.113.7"), Custom: map[string]string{"client": "vip", "blank": ""},
	}
}

func kyiv(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// show is a rule that shows pool p for target t1.
func show(id string, when swap.Group) swap.Rule {
	return swap.Rule{ID: id, Name: id, When: when, Show: []swap.Showing{{Target: "t1", Do: swap.Lease, Pool: "p"}}}
}

func all(conditions ...swap.Condition) swap.Group { return swap.Group{Conditions: conditions} }

func decide(t testing.TB, v swap.Visit, rules ...swap.Rule) []swap.Answer {
	t.Helper()
	plan, err := swap.New(rules, kyiv(t))
	if err != nil {
		t.Fatal(err)
	}
	return plan.Decide(v)
}

// Rules C-62, C-63 and C-64: what each field is, and how it is compared.
func TestConditions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		condition swap.Condition
		holds     bool
	}{
		"page, without its slash and case": {swap.Condition{Field: swap.Entry, Op: swap.Is, Values: []string{"/catalog/tea"}}, true},
		"page, with a slash in the rule":   {swap.Condition{Field: swap.Entry, Op: swap.Is, Values: []string{"/catalog/tea/"}}, true},
		"page begins":                      {swap.Condition{Field: swap.Entry, Op: swap.Begins, Values: []string{"/catalog/"}}, true},
		"page with a star":                 {swap.Condition{Field: swap.Entry, Op: swap.Matches, Values: []string{"/*/tea"}}, true},
		"page is not another":              {swap.Condition{Field: swap.Entry, Op: swap.Is, Values: []string{"/catalog"}}, false},
		"host":                             {swap.Condition{Field: swap.Host, Op: swap.Ends, Values: []string{".example"}}, true},
		"any parameter":                    {swap.Condition{Field: swap.Param, Name: "sort", Op: swap.Is, Values: []string{"name"}}, true},
		"parameter with another value":     {swap.Condition{Field: swap.Param, Name: "sort", Op: swap.Is, Values: []string{"rating"}}, false},
		"parameter that is empty is there": {swap.Condition{Field: swap.Param, Name: "empty", Op: swap.Present}, true},
		"parameter that is not there":      {swap.Condition{Field: swap.Param, Name: "gclid", Op: swap.Present}, false},
		"not there, and not wanted":        {swap.Condition{Field: swap.Param, Name: "gclid", Op: swap.Present, Not: true}, true},
		"source, one of two":               {swap.Condition{Field: swap.Source, Op: swap.Is, Values: []string{"yandex", "Google"}}, true},
		"campaign contains":                {swap.Condition{Field: swap.Campaign, Op: swap.Contains, Values: []string{"tea"}}, true},
		"type of traffic":                  {swap.Condition{Field: swap.Channel, Op: swap.Is, Values: []string{"paid search"}}, true},
		"region by its area code":          {swap.Condition{Field: swap.Region, Op: swap.Is, Values: []string{"495"}}, true},
		"region of another city":           {swap.Condition{Field: swap.Region, Op: swap.Is, Values: []string{"812"}}, false},
		"city in letters of any case":      {swap.Condition{Field: swap.City, Op: swap.Is, Values: []string{"москва"}}, true},
		"language of any country":          {swap.Condition{Field: swap.Language, Op: swap.Begins, Values: []string{"ru"}}, true},
		"the office":                       {swap.Condition{Field: swap.Address, Op: swap.In, Values: []string{"198.51.100.1", "203.0.113.0/24"}}, true},
		"not the office":                   {swap.Condition{Field: swap.Address, Op: swap.In, Values: []string{"203.0.113.0/24"}, Not: true}, false},
		"a cookie":                         {swap.Condition{Field: swap.Custom, Name: "client", Op: swap.Is, Values: []string{"VIP"}}, true},
		"a cookie that is empty is there":  {swap.Condition{Field: swap.Custom, Name: "blank", Op: swap.Present}, true},
		"a cookie that is not there":       {swap.Condition{Field: swap.Custom, Name: "other", Op: swap.Present}, false},
		"what is unknown is nothing":       {swap.Condition{Field: swap.Term, Op: swap.Present}, false},
		"what is unknown is not something": {swap.Condition{Field: swap.Term, Op: swap.Is, Values: []string{"tea"}, Not: true}, true},
		"stars match in order":             {swap.Condition{Field: swap.Campaign, Op: swap.Matches, Values: []string{"*tea*spring*"}}, false},
		"stars do not share letters":       {swap.Condition{Field: swap.Source, Op: swap.Matches, Values: []string{"google*gle"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := len(decide(t, visit(), show("r", all(c.condition)))) == 1; got != c.holds {
				t.Errorf("%+v holds: %t", c.condition, got)
			}
		})
	}
}

// Rule C-64: an address as it comes through IPv6 is the same address.
func TestAMappedAddressIsTheAddress(t *testing.T) {
	t.Parallel()
	v := visit()
	v.Address = netip.MustParseAddr("::ffff:203.0.113.7")
	if len(decide(t, v, show("r", all(swap.Condition{Field: swap.Address, Op: swap.In, Values: []string{"203.0.113.7"}})))) != 1 {
		t.Error("it is not in its own network")
	}
}

var (
	google  = swap.Condition{Field: swap.Source, Op: swap.Is, Values: []string{"google"}}
	yandex  = swap.Condition{Field: swap.Source, Op: swap.Is, Values: []string{"yandex"}}
	mobile  = swap.Condition{Field: swap.Device, Op: swap.Is, Values: []string{"mobile"}}
	desktop = swap.Condition{Field: swap.Device, Op: swap.Is, Values: []string{"desktop"}}
)

// Rule C-61: all of the conditions, or any of them; groups in groups.
func TestGroups(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		when  swap.Group
		holds bool
	}{
		"no condition":     {swap.Group{}, true},
		"both":             {all(google, mobile), true},
		"one of two fails": {all(google, desktop), false},
		"any":              {swap.Group{Any: true, Conditions: []swap.Condition{yandex, mobile}}, true},
		"none of any":      {swap.Group{Any: true, Conditions: []swap.Condition{yandex, desktop}}, false},
		"google and (desktop or mobile)": {swap.Group{Conditions: []swap.Condition{google}, Groups: []swap.Group{
			{Any: true, Conditions: []swap.Condition{desktop, mobile}},
		}}, true},
		"google and (desktop or yandex)": {swap.Group{Conditions: []swap.Condition{google}, Groups: []swap.Group{
			{Any: true, Conditions: []swap.Condition{desktop, yandex}},
		}}, false},
		"(google and desktop) or mobile": {swap.Group{Any: true, Conditions: []swap.Condition{mobile}, Groups: []swap.Group{all(google, desktop)}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := len(decide(t, visit(), show("r", c.when))) == 1; got != c.holds {
				t.Errorf("it holds: %t", got)
			}
		})
	}
}

// Rules C-60, C-65 and C-66: the first rule that fits decides, target by target.
func TestTheFirstRuleDecides(t *testing.T) {
	t.Parallel()
	off := show("off", swap.Group{})
	off.Off = true
	rules := []swap.Rule{
		off, show("unfit", all(yandex)),
		{ID: "vip", Name: "vip", When: all(google), Show: []swap.Showing{{Target: "t1", Do: swap.Fixed, Number: "+380443337700"}}},
		{ID: "rest", Name: "rest", Show: []swap.Showing{{Target: "t1", Do: swap.Lease, Pool: "p"}, {Target: "t2", Do: swap.Lease, Pool: "q"}, {Target: "t3", Do: swap.Keep}}},
	}
	want := []swap.Answer{
		{Target: "t1", Do: swap.Fixed, Number: "+380443337700", Rule: 3, RuleID: "vip"},
		{Target: "t2", Do: swap.Lease, Pool: "q", Rule: 4, RuleID: "rest"},
		{Target: "t3", Do: swap.Keep, Rule: 4, RuleID: "rest"},
	}
	if diff := cmp.Diff(want, decide(t, visit(), rules...)); diff != "" {
		t.Error(diff)
	}
	if got := decide(t, visit(), show("unfit", all(yandex))); len(got) != 0 {
		t.Errorf("no rule fits, and yet %v", got)
	}
	plan, err := swap.New(rules, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"t1", "t2", "t3"}, plan.Targets()); diff != "" {
		t.Error(diff)
	}
}

// Rule C-67: a schedule is by the clock of the project. Noon in Kyiv is 10:00 UTC in winter.
func TestScheduleIsInTheProjectsZone(t *testing.T) {
	t.Parallel()
	r := show("noon", swap.Group{})
	r.Schedule.Week = []dialplan.Shift{{Days: []dialplan.Day{"tue"}, Span: dialplan.Span{From: "12:00", To: "13:00"}}}
	for hour, fits := range map[int]bool{9: false, 10: true, 11: false} {
		v := visit()
		v.At = time.Date(2026, 3, 10, hour, 0, 0, 0, time.UTC)
		if got := len(decide(t, v, r)) == 1; got != fits {
			t.Errorf("at %d:00 UTC it fits: %t", hour, got)
		}
	}
}

// Rule C-68: the tester says which rule decided, and which condition held.
func TestExplanation(t *testing.T) {
	t.Parallel()
	off, late := show("off", swap.Group{}), show("late", swap.Group{})
	off.Off = true
	night := show("night", swap.Group{})
	night.Schedule.Week = []dialplan.Shift{{Days: []dialplan.Day{"tue"}, Span: dialplan.Span{From: "00:00", To: "06:00"}}}
	plan, err := swap.New([]swap.Rule{off, night, show("unfit", all(google, desktop)), show("right", all(google)), late}, kyiv(t))
	if err != nil {
		t.Fatal(err)
	}
	got := plan.Explain(visit())
	var outcomes []string
	for _, v := range got.Rules {
		outcomes = append(outcomes, v.RuleID+" "+string(v.Outcome))
	}
	if diff := cmp.Diff([]string{"off disabled", "night not_now", "unfit unfit", "right decided", "late too_late"}, outcomes); diff != "" {
		t.Error(diff)
	}
	want := swap.Tried{Conditions: []swap.TriedCondition{{Condition: google, Found: "google", Held: true}, {Condition: desktop, Found: "mobile"}}}
	if diff := cmp.Diff(want, got.Rules[2].When); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(plan.Decide(visit()), got.Answers); diff != "" {
		t.Error(diff)
	}
}

// Rule C-69: what cannot be followed is refused, and the error says where.
func TestWrongRulesAreRefused(t *testing.T) {
	t.Parallel()
	with := func(change func(*swap.Rule)) []swap.Rule {
		r := show("r", all(google))
		change(&r)
		return []swap.Rule{r}
	}
	deep := swap.Group{Conditions: []swap.Condition{google}}
	for range 3 {
		deep = swap.Group{Groups: []swap.Group{deep}}
	}
	for name, c := range map[string]struct {
		rules       []swap.Rule
		code, where string
	}{
		"two of an id":       {[]swap.Rule{show("r", all()), show("r", all())}, "swap.twice", "rules[1].id"},
		"no name":            {with(func(r *swap.Rule) { r.Name = " " }), "swap.bad_name", "rules[0].name"},
		"nothing shown":      {with(func(r *swap.Rule) { r.Show = nil }), "swap.bad_target", "rules[0].show"},
		"a target twice":     {with(func(r *swap.Rule) { r.Show = append(r.Show, r.Show[0]) }), "swap.twice", "rules[0].show[1].target"},
		"no pool":            {with(func(r *swap.Rule) { r.Show[0].Pool = "" }), "swap.bad_target", "rules[0].show[0].pool"},
		"no number":          {with(func(r *swap.Rule) { r.Show[0] = swap.Showing{Target: "t", Do: swap.Fixed} }), "swap.bad_target", "rules[0].show[0].number"},
		"a number of words":  {with(func(r *swap.Rule) { r.Show[0] = swap.Showing{Target: "t", Do: swap.Fixed, Number: "call us"} }), "swap.bad_target", "rules[0].show[0].number"},
		"an unknown field":   {with(func(r *swap.Rule) { r.When.Conditions[0].Field = "mood" }), "swap.bad_condition", "rules[0].when.conditions[0].field"},
		"an unknown op":      {with(func(r *swap.Rule) { r.When.Conditions[0].Op = "like" }), "swap.bad_condition", "rules[0].when.conditions[0].op"},
		"no values":          {with(func(r *swap.Rule) { r.When.Conditions[0].Values = nil }), "swap.bad_condition", "rules[0].when.conditions[0].values"},
		"an empty value":     {with(func(r *swap.Rule) { r.When.Conditions[0].Values = []string{" "} }), "swap.bad_condition", "rules[0].when.conditions[0].values[0]"},
		"a name too many":    {with(func(r *swap.Rule) { r.When.Conditions[0].Name = "x" }), "swap.bad_condition", "rules[0].when.conditions[0].name"},
		"a parameter's name": {with(func(r *swap.Rule) { r.When.Conditions[0].Field = swap.Param }), "swap.bad_condition", "rules[0].when.conditions[0].name"},
		"an address by text": {with(func(r *swap.Rule) { r.When.Conditions[0].Field = swap.Address }), "swap.bad_condition", "rules[0].when.conditions[0].op"},
		"no network": {with(func(r *swap.Rule) {
			r.When.Conditions[0] = swap.Condition{Field: swap.Address, Op: swap.In, Values: []string{"203.0.113.0/24", "office"}}
		}), "swap.bad_network", "rules[0].when.conditions[0].values[1]"},
		"an empty group": {with(func(r *swap.Rule) { r.When.Groups = []swap.Group{{}} }), "swap.bad_condition", "rules[0].when.groups[0]"},
		"too deep":       {with(func(r *swap.Rule) { r.When = deep }), "swap.too_many", "rules[0].when.groups[0].groups[0].groups[0]"},
		"a bad schedule": {with(func(r *swap.Rule) { r.Schedule.Week = []dialplan.Shift{{}} }), "", ""},
		"too many":       {make([]swap.Rule, swap.MostRules+1), "swap.too_many", "rules"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := swap.New(c.rules, time.UTC)
			if errs.KindOf(err) != errs.Invalid || c.code != "" && (errs.CodeOf(err) != c.code || !strings.HasPrefix(err.Error(), c.where+":")) {
				t.Errorf("%v", err)
			}
		})
	}
}

// The tester never says anything else than what happens, and no rule makes a decision panic (Rule C-68).
func TestTheTesterTellsTheTruth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var rules []swap.Rule
		for i := range rapid.IntRange(0, 6).Draw(t, "rules") {
			r := show(fmt.Sprint("r", i), randomGroup(t, 1))
			r.Off = rapid.Bool().Draw(t, "off")
			r.Show[0].Target = rapid.SampledFrom([]string{"t1", "t2"}).Draw(t, "target")
			rules = append(rules, r)
		}
		plan, err := swap.New(rules, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		v := visit()
		v.Landing = rapid.SampledFrom([]string{v.Landing, "", "::", "/tea?sort=1", "https://a.example"}).Draw(t, "landing")
		e := plan.Explain(v)
		if diff := cmp.Diff(plan.Decide(v), e.Answers); diff != "" {
			t.Fatal(diff)
		}
		seen := map[string]bool{}
		for i, verdict := range e.Rules {
			fits := verdict.When.Held && !rules[i].Off
			target := rules[i].Show[0].Target
			if first := fits && !seen[target]; first != (verdict.Outcome == swap.Decided) {
				t.Fatalf("rule %d is %s; fits %t", i, verdict.Outcome, fits)
			}
			seen[target] = seen[target] || fits
		}
	})
}

func randomGroup(t *rapid.T, depth int) swap.Group {
	g := swap.Group{Any: rapid.Bool().Draw(t, "any")}
	for range rapid.IntRange(1, 3).Draw(t, "conditions") {
		c := rapid.SampledFrom([]swap.Condition{google, yandex, mobile, desktop}).Draw(t, "condition")
		c.Op = rapid.SampledFrom([]swap.Op{swap.Is, swap.Contains, swap.Begins, swap.Ends, swap.Matches}).Draw(t, "op")
		c.Not = rapid.Bool().Draw(t, "not")
		g.Conditions = append(g.Conditions, c)
	}
	if depth < 3 && rapid.Bool().Draw(t, "inner") {
		g.Groups = []swap.Group{randomGroup(t, depth+1)}
	}
	return g
}
