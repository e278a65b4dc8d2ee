package call_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

var (
	noon = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	shop = ident.ProjectOrg("shop")
)

const (
	main   = "+380443337701"
	client = "+380671234567"
	other  = "+380501112233"
)

// house is a project with an owner, two managers of one department and one of none.
type house struct {
	*testing.T
	db                   *store.DB
	gate                 *access.Gate
	owner, ann, bob, cat account.UserID
	taken                int
}

func newHouse(t *testing.T, db *store.DB) *house {
	t.Helper()
	h := &house{T: t, db: db, gate: access.NewGate(db)}
	h.must(func(ctx context.Context, tx *store.Tx) error {
		for _, id := range []ident.ProjectID{"shop", "bank"} {
			if _, err := project.Create(ctx, tx, project.Opening{ID: id, Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat", Version: "2021-01-01"}, noon); err != nil {
				return err
			}
		}
		return nil
	})
	hasher, err := account.NewHasher(account.ForTests)
	if err != nil {
		t.Fatal(err)
	}
	hashed, err := hasher.Hash(context.Background(), "three blind mice", "x@shop.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct {
		id   *account.UserID
		name string
	}{{&h.owner, "owner"}, {&h.ann, "ann"}, {&h.bob, "bob"}, {&h.cat, "cat"}} {
		h.must(func(ctx context.Context, tx *store.Tx) error {
			u, err := account.CreateUser(ctx, tx, audit.Program("test"), rand.Reader, account.NewUser{Email: one.name + "@shop.example", Name: one.name, Language: "en", Password: hashed}, true, noon)
			*one.id = u.ID
			return err
		})
	}
	h.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := access.FoundProject(ctx, tx, audit.Program("test"), "shop", h.owner, noon)
		return err
	})
	p := h.permit(h.owner)
	h.must(func(ctx context.Context, tx *store.Tx) error {
		for _, id := range []account.UserID{h.ann, h.bob, h.cat} {
			if _, err := access.AddMember(ctx, tx, p, id, access.Manager, noon); err != nil {
				return err
			}
		}
		d, err := access.MakeDepartment(ctx, tx, p, rand.Reader, "Sales", noon)
		if err != nil {
			return err
		}
		return access.SetPeople(ctx, tx, p, d.ID, []account.UserID{h.ann, h.bob}, noon)
	})
	h.gate = access.NewGate(db)
	return h
}

func (h *house) must(fn func(ctx context.Context, tx *store.Tx) error) {
	h.Helper()
	if err := h.do(fn); err != nil {
		h.Fatal(err)
	}
}

func (h *house) do(fn func(ctx context.Context, tx *store.Tx) error) error {
	return h.db.Write(context.Background(), fn)
}

func (h *house) permit(id account.UserID) access.Permit {
	h.Helper()
	p, err := h.gate.Enter(context.Background(), access.BySession(account.Session{ID: "s", User: id}, audit.Actor{}), shop, noon)
	if err != nil {
		h.Fatal(err)
	}
	return p
}

// look is somebody's window for viewing.
func (h *house) look(id account.UserID) call.Window {
	h.Helper()
	w, err := call.Look(h.permit(id), access.View)
	if err != nil {
		h.Fatal(err)
	}
	return w
}

func (h *house) list(w call.Window, f call.Filter) []call.Call {
	h.Helper()
	list, err := w.List(context.Background(), h.db, f, call.NewestFirst, 0, 1000)
	if err != nil {
		h.Fatal(err)
	}
	return list
}

func (h *house) get(id call.ID) call.Detail {
	h.Helper()
	d, err := h.look(h.owner).Detail(context.Background(), h.db, id)
	if err != nil {
		h.Fatal(err)
	}
	return d
}

// person is an employee who is a member.
func person(name string, user account.UserID) call.Person {
	return call.Person{ID: "e-" + name, Name: name, Department: "d1", DepartmentName: "Sales", User: user}
}

// told is one call in short.
type told struct {
	at     time.Time
	out    bool
	client string
	status call.Status
	who    call.Person
	wait   int
	talk   int
	cost   money.Micro
}

// log writes a call that has ended.
func (h *house) log(c told) call.ID {
	h.Helper()
	h.taken++
	o := call.Opening{Project: "shop", ID: call.IDAt(c.at, h.taken%1024), Direction: call.Inbound, Client: c.client, Number: main}
	if c.out {
		o.Direction, o.Person = call.Outbound, c.who
	}
	r := call.Closing{Status: c.status, EndedAt: c.at.Add(time.Duration(c.wait+c.talk) * time.Second), EndedBy: call.ByClient}
	if c.status == call.Answered {
		r.AnsweredAt, r.Person = c.at.Add(time.Duration(c.wait)*time.Second), c.who
	}
	r.Legs = []call.Leg{{N: 1, Address: c.client, Incoming: !c.out, StartedAt: c.at, EndedAt: r.EndedAt, SIPCode: 200}}
	if c.cost > 0 {
		r.Legs = append(r.Legs, call.Leg{N: 2, Address: "+380671112201", StartedAt: c.at, AnsweredAt: r.AnsweredAt, EndedAt: r.EndedAt, Charging: "leg-1", Cost: c.cost})
	}
	r.Project, r.ID = o.Project, o.ID
	h.must(func(ctx context.Context, tx *store.Tx) error {
		if err := call.Open(ctx, tx, o); err != nil {
			return err
		}
		return call.Close(ctx, tx, r)
	})
	return o.ID
}

func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	if err == nil && code == "" {
		return
	}
	if err == nil || errs.CodeOf(err) != code {
		t.Errorf("got %v (%s), want %q", err, errs.CodeOf(err), code)
	}
}
