package access_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/project"
	"bellwether/internal/store"

	"github.com/google/go-cmp/cmp"
)

var (
	noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	from = audit.Actor{Address: "192.0.2.1", Agent: "test", Request: "r1"}

	shop, bank = ident.ProjectOrg("shop"), ident.ProjectOrg("bank")
	north      = ident.AgencyOrg("north")
)

// house has the agency north with the project shop, the project bank of nobody's, an operator, and an owner of each
// project.
type house struct {
	*testing.T
	db                       *store.DB
	gate                     *access.Gate
	hasher                   *account.Hasher
	op, shopOwner, bankOwner account.UserID
	agent                    account.UserID
	counted                  *counter
}

// counter is a SeatCounter that remembers.
type counter struct{ seats map[string]int64 }

func (c *counter) SetSeats(_ context.Context, _ *store.Tx, id ident.ProjectID, product string, count int64, _ time.Time) error {
	if product == "unknown" {
		return errs.New(errs.Invalid, "billing.unknown_product", "there is no such product")
	}
	c.seats[string(id)+" "+product] = count
	return nil
}

func newHouse(t *testing.T, db *store.DB) *house {
	t.Helper()
	hasher, err := account.NewHasher(account.ForTests)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{T: t, db: db, gate: access.NewGate(db), hasher: hasher, counted: &counter{map[string]int64{}}}
	h.must(func(ctx context.Context, tx *store.Tx) error {
		for _, id := range []ident.ProjectID{"shop", "bank"} {
			opening := project.Opening{ID: id, Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat", Version: "2021-01-01"}
			if _, err := project.Create(ctx, tx, opening, noon); err != nil {
				return err
			}
		}
		return nil
	})
	var setup string
	h.must(func(ctx context.Context, tx *store.Tx) (err error) {
		setup, err = access.OfferSetup(ctx, tx, rand.Reader, noon)
		return err
	})
	h.must(func(ctx context.Context, tx *store.Tx) error {
		u, _, err := access.AcceptNew(ctx, tx, from, rand.Reader, setup, h.person("op@example.com"), noon)
		h.op = u.ID
		return err
	})
	h.shopOwner, h.bankOwner, h.agent = h.user("shop@example.com"), h.user("bank@example.com"), h.user("agent@example.com")
	h.must(func(ctx context.Context, tx *store.Tx) error {
		if _, err := access.FoundProject(ctx, tx, audit.Program("test"), "shop", h.shopOwner, noon); err != nil {
			return err
		}
		_, err := access.FoundProject(ctx, tx, audit.Program("test"), "bank", h.bankOwner, noon)
		return err
	})
	operator := h.permit(h.op, ident.Operator)
	h.must(func(ctx context.Context, tx *store.Tx) error {
		if _, err := access.OpenAgency(ctx, tx, operator, "north", "North", noon); err != nil {
			return err
		}
		return access.MoveProject(ctx, tx, operator, "shop", "north", noon)
	})
	h.fresh()
	h.join(h.op, north, h.agent, access.AgencyRole)
	return h
}

// fresh forgets what the gate remembers, as 3 seconds do.
func (h *house) fresh() { h.gate = access.NewGate(h.db) }

func (h *house) do(fn func(ctx context.Context, tx *store.Tx) error) error {
	return h.db.Write(h.Context(), fn)
}

func (h *house) must(fn func(ctx context.Context, tx *store.Tx) error) {
	h.Helper()
	if err := h.do(fn); err != nil {
		h.Fatal(err)
	}
}

func (h *house) person(email string) account.NewUser {
	h.Helper()
	hashed, err := h.hasher.Hash(context.Background(), "three blind mice", email)
	if err != nil {
		h.Fatal(err)
	}
	return account.NewUser{Email: email, Name: "Somebody", Language: "en", Password: hashed}
}

func (h *house) user(email string) (id account.UserID) {
	h.Helper()
	n := h.person(email)
	h.must(func(ctx context.Context, tx *store.Tx) error {
		u, err := account.CreateUser(ctx, tx, audit.Program("test"), rand.Reader, n, true, noon)
		id = u.ID
		return err
	})
	return id
}

// join makes a user a member by somebody's permit.
func (h *house) join(by account.UserID, org ident.Org, id account.UserID, role access.RoleID) {
	h.Helper()
	p := h.permit(by, org)
	h.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := access.AddMember(ctx, tx, p, id, role, noon)
		return err
	})
	h.fresh()
}

// employee makes a new user a member of the shop.
func (h *house) employee(email string, role access.RoleID) account.UserID {
	h.Helper()
	id := h.user(email)
	h.join(h.shopOwner, shop, id, role)
	return id
}

// signedIn is the principal of a session of a user.
func signedIn(id account.UserID) access.Principal {
	return access.BySession(account.Session{ID: "s", User: id}, from)
}

func (h *house) permit(id account.UserID, org ident.Org) access.Permit {
	h.Helper()
	p, err := h.gate.Enter(h.Context(), signedIn(id), org, noon)
	if err != nil {
		h.Fatal(err)
	}
	return p
}

func (h *house) enter(p access.Principal, org ident.Org) error {
	_, err := h.gate.Enter(h.Context(), p, org, noon)
	return err
}

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if code == "" && err == nil {
		return
	}
	if err == nil || errs.CodeOf(err) != code {
		t.Errorf("got %v (%s), want %q", err, errs.CodeOf(err), code)
	}
}

func same(t testing.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// chance is crypto/rand.Reader, for functions that take a reader.
type chance struct{}

func (chance) Read(b []byte) (int, error) { return rand.Read(b) }
