package trunk_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/trunk"
)

// Rule T-10: a project's trunk shows no number that the project does not hold: neither when it is written down, nor when the number has
// gone since.
func TestFixedCaller(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		showing := func(n phone.Number) trunk.Trunk {
			w := registering("fixed")
			w.Policy, w.Caller = trunk.FixedCaller, n
			return w
		}
		for _, n := range []phone.Number{"+380442222222", "+380443333333", "+380501234567"} { // free, unknown, a stranger's
			if _, err := h.add(shop, showing(n)); errs.CodeOf(err) != "trunk.no_number" {
				t.Errorf("a trunk that shows %s: %v", n, err)
			}
		}
		if _, err := h.add(bank, showing("+380441111111")); errs.CodeOf(err) != "trunk.no_number" {
			t.Errorf("another project's number: %v", err)
		}
		h.added(ident.Operator, showing("+380501234567"))
		own := h.added(shop, showing("+380441111111"))
		p := h.permit(shop)
		err := h.do(func(ctx context.Context, tx *store.Tx) error {
			other := own
			other.Caller = "+380442222222"
			_, err := h.trunk.Edit(ctx, tx, p, other, "", noon)
			return err
		})
		if errs.CodeOf(err) != "trunk.no_number" {
			t.Errorf("the number is changed to one that is free: %v", err)
		}
		shown := func() (from []string) {
			h.trunk.Changed()
			ways, err := h.trunk.Out(t.Context(), "shop", "+380671234567", "", noon)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range ways {
				from = append(from, w.From)
			}
			return from
		}
		if got := shown(); !slices.Equal(got, []string{"+380441111111", "+380501234567"}) {
			t.Errorf("shown: %v", got)
		}
		h.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE number_registry SET project_id = 'bank' WHERE number = '+380441111111'`)
			return err
		})
		if got := shown(); !slices.Equal(got, []string{"+380501234567"}) {
			t.Errorf("shown once the number is another's: %v", got)
		}
	})
}

// Rules T-12 and T-56: the emergency services are called over any trunk, by the digits that were dialled.
func TestWaysToEmergency(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t))
	wish := func(org ident.Org, name string, change func(*trunk.Trunk)) {
		w := registering(name)
		change(&w)
		h.added(org, w)
	}
	wish(ident.Operator, "plain", func(w *trunk.Trunk) { w.Priority = 50 })
	wish(ident.Operator, "national", func(w *trunk.Trunk) {
		w.Out, w.Priority = trunk.Format{Style: trunk.National, Country: "UA", Prefix: "9#"}, 10
	})
	wish(ident.Operator, "mobile", func(w *trunk.Trunk) { w.Prefixes, w.Priority = []string{"38067"}, 20 })
	wish(ident.Operator, "picky", func(w *trunk.Trunk) { w.Policy, w.Priority = trunk.OwnCaller, 30 })
	wish(ident.Operator, "fixed", func(w *trunk.Trunk) { w.Policy, w.Caller, w.Priority = trunk.FixedCaller, "+380441234567", 40 })
	wish(shop, "own", func(w *trunk.Trunk) { w.Prefixes, w.Priority = []string{"380"}, 100 })
	wish(bank, "theirs", func(*trunk.Trunk) {})
	for caller, want := range map[phone.Number]string{
		"":              "own: 112 from, national: 112 from, mobile: 112 from, picky: 112 from, fixed: 112 from +380441234567, plain: 112 from",
		"+380441111111": "own: 112 from +380441111111, national: 112 from 9#0441111111, mobile: 112 from +380441111111, picky: 112 from +380441111111, fixed: 112 from +380441234567, plain: 112 from +380441111111",
	} {
		ways, err := h.trunk.ToEmergency(t.Context(), "shop", "112", caller, noon)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, w := range ways {
			got = append(got, strings.TrimSpace(w.Trunk.Name+": "+w.To+" from "+w.From))
		}
		if text := strings.Join(got, ", "); text != want {
			t.Errorf("%q calls 112 over %s\nwant %s", caller, text, want)
		}
	}
}
