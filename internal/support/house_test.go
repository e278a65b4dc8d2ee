package support_test

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
	"bellwether/internal/support"

	"github.com/google/go-cmp/cmp"
)

// noon is a Monday.
var (
	noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	from = audit.Actor{Address: "192.0.2.1", Agent: "test", Request: "r1"}
	shop = ident.ProjectOrg("shop")
)

// house has the project shop with an owner, a manager and a reader, and two of the operator's side, Ann and Bob.
type house struct {
	*testing.T
	db                       *store.DB
	gate                     *access.Gate
	owner, manager, readOnly account.UserID
	ann, bob                 account.UserID
}

func newHouse(t *testing.T, db *store.DB) *house {
	t.Helper()
	h := &house{T: t, db: db, gate: access.NewGate(db)}
	h.must(func(ctx context.Context, tx *store.Tx) error {
		opening := project.Opening{ID: "shop", Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat", Version: "2021-01-01"}
		_, err := project.Create(ctx, tx, opening, noon)
		return err
	})
	for email, id := range map[string]*account.UserID{"owner": &h.owner, "manager": &h.manager, "reader": &h.readOnly, "bob": &h.bob} {
		*id = h.user(email + "@example.com")
	}
	h.must(func(ctx context.Context, tx *store.Tx) error {
		setup, err := access.OfferSetup(ctx, tx, rand.Reader, noon)
		if err != nil {
			return err
		}
		u, _, err := access.AcceptNew(ctx, tx, from, rand.Reader, setup, h.person("ann@example.com"), noon)
		h.ann = u.ID
		return err
	})
	h.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := access.FoundProject(ctx, tx, audit.Program("test"), "shop", h.owner, noon)
		return err
	})
	h.join(h.ann, ident.Operator, h.bob, access.OperatorRole)
	h.join(h.owner, shop, h.manager, access.Manager)
	h.join(h.owner, shop, h.readOnly, access.ReadOnly)
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

func (h *house) person(email string) account.NewUser {
	h.Helper()
	hasher, err := account.NewHasher(account.ForTests)
	if err != nil {
		h.Fatal(err)
	}
	hashed, err := hasher.Hash(context.Background(), "three blind mice", email)
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

func (h *house) join(by account.UserID, org ident.Org, id account.UserID, role access.RoleID) {
	h.Helper()
	p := h.permit(by, org)
	h.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := access.AddMember(ctx, tx, p, id, role, noon)
		return err
	})
	h.gate = access.NewGate(h.db)
}

func (h *house) permit(id account.UserID, org ident.Org) access.Permit {
	h.Helper()
	p, err := h.gate.Enter(h.Context(), access.BySession(account.Session{ID: "s", User: id}, from), org, noon)
	if err != nil {
		h.Fatal(err)
	}
	return p
}

func (h *house) writer(id account.UserID) support.Writer {
	h.Helper()
	w, err := support.WriterOf(h.permit(id, shop))
	if err != nil {
		h.Fatal(err)
	}
	return w
}

func (h *house) desk(id account.UserID) support.Desk {
	h.Helper()
	d, err := support.DeskOf(h.permit(id, ident.Operator))
	if err != nil {
		h.Fatal(err)
	}
	return d
}

// after is so many minutes after noon.
func after(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }

func draft(text string) support.Draft {
	return support.Draft{ClientID: rand.Text(), Body: text, Page: "/p/shop/funds"}
}

func (h *house) post(id account.UserID, text string, at time.Time) (c support.Conversation) {
	h.Helper()
	w, d := h.writer(id), draft(text)
	h.must(func(ctx context.Context, tx *store.Tx) (err error) {
		c, _, err = w.Post(ctx, tx, d, at)
		return err
	})
	return c
}

func (h *house) answer(id account.UserID, to support.ConversationID, text string, at time.Time) (c support.Conversation) {
	h.Helper()
	desk, d := h.desk(id), draft(text)
	h.must(func(ctx context.Context, tx *store.Tx) (err error) {
		c, _, err = desk.Answer(ctx, tx, to, d, at)
		return err
	})
	return c
}

func (h *house) solve(id account.UserID, what support.ConversationID, at time.Time) (c support.Conversation) {
	h.Helper()
	desk := h.desk(id)
	h.must(func(ctx context.Context, tx *store.Tx) (err error) {
		c, err = desk.Solve(ctx, tx, what, at)
		return err
	})
	return c
}

// said is the conversation as "side: text" lines.
func (h *house) said(c support.Conversation) []string {
	h.Helper()
	messages, err := c.Messages(h.Context(), h.db, 0, 1000)
	if err != nil {
		h.Fatal(err)
	}
	var lines []string
	for _, m := range messages {
		text := m.Body
		if m.Kind != support.Text {
			text = "(" + string(m.Kind) + ")"
		}
		lines = append(lines, string(m.Side)+": "+text)
	}
	return lines
}

func wantCode(t testing.TB, what string, err error, code string) {
	t.Helper()
	if err == nil && code != "" || err != nil && errs.CodeOf(err) != code {
		t.Errorf("%s: got %v (%s), want %q", what, err, errs.CodeOf(err), code)
	}
}

func same(t testing.TB, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
