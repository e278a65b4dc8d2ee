package access_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

type accountID = account.UserID

// Who gets in where, and what they may there. Rule A-07.
func TestMay(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		manager, marketer := h.employee("manager@example.com", access.Manager), h.employee("marketer@example.com", access.Marketer)
		accountant := h.user("accountant@example.com")
		h.join(h.agent, north, accountant, access.Accountant)
		nobody := h.user("nobody@example.com")
		key := func(scope account.Scope, id ident.ProjectID, maker account.UserID) access.Principal {
			return access.ByKey(account.Key{ID: "k", Scope: scope, Project: id, MadeBy: maker}, from)
		}
		bound := signedIn(h.agent)
		bound.Session.Project = "bank"
		const hidden, denied, agency, bad = "project.not_found", "access.denied", "access.no_agency", "account.bad_key"
		for _, c := range []struct {
			who    string
			p      access.Principal
			action access.Action
			object access.Object
			org    ident.Org
			want   string // a level, or the code of the error
		}{
			{"owner", signedIn(h.shopOwner), access.Edit, access.Products, shop, "all"},
			{"owner", signedIn(h.shopOwner), access.View, access.Funds, bank, hidden},
			{"owner", signedIn(h.shopOwner), access.View, access.Funds, ident.ProjectOrg("nowhere"), hidden},
			{"owner", signedIn(h.shopOwner), access.View, access.Node, shop, denied},
			{"owner", signedIn(h.shopOwner), access.View, access.Node, ident.Operator, denied},
			{"owner", signedIn(h.shopOwner), access.View, access.Portfolio, north, agency},
			{"manager", signedIn(manager), access.View, access.Calls, shop, "own_and_unassigned"},
			{"manager", signedIn(manager), access.Listen, access.Recordings, shop, "own"},
			{"manager", signedIn(manager), access.Edit, access.Orders, shop, "own_and_unassigned"},
			{"manager", signedIn(manager), access.View, access.Orders, shop, "all"},
			{"manager", signedIn(manager), access.View, access.Funds, shop, denied},
			{"manager", signedIn(manager), access.View, access.Calls, bank, hidden},
			{"marketer", signedIn(marketer), access.Edit, access.Pools, shop, "all"},
			{"marketer", signedIn(marketer), access.Edit, access.Products, shop, denied},
			{"agent", signedIn(h.agent), access.View, access.Portfolio, north, "all"},
			{"agent", signedIn(h.agent), access.Edit, access.Products, shop, "all"},
			{"agent", signedIn(h.agent), access.View, access.Funds, bank, hidden},
			{"agent", signedIn(h.agent), access.View, access.Portfolio, ident.AgencyOrg("south"), agency},
			{"agent", signedIn(h.agent), access.Edit, access.Adjustments, ident.Operator, denied},
			{"agent", signedIn(h.agent), access.Edit, access.Adjustments, shop, denied},
			{"agent bound to a project", bound, access.Edit, access.Products, shop, hidden},
			{"agency's accountant", signedIn(accountant), access.View, access.Payments, shop, "all"},
			{"agency's accountant", signedIn(accountant), access.View, access.Calls, shop, denied},
			{"agency's accountant", signedIn(accountant), access.View, access.Funds, bank, hidden},
			{"operator", signedIn(h.op), access.Edit, access.Adjustments, ident.Operator, "all"},
			{"operator", signedIn(h.op), access.View, access.Funds, bank, "all"},
			{"operator", signedIn(h.op), access.View, access.Funds, ident.ProjectOrg("nowhere"), hidden},
			{"operator", signedIn(h.op), access.View, access.Portfolio, north, "all"},
			{"stranger", signedIn(nobody), access.View, access.Funds, shop, hidden},
			{"stranger", signedIn(nobody), access.View, access.Node, ident.Operator, denied},
			{"nobody", access.Principal{}, access.View, access.Funds, shop, "account.bad_session"},
			{"hostile project", signedIn(h.op), access.View, access.Funds, ident.ProjectOrg("\x00"), hidden},

			{"operator's key", key(account.Operator, "", ""), access.Edit, access.Charging, bank, "all"},
			{"operator's key", key(account.Operator, "", ""), access.Edit, access.Projects, ident.Operator, "all"},
			{"reading key", key(account.ProjectRead, "shop", ""), access.View, access.Funds, shop, "all"},
			{"reading key", key(account.ProjectRead, "shop", ""), access.Edit, access.Products, shop, denied},
			{"reading key", key(account.ProjectRead, "shop", ""), access.Edit, access.Charging, shop, denied},
			{"reading key", key(account.ProjectRead, "shop", ""), access.View, access.Keys, shop, denied},
			{"reading key", key(account.ProjectRead, "shop", ""), access.View, access.Funds, bank, hidden},
			{"reading key", key(account.ProjectRead, "shop", ""), access.View, access.Node, ident.Operator, denied},
			{"writing key", key(account.ProjectWrite, "shop", ""), access.View, access.Funds, shop, "all"},
			{"writing key", key(account.ProjectWrite, "shop", ""), access.Edit, access.Products, shop, "all"},
			{"writing key", key(account.ProjectWrite, "shop", ""), access.Edit, access.People, shop, denied},
			{"writing key", key(account.ProjectWrite, "shop", ""), access.Edit, access.Keys, shop, denied},
			{"writing key", key(account.ProjectWrite, "shop", ""), access.Edit, access.Charging, shop, denied},
			{"charging key", key(account.ProjectCharge, "shop", ""), access.Edit, access.Charging, shop, "all"},
			{"charging key", key(account.ProjectCharge, "shop", ""), access.View, access.Funds, shop, denied},
			{"key of no scope", key("", "shop", ""), access.View, access.Funds, shop, denied},
			{"manager's key", key(account.ProjectWrite, "shop", manager), access.View, access.Calls, shop, "own_and_unassigned"},
			{"manager's key", key(account.ProjectWrite, "shop", manager), access.View, access.Funds, shop, denied},
			{"key of who left", key(account.ProjectWrite, "shop", nobody), access.View, access.Funds, shop, bad},
			{"operator's key by a manager", key(account.Operator, "", manager), access.Edit, access.Projects, ident.Operator, bad},
		} {
			reach, err := h.gate.May(t.Context(), c.p, c.action, c.object, c.org, noon)
			got := reach.Level.String()
			if err != nil {
				got = errs.CodeOf(err)
			}
			if got != c.want {
				t.Errorf("%s to %s %s in %v: %s, want %s", c.who, c.action, c.object, c.org, got, c.want)
			}
			if c.want == hidden {
				if diff := cmp.Diff(project.NotFound(c.org.Project()), err); diff != "" {
					t.Errorf("%s: another's project does not look as if it did not exist:\n%s", c.who, diff)
				}
			}
		}
	})
}

// Whatever memberships a user has, they may exactly what some membership that reaches the organisation allows. Rule A-07.
func TestNoRightEscapesTheMatrix(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	h := newHouse(t, db)
	orgs := []ident.Org{shop, bank, north, ident.Operator}
	reaches := func(member, org ident.Org) bool {
		return member == org || member == ident.Operator || member == north && org == shop
	}
	n := 0
	rapid.Check(t, func(r *rapid.T) {
		n++
		id := h.user("u" + strings.Repeat("x", n%40) + time.Duration(n).String() + "@example.com")
		held := map[ident.Org]access.Role{}
		blocked := map[ident.Org]bool{}
		for _, org := range orgs {
			if rapid.Bool().Draw(r, "member of "+org.String()) {
				held[org] = rapid.SampledFrom(access.BuiltinRoles(org.Kind)).Draw(r, "role")
				h.join(h.op, org, id, held[org].ID)
				if blocked[org] = rapid.IntRange(0, 3).Draw(r, "blocked") == 0; blocked[org] {
					p := h.permit(h.op, org)
					h.must(func(ctx context.Context, tx *store.Tx) error {
						_, err := access.Block(ctx, tx, p, nil, id, "", noon)
						return err
					})
				}
			}
		}
		scope := rapid.SampledFrom([]account.Scope{"", account.ProjectRead, account.ProjectWrite}).Draw(r, "by key of scope")
		who := signedIn(id)
		if scope != "" {
			who = access.ByKey(account.Key{ID: "k", Scope: scope, Project: "shop", MadeBy: id}, from)
		}
		for _, org := range orgs {
			permit, err := h.gate.Enter(t.Context(), who, org, noon)
			standing := false
			for member := range held {
				standing = standing || reaches(member, org) && !blocked[member]
			}
			if in := standing && (scope == "" || org == shop); (err == nil) != in {
				r.Fatalf("in %v: %v, and standing %v", org, err, in)
			}
			for _, object := range everyObject() {
				for _, action := range access.Actions() {
					want := access.None
					for member, role := range held {
						if reaches(member, org) && !blocked[member] && object.In(org.Kind) {
							want = max(want, role.Matrix.Level(action, object))
						}
					}
					reach, err := permit.May(action, object)
					if scope == "" && reach.Level != want || reach.Level > want || (err == nil) != (reach.Level != access.None) {
						r.Fatalf("%s %s in %v: %v, %v; want %v of %v", action, object, org, reach.Level, err, want, held)
					}
				}
			}
		}
	})
}

// A role that is taken, and a membership that ends, count within 5 seconds; a page of requests reads them once. Rule A-06.
func TestChangesCountInTime(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		id := h.employee("ann@example.com", access.Administrator)
		may := func(at time.Time) error {
			_, err := h.gate.May(t.Context(), signedIn(id), access.Edit, access.Products, shop, at)
			return err
		}
		at := noon
		change := func(fn func(ctx context.Context, tx *store.Tx, p access.Permit) error) {
			p, err := h.gate.Enter(t.Context(), signedIn(h.shopOwner), shop, at)
			if err != nil {
				t.Fatal(err)
			}
			h.must(func(ctx context.Context, tx *store.Tx) error { return fn(ctx, tx, p) })
		}
		wantCode(t, may(at), "")
		change(func(ctx context.Context, tx *store.Tx, p access.Permit) error {
			_, err := access.SetRole(ctx, tx, p, id, access.ReadOnly, at)
			return err
		})
		at = at.Add(5 * time.Second)
		wantCode(t, may(at), "access.denied")
		change(func(ctx context.Context, tx *store.Tx, p access.Permit) error {
			return access.RemoveMember(ctx, tx, p, nil, id, "", at)
		})
		at = at.Add(5 * time.Second)
		wantCode(t, may(at), "project.not_found")
		// The agency's members reach the project no longer once it has left the agency.
		agent := func() error { return h.enter(signedIn(h.agent), shop) }
		wantCode(t, agent(), "")
		p := h.permit(h.op, ident.Operator)
		h.must(func(ctx context.Context, tx *store.Tx) error { return access.MoveProject(ctx, tx, p, "shop", "", noon) })
		_, err := h.gate.Enter(t.Context(), signedIn(h.agent), shop, noon.Add(5*time.Second))
		wantCode(t, err, "project.not_found")
	})
}

// Rule A-14.
func TestViewAs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		manager := h.employee("manager@example.com", access.Manager)
		view := func(p access.Permit, id account.UserID, reason string) (secret string, err error) {
			return secret, h.do(func(ctx context.Context, tx *store.Tx) error {
				secret, _, err = access.OpenView(ctx, tx, p, rand.Reader, id, "shop", reason, noon)
				return err
			})
		}
		operator := h.permit(h.op, ident.Operator)
		for _, c := range []struct {
			p      access.Permit
			id     account.UserID
			reason string
			want   string
		}{
			{h.permit(h.shopOwner, shop), manager, "curious", "access.denied"},
			{h.permit(h.agent, north), manager, "curious", "access.denied"},
			{operator, h.bankOwner, "ticket 7", "access.no_member"},
			{operator, manager, " ", "access.no_reason"},
		} {
			_, err := view(c.p, c.id, c.reason)
			wantCode(t, err, c.want)
		}
		secret, err := view(operator, manager, "ticket 7")
		if err != nil {
			t.Fatal(err)
		}
		session, user, err := account.AuthenticateSession(t.Context(), db, secret, noon)
		if err != nil || user.ID != h.op {
			t.Fatalf("%v, %v", user.ID, err)
		}
		permit, err := h.gate.Enter(t.Context(), access.BySession(session, from), shop, noon)
		if err != nil || !permit.Viewing || permit.Self != manager {
			t.Fatalf("%+v, %v", permit, err)
		}
		for _, object := range everyObject() {
			for _, action := range access.Actions() {
				_, err := permit.May(action, object)
				if action != access.View {
					wantCode(t, err, "access.only_viewing")
				}
			}
		}
		if reach, err := permit.May(access.View, access.Calls); err != nil || reach.Level != access.OwnAndUnassigned || !reach.Covers(manager) {
			t.Errorf("what the manager sees: %+v, %v", reach, err)
		}
		_, err = permit.May(access.View, access.Funds)
		wantCode(t, err, "access.denied")
		wantCode(t, h.enter(access.BySession(session, from), bank), "project.not_found")
		wantCode(t, h.enter(access.BySession(session, from), ident.Operator), "access.denied")
		entries, err := audit.List(t.Context(), db, audit.Filter{Org: &shop, Action: "view as"}, 0, 10)
		if err != nil || len(entries) != 1 || !strings.Contains(string(entries[0].After), "ticket 7") {
			t.Errorf("the trail tells %v, %v", entries, err)
		}
		if by := permit.Actor(); by.User != string(h.op) || by.ViewingAs != string(manager) {
			t.Errorf("who looks is %+v", by)
		}
		// An operator who is one no longer sees nothing.
		second := h.user("op2@example.com")
		h.join(h.op, ident.Operator, second, access.OperatorRole)
		p := h.permit(second, ident.Operator)
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return access.RemoveMember(ctx, tx, p, nil, h.op, "", noon)
		})
		h.fresh()
		wantCode(t, h.enter(access.BySession(session, from), shop), "project.not_found")
	})
}

func TestBelongingsAndSightings(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		h.join(h.bankOwner, bank, h.shopOwner, access.Accountant)
		got, err := h.gate.Belongings(t.Context(), signedIn(h.shopOwner), noon)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "belongings", []access.Belonging{{Org: bank, Role: access.Accountant}, {Org: shop, Role: access.Owner}}, got)
		for range 50 {
			wantCode(t, h.enter(signedIn(h.shopOwner), shop), "")
		}
		sightings := h.gate.TakeSightings(noon)
		same(t, "sightings", []access.Sighting{{Org: shop, User: h.shopOwner, At: noon}}, sightings)
		h.must(func(ctx context.Context, tx *store.Tx) error { return access.SaveSightings(ctx, tx, sightings) })
		m, err := access.GetMember(t.Context(), db, shop, h.shopOwner)
		if err != nil || !m.SeenAt.Equal(noon) {
			t.Errorf("seen at %v, %v", m.SeenAt, err)
		}
	})
}

// A permit on behalf of somebody who is not there is theirs, ends with their standing, and is nobody's where nobody is named.
// Rule A-07.
func TestBehalf(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t))
	manager := h.employee("manager@example.com", access.Manager)
	p, err := h.gate.Behalf(h.Context(), manager, shop, noon)
	if err != nil || p.Self != manager || !p.Allows(access.View, access.Calls) || p.Allows(access.View, access.Funds) {
		t.Errorf("%+v, %v", p, err)
	}
	_, err = h.gate.Behalf(h.Context(), manager, bank, noon)
	wantCode(t, err, "account.bad_key")
	_, err = h.gate.Behalf(h.Context(), "", shop, noon)
	wantCode(t, err, "account.bad_session")
	all, err := h.gate.ByInstallation(h.Context(), shop, noon)
	if reach, denied := all.May(access.Listen, access.Recordings); err != nil || denied != nil || reach.Level != access.All {
		t.Errorf("%+v, %v, %v", reach, err, denied)
	}
}
