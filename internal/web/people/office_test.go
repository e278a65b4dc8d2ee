package people_test

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
	"bellwether/internal/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }

var (
	shop, other, orders = ident.ProjectOrg("shop"), ident.ProjectOrg("other"), ident.ProjectOrg("orders")
	agency              = ident.AgencyOrg("north")
)

// office is the shop, whose virtual PBX includes 3 seats, with an owner and four managers who each have one: the fourth
// costs 150 ₴ a month, which are 5 ₴ a day. The project other is somebody else's.
type office struct {
	*cabinettest.House
	owner, stranger *cabinettest.Person
	ann, bob        *cabinettest.Person
	cleo, dan       account.User
}

func openOffice(t *testing.T) *office {
	t.Helper()
	o := &office{House: cabinettest.Open(t)}
	o.Project("shop", "10000")
	o.Project("other", "5")
	o.Write(func(ctx context.Context, tx *store.Tx) error {
		return o.App.Billing.SwitchProduct(ctx, tx, "shop", "virtual_pbx", true, o.Now())
	})
	o.owner, o.stranger = o.SignIn(o.named("Olena Owner", shop, access.Owner)), o.SignIn(o.named("Sam Stranger", other, access.Owner))
	o.ann, o.bob = o.SignIn(o.named("Ann Manager", shop, access.Manager)), o.SignIn(o.named("Bob Manager", shop, access.Manager))
	o.cleo, o.dan = o.named("Cleo Manager", shop, access.Manager), o.named("Dan Manager", shop, access.Manager)
	for _, u := range []account.UserID{o.ann.ID, o.bob.ID, o.cleo.ID, o.dan.ID} {
		o.seat(u)
	}
	return o
}

// named makes a person with a name who is a member: "ann.manager@example.com".
func (o *office) named(name string, org ident.Org, role access.RoleID) account.User {
	o.Helper()
	u := o.User(strings.ReplaceAll(strings.ToLower(name), " ", ".") + "@example.com")
	o.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		u, err = account.EditUser(ctx, tx, audit.Program("test"), u.ID, name, "en", o.Now())
		return err
	})
	o.Join(u, org, role)
	return u
}

// seat gives somebody a seat of the virtual PBX.
func (o *office) seat(id account.UserID) {
	o.Helper()
	o.Write(func(ctx context.Context, tx *store.Tx) error {
		return access.TakeSeat(ctx, tx, o.Permit(shop), o.App.Billing, id, "virtual_pbx", o.Now())
	})
}

// key makes an API key of the shop by somebody's hand.
func (o *office) key(by *cabinettest.Person, name string) (secret string) {
	o.Helper()
	permit, err := o.App.Gate.Enter(o.Context(), access.BySession(by.Session, audit.Program("test")), shop, o.Now())
	if err != nil {
		o.Fatal(err)
	}
	o.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		secret, _, err = access.MakeKey(ctx, tx, permit, rand.Reader, name, account.ProjectRead, time.Time{}, o.Now())
		return err
	})
	return secret
}

func user(id account.UserID) string { return "/p/shop/people/users/" + string(id) }

// form is a form with pairs of a name and its value, shown on the first day.
func form(pairs ...string) url.Values {
	f := url.Values{"day": {"2026-11-22"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Add(pairs[i], pairs[i+1])
	}
	return f
}
