package call_test

import (
	"context"
	"testing"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/call"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// sees gives the ids of the calls that somebody sees, the newest first.
func (h *house) sees(who account.UserID) (ids []call.ID) {
	h.Helper()
	for _, c := range h.list(h.look(who), call.Filter{}) {
		ids = append(ids, c.ID)
	}
	return ids
}

// Rule T-101: Bob's calls become Ann's, then nobody's, so that Cat sees them too; others' calls stay whose they are.
func TestHandOver(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		byAnn := h.log(told{at: at(0), client: client, status: call.Answered, who: person("ann", h.ann), talk: 60})
		byBob := h.log(told{at: at(10), client: client, status: call.Answered, who: person("bob", h.bob), talk: 60})
		tried := h.log(told{at: at(20), out: true, client: other, status: call.NoAnswer, who: person("bob", h.bob), wait: 9})
		for _, step := range []struct {
			org      ident.Org
			from, to account.UserID
			ann, cat []call.ID
		}{
			{ident.ProjectOrg("bank"), h.bob, h.ann, []call.ID{byAnn}, nil},
			{ident.Operator, h.bob, h.ann, []call.ID{byAnn}, nil},
			{shop, "", h.cat, []call.ID{byAnn}, nil},
			{shop, h.bob, h.ann, []call.ID{tried, byBob, byAnn}, nil},
			{shop, h.ann, "", []call.ID{tried, byBob, byAnn}, []call.ID{tried, byBob, byAnn}},
		} {
			h.must(func(ctx context.Context, tx *store.Tx) error {
				return call.HandOver(ctx, tx, step.org, step.from, step.to)
			})
			if diff := cmp.Diff([][]call.ID{step.ann, step.cat}, [][]call.ID{h.sees(h.ann), h.sees(h.cat)}); diff != "" {
				t.Errorf("%+v: %s", step, diff)
			}
		}
		if who := h.get(byBob).Person.Name; who != "bob" {
			t.Errorf("%q spoke", who)
		}
	})
}

// Rule T-101: a call that goes on when Bob is shut out stays Ann's at its end, though its report still says that Bob talked; one that Cat
// took over then is Cat's.
func TestHandOverOfWhatGoesOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		kept, passedOn := call.IDAt(noon, 1), call.IDAt(noon, 2)
		for _, id := range []call.ID{kept, passedOn} {
			h.must(func(ctx context.Context, tx *store.Tx) error {
				return call.Open(ctx, tx, call.Opening{Project: "shop", ID: id, Direction: call.Inbound, Client: client, Number: main, Node: "n"})
			})
			h.must(func(ctx context.Context, tx *store.Tx) error {
				return call.Connect(ctx, tx, call.Connection{Project: "shop", ID: id, At: noon.Add(time.Second), Person: person("bob", h.bob)})
			})
		}
		h.must(func(ctx context.Context, tx *store.Tx) error { return call.HandOver(ctx, tx, shop, h.bob, h.ann) })
		for id, last := range map[call.ID]call.Person{kept: person("bob", h.bob), passedOn: person("cat", h.cat)} {
			h.must(func(ctx context.Context, tx *store.Tx) error {
				return call.Close(ctx, tx, call.Closing{
					Project: "shop", ID: id, Status: call.Answered, AnsweredAt: noon.Add(time.Second), EndedAt: noon.Add(time.Minute), EndedBy: call.ByClient, Person: last,
				})
			})
		}
		for id, want := range map[call.ID]call.Person{kept: person("bob", h.ann), passedOn: person("cat", h.cat)} {
			if diff := cmp.Diff(want, h.get(id).Person); diff != "" {
				t.Error(diff)
			}
		}
	})
}
