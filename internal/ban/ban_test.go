package ban_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/ban"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// house is a database of an installation.
type house struct {
	*testing.T
	db *store.DB
}

func (h house) do(fn func(ctx context.Context, tx *store.Tx) error) error {
	h.Helper()
	return h.db.Write(context.Background(), fn)
}

func (h house) must(fn func(ctx context.Context, tx *store.Tx) error) {
	h.Helper()
	if err := h.do(fn); err != nil {
		h.Fatal(err)
	}
}

func (h house) list(at time.Time) []ban.Held {
	h.Helper()
	list, err := ban.List(context.Background(), h.db, at)
	if err != nil {
		h.Fatal(err)
	}
	return list
}

// operator is the permit of whoever runs the installation.
func (h house) operator(org ident.Org) access.Permit {
	h.Helper()
	p, err := access.NewGate(h.db).Enter(context.Background(), access.ByKey(account.Key{ID: "test", Scope: account.Operator}, audit.Program("test")), org, noon)
	if err != nil {
		h.Fatal(err)
	}
	return p
}

func held(node, source, why string, since time.Duration) ban.Held {
	return ban.Held{Node: node, Source: netip.MustParseAddr(source), Why: why, Since: noon.Add(since), Until: noon.Add(since + 15*time.Minute), Times: 1}
}

// Rule T-127: nodes say whom they shut out; an operator lets a source in on all of them, until it misbehaves again.
func TestRelease(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := house{t, db}
		first, second := held("n1", "203.0.113.9", "scanner", -time.Minute), held("n2", "203.0.113.9", "wrong_password", -2*time.Minute)
		gone := held("n2", "2001:db8::1", "malformed", -20*time.Minute)
		h.must(func(ctx context.Context, tx *store.Tx) error {
			if err := ban.Say(ctx, tx, "n1", []ban.Held{first}, noon.Add(-time.Hour)); err != nil {
				return err
			}
			return ban.Say(ctx, tx, "n2", []ban.Held{second, gone}, noon.Add(-time.Hour))
		})
		if diff := cmp.Diff([]ban.Held{first, second}, h.list(noon), cmpopts.EquateComparable(netip.Addr{})); diff != "" {
			t.Error(diff)
		}
		p := h.operator(ident.Operator)
		release := func(source string) error {
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				return ban.Release(ctx, tx, p, netip.MustParseAddr(source), noon)
			})
		}
		if err := release("203.0.113.9"); err != nil {
			t.Fatal(err)
		}
		if err := release("203.0.113.9"); errs.CodeOf(err) != "ban.none" {
			t.Errorf("released twice: %v", err)
		}
		if err := release("2001:db8::1"); errs.CodeOf(err) != "ban.none" {
			t.Errorf("what is over is released: %v", err)
		}
		for _, node := range []string{"n1", "n2"} {
			if got, err := ban.Released(t.Context(), db, node); err != nil || len(got) != 1 || got[0] != first.Source {
				t.Errorf("%s lets in %v, %v", node, got, err)
			}
		}
		h.must(func(ctx context.Context, tx *store.Tx) error { return ban.Say(ctx, tx, "n1", []ban.Held{first}, noon) })
		if got := h.list(noon); len(got) != 1 || got[0].Node != "n1" {
			t.Errorf("shut out again: %+v", got)
		}
	})
}

// Rule T-127: what is never shut out is an address or a range that is not too wide, once on the list.
func TestSpare(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := house{t, db}
		p := h.operator(ident.Operator)
		spare := func(text, words string) (s ban.Spared, err error) {
			err = h.do(func(ctx context.Context, tx *store.Tx) (err error) {
				s, err = ban.Spare(ctx, tx, p, text, words, noon)
				return err
			})
			return s, err
		}
		for text, want := range map[string]string{
			" 192.0.2.7 ": "192.0.2.7/32", "198.51.100.77/24": "198.51.100.0/24", "2001:db8::/32": "2001:db8::/32", "::ffff:192.0.2.8": "192.0.2.8/32",
		} {
			if s, err := spare(text, "office"); err != nil || s.Prefix.String() != want {
				t.Errorf("%q: %s, %v", text, s.Prefix, err)
			}
		}
		for text, code := range map[string]string{
			"": "ban.bad_range", "0.0.0.0/0": "ban.bad_range", "10.0.0.0/8": "ban.bad_range", "2001:db8::/31": "ban.bad_range", "fe80::1%eth0": "ban.bad_range", "office": "ban.bad_range",
			"192.0.2.7": "ban.spared_already",
		} {
			if _, err := spare(text, ""); errs.CodeOf(err) != code {
				t.Errorf("%q: %v, want %s", text, err, code)
			}
		}
		if _, err := spare("192.0.2.9", strings.Repeat("ї", 101)); errs.CodeOf(err) != "ban.bad_note" {
			t.Errorf("a long note: %v", err)
		}
		drop := func(text string) error {
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				return ban.Unspare(ctx, tx, p, text, noon)
			})
		}
		if err := drop("198.51.100.0/24"); err != nil {
			t.Error(err)
		}
		if err := drop("198.51.100.0/24"); errs.CodeOf(err) != "ban.not_spared" {
			t.Errorf("dropped twice: %v", err)
		}
		list, err := ban.SparedList(t.Context(), db)
		if err != nil || len(list) != 3 || list[0].Note != "office" {
			t.Errorf("%+v, %v", list, err)
		}
	})
}
