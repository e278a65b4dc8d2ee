package tracking_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/errs"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/swap"
	"bellwether/internal/tracking"
)

func (h *house) do(fn func(ctx context.Context, tx *store.Tx) error) error {
	return h.core.Write(h.Context(), fn)
}

// Rules C-71 and C-72: a number is the project's own tracking number, and has one use.
func TestANumberHasOneUse(t *testing.T) {
	t.Parallel()
	each(t, 2, func(h *house) {
		ours, bank := h.permit("shop"), h.permit("bank")
		add := func(p access.Permit, numbers ...phone.Number) error {
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				return h.service.AddToPool(ctx, tx, p, h.pool.ID, numbers, h.now)
			})
		}
		sign := func(n phone.Number) error {
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				return h.service.SetSign(ctx, tx, ours, n, tracking.Sign{Name: "Poster", Source: "poster", Offline: true}, h.now)
			})
		}
		for name, c := range map[string]struct {
			err  error
			code string
		}{
			"in the pool already":  {add(ours, number(1)), "tracking.in_use"},
			"another project's":    {add(ours, "+380442222222"), "tracking.not_ours"},
			"nobody's":             {add(ours, "+380449999999"), "tracking.not_ours"},
			"no number":            {add(ours, "office"), "phone.invalid"},
			"another's pool":       {add(bank, "+380442222222"), "tracking.no_pool"},
			"a source, in a pool":  {sign(number(1)), "tracking.in_use"},
			"a second, of a list":  {add(ours, number(5), number(2)), "tracking.in_use"},
			"the first of a list":  {add(ours, number(5)), ""}, // nothing of the list was added
			"a source":             {sign(number(6)), ""},
			"a source, once again": {sign(number(6)), ""},
			"a pool, of a source":  {add(ours, number(6)), "tracking.in_use"},
		} {
			if (c.err == nil) != (c.code == "") || c.err != nil && errs.CodeOf(c.err) != c.code {
				t.Errorf("%s: %v", name, c.err)
			}
		}
	})
}

// Rule C-71: a number taken out rests for a day before it serves anything else.
func TestANumberTakenOutRests(t *testing.T) {
	t.Parallel()
	each(t, 1, func(h *house) {
		p := h.permit("shop")
		h.must(func(ctx context.Context, tx *store.Tx) error { return h.service.Retire(ctx, tx, p, number(1), h.now) })
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return h.service.AddToPool(ctx, tx, p, h.pool.ID, []phone.Number{number(1)}, h.now)
		})
		b := h.open("https://shop.example/", "")
		if b.send(tracking.PageHit); b.number() != "" {
			t.Errorf("it is leased at once: %s", b.number())
		}
		h.wait(24*time.Hour + time.Second)
		if b.send(tracking.PageHit); b.number() != number(1) {
			t.Errorf("after a day: %+v", b.Answer)
		}
		err := h.do(func(ctx context.Context, tx *store.Tx) error {
			return h.service.RemovePool(ctx, tx, p, h.pool.ID, h.now)
		})
		if errs.CodeOf(err) != "tracking.in_use" {
			t.Errorf("a pool that a rule names was removed: %v", err)
		}
	})
}

// Rule C-73: rules change from the version that was read, and open pages follow.
func TestRulesChangeOpenPages(t *testing.T) {
	t.Parallel()
	each(t, 2, func(h *house) {
		p := h.permit("shop")
		b := h.open("https://shop.example/", "")
		b.send(tracking.PageHit)
		set := func(basis int64, rules ...swap.Rule) error {
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				_, err := h.service.SetRules(ctx, tx, p, h.site.ID, rules, basis, h.now)
				return err
			})
		}
		fixed := swap.Rule{ID: "all", Name: "One for all", Show: []swap.Showing{{Target: "t1", Do: swap.Fixed, Number: number(9)}}}
		if err := set(1, fixed); err != nil {
			t.Fatal(err)
		}
		if err := set(1, h.everybody()); errs.CodeOf(err) != "tracking.rules_changed" {
			t.Errorf("who was slower: %v", err)
		}
		h.wait(2 * time.Second)
		if b.send(tracking.BeatHit); b.number() != number(9) {
			t.Errorf("the open page shows %s", b.number())
		}
		unknown, elsewhere := h.everybody(), h.everybody()
		unknown.Show[0].Pool, elsewhere.Show[0].Target = "nowhere", "t2"
		notOurs := fixed
		notOurs.Show = []swap.Showing{{Target: "t1", Do: swap.Fixed, Number: "+380442222222"}}
		for name, c := range map[string]struct {
			rule swap.Rule
			code string
		}{"no pool": {unknown, "tracking.bad_rules"}, "no target": {elsewhere, "tracking.bad_rules"}, "another's number": {notOurs, "tracking.not_ours"}} {
			if err := set(2, c.rule); errs.CodeOf(err) != c.code || !strings.HasPrefix(err.Error(), "rules[0].show[0]") {
				t.Errorf("%s: %v", name, err)
			}
		}
		history, err := tracking.History(h.Context(), h.core, "shop", h.site.ID)
		if err != nil || len(history) != 2 || history[0].Version != 2 || history[1].Rules[0].Name != "Everybody" {
			t.Errorf("%+v, %v", history, err)
		}
	})
}

// Rule C-70: a site that cannot be one is refused with its place; another project's is unreachable, one switched off unknown.
func TestSites(t *testing.T) {
	t.Parallel()
	each(t, 1, func(h *house) {
		p := h.permit("shop")
		for where, change := range map[string]func(*tracking.Site){
			"name":                  func(s *tracking.Site) { s.Name = "" },
			"hosts":                 func(s *tracking.Site) { s.Hosts = nil },
			"hosts[0]":              func(s *tracking.Site) { s.Hosts = []string{"shop example"} },
			"consent":               func(s *tracking.Site) { s.Consent = "perhaps" },
			"features[0]":           func(s *tracking.Site) { s.Features = []string{"mind"} },
			"targets":               func(s *tracking.Site) { s.Targets = nil },
			"targets[0].id":         func(s *tracking.Site) { s.Targets[0].ID = "T 1" },
			"targets[0].numbers":    func(s *tracking.Site) { s.Targets[0].Numbers = nil },
			"targets[0].numbers[0]": func(s *tracking.Site) { s.Targets[0].Numbers = []phone.Number{"sales"} },
			"domain":                func(s *tracking.Site) { s.Domain = "other.example" },
			"collector":             func(s *tracking.Site) { s.Domain, s.Collector = "shop.example", "t.other.example" },
			"gpc":                   func(s *tracking.Site) { s.GPC = 7 },
		} {
			s := site()
			change(&s)
			err := h.do(func(ctx context.Context, tx *store.Tx) error {
				_, err := h.service.AddSite(ctx, tx, p, s, h.now)
				return err
			})
			if errs.CodeOf(err) != "tracking.bad_site" || !strings.HasPrefix(err.Error(), where+":") {
				t.Errorf("%s: %v", where, err)
			}
		}
		www := h.site
		www.Domain, www.Collector = "shop.example", "WWW.shop.example"
		h.must(func(ctx context.Context, tx *store.Tx) (err error) {
			www, err = h.service.EditSite(ctx, tx, p, www, h.now)
			return err
		})
		if www.Collector != "www.shop.example" { // the host without it may be another server
			t.Errorf("the site's own host is kept as %q", www.Collector)
		}
		edited := h.site
		edited.Off = true
		foreign := h.do(func(ctx context.Context, tx *store.Tx) error {
			_, err := h.service.EditSite(ctx, tx, h.permit("bank"), edited, h.now)
			return err
		})
		if errs.CodeOf(foreign) != "tracking.no_site" {
			t.Errorf("another project's site: %v", foreign)
		}
		h.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := h.service.EditSite(ctx, tx, p, edited, h.now)
			return err
		})
		h.wait(2 * time.Second)
		if _, err := h.open("https://shop.example/", "").try(tracking.PageHit); errs.KindOf(err) != errs.NotFound {
			t.Errorf("a site that is switched off: %v", err)
		}
	})
}
