package cabinettest

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/config"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Noon is where the clock of a house stands at first: midday of a Sunday in Kyiv.
var Noon = time.Date(2026, time.November, 22, 10, 0, 0, 0, time.UTC)

// House is the program of one test.
type House struct {
	testing.TB
	App *app.App
	URL string // without a slash at its end

	mu  sync.Mutex
	now time.Time
}

// Open starts the program on an SQLite database.
func Open(t testing.TB) *House {
	t.Helper()
	folder := t.TempDir()
	return OpenOn(t, "sqlite:"+filepath.Join(folder, "bellwether.db"), folder)
}

// OpenOn starts the program on a database that is migrated, or that it may migrate.
func OpenOn(t testing.TB, dsn, folder string) *House {
	t.Helper()
	return OpenWith(t, config.Flags{DataDir: folder, Database: dsn}, app.Options{})
}

// OpenWith starts the program with settings and options of the test's own. Passwords cost next to nothing.
func OpenWith(t testing.TB, flags config.Flags, options app.Options) *House {
	t.Helper()
	h := &House{TB: t, now: Noon}
	if flags.DataDir == "" {
		flags.DataDir = t.TempDir()
	}
	flags.Node = "test"
	c, err := config.Load(flags.Sources(nil))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	options.Log, options.Version, options.Now, options.HashCost = slog.New(slog.DiscardHandler), "test", h.Now, account.ForTests
	h.App, err = app.Open(context.Background(), c.Listening(listener.Addr().String()), pricebook.Shipped(), options)
	if err != nil {
		t.Fatal(err)
	}
	server := &httptest.Server{Listener: listener, Config: &http.Server{Handler: h.App.Handler(), ReadHeaderTimeout: time.Minute}}
	server.Start()
	h.URL = server.URL
	t.Cleanup(func() {
		h.App.Hub.Close()
		server.Close()
		if err := h.App.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// Now is the program's clock.
func (h *House) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

// At moves the clock.
func (h *House) At(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = now
}

// Pass moves the clock on.
func (h *House) Pass(d time.Duration) { h.At(h.Now().Add(d)) }

// Write changes the database as the program's own parts do.
func (h *House) Write(do func(ctx context.Context, tx *store.Tx) error) {
	h.Helper()
	if err := h.App.DB.Write(context.Background(), do); err != nil {
		h.Fatal(err)
	}
}

// Project opens a project in Ukraine on the newest Ringostat book, with so much on its account ("1000").
func (h *House) Project(id ident.ProjectID, funds string) {
	h.Helper()
	h.OpenProject(project.Opening{ID: id, Name: "Shop " + string(id), Country: "UA", TimeZone: "Europe/Kyiv", Book: "ringostat"}, funds)
}

// OpenProject opens a project as wanted.
func (h *House) OpenProject(opening project.Opening, funds string) {
	h.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := h.App.Billing.Open(ctx, tx, opening, 0, h.Now())
		return err
	})
	h.Pay(opening.ID, "first", funds)
}

// Pay takes a payment by bank.
func (h *House) Pay(project ident.ProjectID, id, amount string) {
	h.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := h.App.Billing.Pay(ctx, tx, project, billing.Payment{ID: id, Amount: money.MustParse(amount), Method: "bank"}, h.Now())
		return err
	})
}

// CloseDays closes every day that is due, as the program does at night.
func (h *House) CloseDays() {
	h.Helper()
	night := &billing.Night{Billing: h.App.Billing, DB: h.App.DB, Parked: func(id ident.ProjectID, reason error) { h.Errorf("a day of %s is parked: %v", id, reason) }}
	if _, err := night.Run(context.Background(), h.Now()); err != nil {
		h.Fatal(err)
	}
}

// Live lives so many days: the clock moves to each noon and the days are closed.
func (h *House) Live(days int) {
	h.Helper()
	for range days {
		h.Pass(24 * time.Hour)
		h.CloseDays()
	}
}

// Permit is the operator's to an organisation.
func (h *House) Permit(org ident.Org) access.Permit {
	h.Helper()
	key := account.Key{ID: "test", Scope: account.Operator}
	p, err := h.App.Gate.Enter(context.Background(), access.ByKey(key, audit.Program("test")), org, h.Now())
	if err != nil {
		h.Fatal(err)
	}
	return p
}

// Agency opens an agency and puts projects into it.
func (h *House) Agency(id string, projects ...ident.ProjectID) {
	h.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		if _, err := access.OpenAgency(ctx, tx, h.Permit(ident.Operator), id, "Agency "+id, h.Now()); err != nil {
			return err
		}
		for _, p := range projects {
			if err := access.MoveProject(ctx, tx, h.Permit(ident.Operator), p, id, h.Now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// Password is everybody's.
const Password = "a bell for every sheep"

// newUser is a person with the password above, hashed cheaply.
func (h *House) newUser(email, name string) account.NewUser {
	h.Helper()
	hashed, err := h.App.Door.Hasher.Hash(context.Background(), Password, email)
	if err != nil {
		h.Fatal(err)
	}
	return account.NewUser{Email: email, Name: name, Language: "en", Password: hashed}
}

// User makes a person who is a member of nothing.
func (h *House) User(email string) account.User {
	h.Helper()
	var u account.User
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		u, err = account.CreateUser(ctx, tx, audit.Program("test"), rand.Reader, h.newUser(email, email), true, h.Now())
		return err
	})
	return u
}

// Join makes a person a member.
func (h *House) Join(u account.User, org ident.Org, role access.RoleID) {
	h.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := access.AddMember(ctx, tx, h.Permit(org), u.ID, role, h.Now())
		return err
	})
}

// Operator makes the first operator, signed in.
func (h *House) Operator() *Person {
	h.Helper()
	return h.SignIn(h.setUp())
}

// setUp takes the one-time offer that a new installation makes.
func (h *House) setUp() (u account.User) {
	h.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		secret, err := access.OfferSetup(ctx, tx, rand.Reader, h.Now())
		if err != nil {
			return err
		}
		u, _, err = access.AcceptNew(ctx, tx, audit.Program("test"), rand.Reader, secret, h.newUser("operator@example.com", "Olha Operator"), h.Now())
		return err
	})
	return u
}

// Member makes a person with a role in an organisation, signed in: "manager@shop.example".
func (h *House) Member(org ident.Org, role access.RoleID) *Person {
	h.Helper()
	name := org.ID
	if name == "" {
		name = "operator"
	}
	u := h.User(string(role) + "@" + name + ".example")
	h.Join(u, org, role)
	return h.SignIn(u)
}
