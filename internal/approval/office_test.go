package approval_test

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/approval"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// office is the operator with three people and a key, and the project shop of Ukraine.
type office struct {
	testing.TB
	db               *store.DB
	approvals        *approval.Service
	gate             *access.Gate
	ann, ben         access.Permit
	program, benskey access.Permit
	now              time.Time
}

func newOffice(t testing.TB, db *store.DB) *office {
	t.Helper()
	o := &office{TB: t, db: db, approvals: approval.New(billing.New(pricebook.Shipped())), gate: access.NewGate(db), now: noon}
	hasher, err := account.NewHasher(account.ForTests)
	if err != nil {
		t.Fatal(err)
	}
	person := func(email string) account.NewUser {
		hashed, err := hasher.Hash(context.Background(), "three blind mice", email)
		if err != nil {
			t.Fatal(err)
		}
		return account.NewUser{Email: email, Name: "Somebody", Language: "en", Password: hashed}
	}
	var setup string
	var ann, ben account.UserID
	o.must(func(ctx context.Context, tx *store.Tx) (err error) {
		if _, err = billing.New(pricebook.Shipped()).Open(ctx, tx, project.Opening{
			ID: "shop", Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat", Version: "2021-01-01",
		}, 0, noon); err != nil {
			return err
		}
		setup, err = access.OfferSetup(ctx, tx, rand.Reader, noon)
		return err
	})
	o.must(func(ctx context.Context, tx *store.Tx) error {
		u, _, err := access.AcceptNew(ctx, tx, audit.Actor{}, rand.Reader, setup, person("ann@example.com"), noon)
		ann = u.ID
		return err
	})
	o.ann = o.permit(access.BySession(account.Session{ID: "a", User: ann}, audit.Actor{}))
	o.must(func(ctx context.Context, tx *store.Tx) error {
		u, err := account.CreateUser(ctx, tx, audit.Program("test"), rand.Reader, person("ben@example.com"), true, noon)
		if err != nil {
			return err
		}
		ben = u.ID
		_, err = access.AddMember(ctx, tx, o.ann, ben, access.OperatorRole, noon)
		return err
	})
	o.ben = o.permit(access.BySession(account.Session{ID: "b", User: ben}, audit.Actor{}))
	o.program = o.permit(access.ByKey(account.Key{ID: "k", Scope: account.Operator}, audit.Actor{}))
	o.benskey = o.permit(access.ByKey(account.Key{ID: "l", Scope: account.Operator, MadeBy: ben}, audit.Actor{}))
	return o
}

func (o *office) permit(p access.Principal) access.Permit {
	o.Helper()
	permit, err := o.gate.Enter(context.Background(), p, ident.Operator, noon)
	if err != nil {
		o.Fatal(err)
	}
	return permit
}

func (o *office) must(fn func(ctx context.Context, tx *store.Tx) error) {
	o.Helper()
	if err := o.db.Write(context.Background(), fn); err != nil {
		o.Fatal(err)
	}
}

// pay asks for a payment of whole hryvnias, adjust for an adjustment; they say where the request stands then.
func (o *office) pay(by access.Permit, id string, hryvnias int64) (r approval.Request, err error) {
	payment := billing.Payment{ID: id, Amount: money.Micro(hryvnias) * money.Unit, Method: "bank"}
	err = o.db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = o.approvals.Pay(ctx, tx, by, "shop", payment, "it came", o.now)
		return err
	})
	return r, err
}

func (o *office) adjust(by access.Permit, id string, hryvnias int64) (r approval.Request, err error) {
	adjustment := billing.Adjustment{ID: id, Amount: money.Micro(hryvnias) * money.Unit, Reason: "goodwill"}
	err = o.db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = o.approvals.Adjust(ctx, tx, by, "shop", adjustment, o.now)
		return err
	})
	return r, err
}

func (o *office) limit(by access.Permit, amount money.Micro) (r approval.Request, err error) {
	err = o.db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = o.approvals.SetLimit(ctx, tx, by, "UAH", amount, "as the board said", o.now)
		return err
	})
	return r, err
}

func (o *office) approve(by access.Permit, id approval.ID) (r approval.Request, err error) {
	err = o.db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = o.approvals.Approve(ctx, tx, by, id, o.now)
		return err
	})
	return r, err
}

func (o *office) refuse(by access.Permit, id approval.ID, reason string) error {
	return o.db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := o.approvals.Refuse(ctx, tx, by, id, reason, o.now)
		return err
	})
}

func (o *office) withdraw(by access.Permit, id approval.ID) error {
	return o.db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := o.approvals.Withdraw(ctx, tx, by, id, o.now)
		return err
	})
}

// is checks where a request stands, and in whole hryvnias what the project has.
func (o *office) is(r approval.Request, err error, want approval.State, funds int64) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
	got, err := approval.Get(context.Background(), o.db, r.ID, o.now)
	if err != nil || got.State != want || r.State != want {
		o.Errorf("the request is %s, said to be %s, %v; want %s", got.State, r.State, err, want)
	}
	o.has(funds)
}

func (o *office) has(funds int64) {
	o.Helper()
	held, err := ledger.GetAccount(context.Background(), o.db, "shop")
	if got := held.Cash + held.Bonus + held.Credit; err != nil || got != money.Micro(funds)*money.Unit {
		o.Errorf("the project has %s, %v; want %d", got, err, funds)
	}
}

func (o *office) refused(err error, code string) {
	o.Helper()
	if codeOf(err) != code {
		o.Errorf("got %v (%s), want %q", err, errs.CodeOf(err), code)
	}
}

// codeOf is the code of an error, empty for none.
func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return errs.CodeOf(err)
}
