package trunk_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/number"
	"bellwether/internal/phone"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/trunk"
	"bellwether/internal/vault"

	"github.com/google/go-cmp/cmp"
)

var (
	noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	shop = ident.ProjectOrg("shop")
	bank = ident.ProjectOrg("bank")
)

// house has the projects shop and bank; the shop brought +380441111111, the operator's stock has +380442222222.
type house struct {
	*testing.T
	db    *store.DB
	trunk *trunk.Service
}

func newHouse(t *testing.T, db *store.DB) *house {
	t.Helper()
	line, err := vault.NewKey(rand.Reader, "k1")
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{T: t, db: db, trunk: trunk.New(db, v, rand.Reader)}
	b := billing.New(pricebook.Shipped())
	numbers := number.New(db, b)
	h.must(func(ctx context.Context, tx *store.Tx) error {
		for _, id := range []ident.ProjectID{"shop", "bank"} {
			opening := project.Opening{ID: id, Name: string(id), Country: "UA", TimeZone: "Europe/Kyiv", Book: "ringostat"}
			if _, err := b.Open(ctx, tx, opening, 0, noon); err != nil {
				return err
			}
		}
		own := pricing.Number{Number: "+380441111111", Kind: "local", Use: "pbx"}
		if _, err := numbers.Bring(ctx, tx, "shop", own, "", "test", noon); err != nil {
			return err
		}
		return numbers.Add(ctx, tx, []number.Item{{Line: 1, Number: "+380442222222"}}, "test", noon)
	})
	return h
}

func (h *house) do(fn func(ctx context.Context, tx *store.Tx) error) error {
	return h.db.Write(h.Context(), fn)
}

func (h *house) must(fn func(ctx context.Context, tx *store.Tx) error) {
	h.Helper()
	if err := h.do(fn); err != nil {
		h.Fatal(err)
	}
}

func (h *house) permit(org ident.Org) access.Permit {
	h.Helper()
	p, err := access.NewGate(h.db).Enter(h.Context(), access.ByKey(account.Key{ID: "test", Scope: account.Operator}, audit.Program("test")), org, noon)
	if err != nil {
		h.Fatal(err)
	}
	return p
}

// registering is a trunk that can be.
func registering(name string) trunk.Trunk {
	return trunk.Trunk{
		Name: name, Enabled: true, Priority: 10, Mode: trunk.ByRegistration, Transport: trunk.UDP, Server: "sip.carrier.example", User: "u" + name,
		Out: trunk.Format{Style: trunk.E164}, In: trunk.Format{Style: trunk.E164}, Policy: trunk.AnyCaller,
	}
}

func (h *house) add(org ident.Org, t trunk.Trunk) (made trunk.Trunk, err error) {
	p := h.permit(org)
	return made, h.do(func(ctx context.Context, tx *store.Tx) error {
		made, err = h.trunk.Add(ctx, tx, p, t, "a bell", noon)
		return err
	})
}

func (h *house) added(org ident.Org, t trunk.Trunk) trunk.Trunk {
	h.Helper()
	made, err := h.add(org, t)
	if err != nil {
		h.Fatal(err)
	}
	return made
}

// Rule T-54.
func TestTrunks(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		made := h.added(shop, registering("one"))
		got, err := trunk.Get(t.Context(), db, "shop", made.ID)
		if diff := cmp.Diff(made, got); diff != "" || err != nil {
			t.Errorf("read again: %v\n%s", err, diff)
		}
		for _, other := range []ident.ProjectID{"", "bank"} {
			if _, err := trunk.Get(t.Context(), db, other, made.ID); errs.KindOf(err) != errs.NotFound {
				t.Errorf("%q finds it: %v", other, err)
			}
		}
		if p, err := h.trunk.Password(t.Context(), made.ID); p != "a bell" || err != nil {
			t.Errorf("the password is %q, %v", p, err)
		}
		var secret string
		if err := db.QueryRow(t.Context(), `SELECT secret || body FROM trunk_line`).Scan(&secret); err != nil || strings.Contains(secret, "a bell") {
			t.Errorf("the database tells the password: %v", err)
		}
		made.Server = "sip.elsewhere.example"
		p := h.permit(shop)
		edit := func(password string) error {
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				_, err := h.trunk.Edit(ctx, tx, p, made, password, noon)
				return err
			})
		}
		if err := edit(""); errs.CodeOf(err) != "trunk.bad_setting" {
			t.Errorf("the password goes to another server: %v", err)
		}
		if err := edit("another"); err != nil {
			t.Error(err)
		}
	})
}

// Rule T-54: what a trunk cannot be.
func TestBadTrunks(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t))
	address := func(ranges ...string) func(*trunk.Trunk) {
		return func(t *trunk.Trunk) { t.Mode, t.Addresses = trunk.ByAddress, ranges }
	}
	for name, c := range map[string]struct {
		change func(*trunk.Trunk)
		field  string
	}{
		"no name":                {func(t *trunk.Trunk) { t.Name = " " }, "name"},
		"no server":              {func(t *trunk.Trunk) { t.Server = "" }, "server"},
		"a path":                 {func(t *trunk.Trunk) { t.Server = "sip.example/x" }, "server"},
		"an injected header":     {func(t *trunk.Trunk) { t.Server = "sip.example\r\nVia: x" }, "server"},
		"port 0":                 {func(t *trunk.Trunk) { t.Server = "sip.example:0" }, "server"},
		"this machine":           {func(t *trunk.Trunk) { t.Server = "127.0.0.1:5060" }, "server"},
		"localhost":              {func(t *trunk.Trunk) { t.Server = "LOCALHOST" }, "server"},
		"the metadata":           {func(t *trunk.Trunk) { t.Server = "169.254.169.254" }, "server"},
		"a private IPv6":         {func(t *trunk.Trunk) { t.Server = "[fd00::1]:5060" }, "server"},
		"no user":                {func(t *trunk.Trunk) { t.User = "" }, "user"},
		"a user with a host":     {func(t *trunk.Trunk) { t.User = "a@b" }, "user"},
		"no addresses":           {address(), "addresses"},
		"everybody":              {address("0.0.0.0/0"), "addresses"},
		"a private range":        {address("10.1.0.0/24"), "addresses"},
		"a provider's range":     {address("198.51.0.0/23"), "addresses"},
		"a word for an address":  {address("carrier"), "addresses"},
		"a prefix of letters":    {func(t *trunk.Trunk) { t.Prefixes = []string{"38a"} }, "prefixes"},
		"an unknown transport":   {func(t *trunk.Trunk) { t.Transport = "sctp" }, "transport"},
		"home without a country": {func(t *trunk.Trunk) { t.Out.Style = trunk.National }, "out"},
		"no style":               {func(t *trunk.Trunk) { t.In.Style = "" }, "in"},
		"no fixed number":        {func(t *trunk.Trunk) { t.Policy = trunk.FixedCaller }, "caller"},
		"too many channels":      {func(t *trunk.Trunk) { t.MostChannels = 1_000_000 }, "most_channels"},
	} {
		wish := registering("x")
		c.change(&wish)
		_, err := h.add(shop, wish)
		if e := (&errs.Error{}); errs.KindOf(err) != errs.Invalid || !asError(err, &e) || e.Where != c.field {
			t.Errorf("%s: %v, want something about %s", name, err, c.field)
		}
	}
	inside := registering("inside")
	inside.Server = "10.0.0.7:5060"
	if _, err := h.add(ident.Operator, inside); err != nil {
		t.Errorf("the operator's own network: %v", err)
	}
}

func asError(err error, to **errs.Error) bool {
	e, ok := err.(*errs.Error)
	if ok {
		*to = e
	}
	return ok
}

// Rule T-55: the project's own first, then the longer prefix, then the priority; what is down comes last.
func TestWaysOut(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		wish := func(org ident.Org, name string, priority int, prefixes ...string) trunk.Trunk {
			w := registering(name)
			w.Priority, w.Prefixes = priority, prefixes
			return h.added(org, w)
		}
		wish(ident.Operator, "all", 1)
		wish(ident.Operator, "ukraine", 5, "380")
		wish(ident.Operator, "mobile", 9, "38067", "38063")
		wish(ident.Operator, "poland", 1, "48")
		wish(shop, "own", 100)
		wish(bank, "theirs", 0)
		off := registering("off")
		off.Enabled = false
		h.added(ident.Operator, off)
		order := func(to phone.Number) string {
			h.trunk.Changed()
			ways, err := h.trunk.Out(t.Context(), "shop", to, "", noon)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, w := range ways {
				names = append(names, w.Trunk.Name)
			}
			return strings.Join(names, " ")
		}
		for to, want := range map[phone.Number]string{
			"+380671234567": "own mobile ukraine all", "+380441234567": "own ukraine all", "+48221234567": "own poland all", "+15551234567": "own all",
		} {
			if got := order(to); got != want {
				t.Errorf("%s leaves over %q, want %q", to, got, want)
			}
		}
		all, err := trunk.OfProject(t.Context(), db, "shop")
		if err != nil {
			t.Fatal(err)
		}
		if err := h.trunk.Report(t.Context(), all[0].ID, false, "503 Service Unavailable", "n1", noon); err != nil {
			t.Fatal(err)
		}
		if got := order("+380671234567"); got != "mobile ukraine all own" {
			t.Errorf("with the own one down: %q", got)
		}
	})
}

// Rules T-55, T-56, T-57.
func TestNumbers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		picky := registering("picky")
		picky.Policy = trunk.OwnCaller
		own := h.added(shop, picky)
		carry := func(org ident.Org, id trunk.ID, n string) error {
			p := h.permit(org)
			return h.do(func(ctx context.Context, tx *store.Tx) error { return h.trunk.Carry(ctx, tx, p, id, n, 3, noon) })
		}
		ways := func(caller phone.Number) int {
			h.trunk.Changed()
			list, err := h.trunk.Out(t.Context(), "shop", "+380671234567", caller, noon)
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		if n := ways("+380441111111"); n != 0 {
			t.Errorf("%d ways for a number nobody carries", n)
		}
		if err := carry(shop, own.ID, "+380441111111"); err != nil {
			t.Fatal(err)
		}
		if n := ways("+380441111111"); n != 1 {
			t.Errorf("%d ways for the number it carries", n)
		}
		if c, ok, err := trunk.Of(t.Context(), db, "+380441111111"); !ok || err != nil || c != (trunk.Carried{Number: "+380441111111", Trunk: own.ID, Most: 3}) {
			t.Errorf("carried: %+v, %v", c, err)
		}
		if err := carry(shop, own.ID, "+380442222222"); errs.CodeOf(err) != "trunk.no_number" {
			t.Errorf("a project takes the operator's number: %v", err)
		}
		if err := carry(bank, own.ID, "+380441111111"); errs.CodeOf(err) != "trunk.none" {
			t.Errorf("another project's trunk: %v", err)
		}
		house := h.added(ident.Operator, registering("house"))
		if err := carry(ident.Operator, house.ID, "+380441111111"); err != nil {
			t.Fatal(err)
		}
		if c, _, _ := trunk.Of(t.Context(), db, "+380441111111"); c.Trunk != house.ID {
			t.Errorf("two trunks carry a number: %+v", c)
		}
	})
}

// Rule T-56, worked.
func TestFormats(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		format trunk.Format
		n      phone.Number
		want   string
	}{
		{trunk.Format{Style: trunk.E164}, "+380441234567", "+380441234567"},
		{trunk.Format{Style: trunk.Digits}, "+380441234567", "380441234567"},
		{trunk.Format{Style: trunk.Digits, Prefix: "9#"}, "+380441234567", "9#380441234567"},
		{trunk.Format{Style: trunk.National, Country: "UA"}, "+380441234567", "0441234567"},
		{trunk.Format{Style: trunk.National, Country: "RU"}, "+74951234567", "84951234567"},
		{trunk.Format{Style: trunk.National, Country: "UA"}, "+48221234567", "0048221234567"},
	} {
		if got := c.format.Write(c.n); got != c.want {
			t.Errorf("%s in %+v is %q, want %q", c.n, c.format, got, c.want)
		}
		if back, err := c.format.Read(c.want); back != c.n || err != nil {
			t.Errorf("%q in %+v reads as %q, %v", c.want, c.format, back, err)
		}
	}
	if n, err := (trunk.Format{Style: trunk.Digits}).Read("+380441234567"); n != "+380441234567" || err != nil {
		t.Errorf("a plus where digits are usual: %q, %v", n, err)
	}
	for _, text := range []string{"", "anonymous", "<script>", "sip:x"} {
		if _, err := (trunk.Format{Style: trunk.Digits}).Read(text); errs.CodeOf(err) != "trunk.bad_number" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Rule T-58: up at first is no news; each change is, once.
func TestHealth(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		house, own := h.added(ident.Operator, registering("house")), h.added(shop, registering("own"))
		var told []string
		news := event.NewDispatcher(db, event.Options{Node: "test"}, event.Subscriber{Name: "t", Topics: []string{"trunk."}, Handle: func(_ context.Context, e event.Event) error {
			told = append(told, string(e.Project)+" "+e.Topic)
			return nil
		}})
		at := noon
		report := func(id trunk.ID, up bool, reason string) {
			at = at.Add(10 * time.Second)
			if err := h.trunk.Report(t.Context(), id, up, reason, "n1", at); err != nil {
				t.Fatal(err)
			}
		}
		report(house.ID, true, "")
		report(house.ID, false, "408 Request Timeout")
		report(house.ID, false, "408 Request Timeout")
		report(house.ID, true, "")
		report(own.ID, false, "403 \x1b[31mForbidden")
		for range 20 {
			if _, err := news.Step(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff([]string{" trunk.down", " trunk.up", "shop trunk.down"}, told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
		got, err := trunk.HealthOf(t.Context(), db, house.ID)
		if err != nil || !got.Up || !got.Since.Equal(noon.Add(40*time.Second)) || got.Reason != "408 Request Timeout" || !got.ErrorAt.Equal(noon.Add(20*time.Second)) {
			t.Errorf("health: %+v, %v", got, err)
		}
		if got, _ := trunk.HealthOf(t.Context(), db, own.ID); got.Reason != "403 [31mForbidden" {
			t.Errorf("the reason is %q", got.Reason)
		}
	})
}

// watchStep is what a node sees of a trunk and, a moment later, what whoever watches tells people.
type watchStep struct {
	after time.Duration // noon
	up    bool
	want  string // "dead", "back" or nothing
}

func (h *house) watch(id trunk.ID, steps []watchStep) {
	h.Helper()
	for _, s := range steps {
		at, told := noon.Add(s.after), ""
		if err := h.trunk.Report(h.Context(), id, s.up, "408 Request Timeout", "n1", at); err != nil {
			h.Fatal(err)
		}
		for range 2 { // a second look has nothing to say
			_, err := h.trunk.Watch(h.Context(), at, func(_ context.Context, _ *store.Tx, a trunk.Alert) error {
				told += map[bool]string{false: "dead", true: "back"}[a.Back]
				return nil
			})
			if err != nil {
				h.Fatal(err)
			}
		}
		if told != s.want {
			h.Errorf("after %s: told %q, want %q", s.after, told, s.want)
		}
	}
}

// Rule T-59: one alert for a trunk that stays down, also where it comes and goes, and one when it is well again.
func TestDeadTrunk(t *testing.T) {
	t.Parallel()
	s, m := time.Second, time.Minute
	for name, steps := range map[string][]watchStep{
		"a blip is nothing":   {{0, true, ""}, {m, false, ""}, {m + 10*s, true, ""}, {4 * m, true, ""}, {7 * m, true, ""}, {60 * m, false, ""}},
		"stays down":          {{0, true, ""}, {m, false, ""}, {3*m - s, false, ""}, {3 * m, false, "dead"}, {5 * m, false, ""}, {50 * m, true, ""}, {55*m - s, true, ""}, {55 * m, true, "back"}, {60 * m, false, ""}},
		"down from the start": {{0, false, ""}, {m, false, ""}, {2 * m, false, "dead"}},
		"comes and goes": {
			{0, true, ""},
			{m, false, ""},
			{2 * m, true, ""},
			{3 * m, false, "dead"},
			{4 * m, true, ""},
			{5 * m, false, ""},
			{8 * m, true, ""},
			{12 * m, false, ""},
			{13 * m, true, ""},
			{18 * m, true, "back"},
			{19 * m, false, ""},
			{21 * m, false, "dead"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				h := newHouse(t, db)
				h.watch(h.added(shop, registering("own")).ID, steps)
			})
		})
	}
}

// Rule T-59: who is told is the trunk's owner, and a trunk that is switched off, or that nobody looks at, is told of to nobody.
func TestDeadLines(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		own, house := h.added(shop, registering("own")), h.added(ident.Operator, registering("house"))
		h.watch(own.ID, []watchStep{{0, false, ""}, {2 * time.Minute, false, "dead"}})
		h.watch(house.ID, []watchStep{{0, false, ""}})
		dead := func(org ident.Org) string {
			lines, err := trunk.DeadLines(t.Context(), db, org.Project())
			if err != nil || len(lines) > 1 {
				t.Fatal(lines, err)
			}
			for _, l := range lines {
				return l.Trunk.Name + " " + l.Health.Reason
			}
			return ""
		}
		if got := dead(shop); got != "own 408 Request Timeout" {
			t.Errorf("the shop's: %q", got)
		}
		if got := dead(bank) + dead(ident.Operator); got != "" {
			t.Errorf("of others: %q", got)
		}
		nobody := func(context.Context, *store.Tx, trunk.Alert) error { t.Error("told"); return nil }
		if _, err := h.trunk.Watch(t.Context(), noon.Add(time.Hour), nobody); err != nil { // no node has said anything of the operator's for an hour
			t.Error(err)
		}
		own.Enabled = false
		h.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := h.trunk.Edit(ctx, tx, h.permit(shop), own, "", noon)
			return err
		})
		if n, err := trunk.CountDead(t.Context(), db); n != 0 || err != nil || dead(shop) != "" {
			t.Errorf("switched off, and still %d: %q, %v", n, dead(shop), err)
		}
	})
}

// Rule T-58: where one node reaches a trunk and another does not it is up, until the first has nothing more to say.
func TestTrunkOfTwoNodes(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t))
	id := h.added(shop, registering("own")).ID
	for i, step := range []struct {
		node     string
		after    time.Duration
		up, want bool
	}{{"n1", 0, true, true}, {"n2", time.Second, false, true}, {"n1", time.Minute, true, true}, {"n2", 2 * time.Minute, false, true}, {"n2", 5 * time.Minute, false, false}, {"n1", 6 * time.Minute, true, true}} {
		if err := h.trunk.Report(t.Context(), id, step.up, "", step.node, noon.Add(step.after)); err != nil {
			t.Fatal(err)
		}
		if got, err := trunk.HealthOf(t.Context(), h.db, id); err != nil || got.Up != step.want {
			t.Errorf("step %d: %+v, %v", i, got, err)
		}
	}
}
