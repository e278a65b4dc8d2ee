package people_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
)

func TestUsers(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.owner.Get("/p/shop/people").Must(t, http.StatusOK, "Seats used: Virtual PBX 2.0", "1 above the limit", "3 free of charge, each further one 150.00", "Ann Manager", "5 people")
	o.stranger.Get("/p/shop/people").Must(t, http.StatusNotFound)
	for query, want := range map[string]string{
		"":                         "Ann Manager,Bob Manager,Cleo Manager,Dan Manager,Olena Owner",
		"?sort=-name":              "Olena Owner,Dan Manager,Cleo Manager,Bob Manager,Ann Manager",
		"?f.words=BOB":             "Bob Manager",
		"?f.words=owner%40example": "Olena Owner",
		"?f.role=owner":            "Olena Owner",
		"?f.state=blocked":         "",
		"?f.totp=off&f.words=ann":  "Ann Manager",
		"?f.totp=on":               "",
		"?f.department=nothing":    "Ann Manager,Bob Manager,Cleo Manager,Dan Manager,Olena Owner", // no such filter yet
	} {
		if got := strings.Join(o.names(query), ","); got != want {
			t.Errorf("%q gives %s, want %s", query, got, want)
		}
	}
	o.ann.Get("/p/shop/people").Must(t, http.StatusOK, "Bob Manager")
	o.ann.Get("/p/shop/people?format=csv").Must(t, http.StatusForbidden)
}

// names are those an export of the list of users has.
func (o *office) names(query string) (names []string) {
	o.Helper()
	and := "?"
	if query != "" {
		and = "&"
	}
	var rows []struct{ Name, Email string }
	answer := o.owner.Get("/p/shop/people"+query+and+"format=json").Must(o, http.StatusOK)
	if err := json.Unmarshal([]byte(answer.Body), &rows); err != nil {
		o.Fatal(err)
	}
	for _, r := range rows {
		names = append(names, r.Name)
	}
	return names
}

func TestChangingARole(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.owner.Post(user(o.ann.ID)+"/role", form("role", "marketer")).Must(t, http.StatusOK, "the role is now “Marketer”", `name="role" value="manager"`) // the undo
	o.Pass(5 * time.Second)
	o.ann.Get("/p/shop/settings").Must(t, http.StatusOK)
	o.owner.Post(user(o.ann.ID)+"/role", form("role", "king")).Must(t, http.StatusUnprocessableEntity, "There is no such role")
	o.owner.Post(user(o.owner.ID)+"/role", form("role", "manager")).Must(t, http.StatusConflict, "last one who can run it")
}

// The invited person's link is shown once where there is no mail, and it makes a member.
func TestInviting(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	for name, c := range map[string]struct {
		form url.Values
		says string
	}{
		"no address":     {form("email", "nobody", "role", "manager"), "Write an address such as name@example.com"},
		"a member":       {form("email", "ANN.manager@example.com", "role", "manager"), "They belong to it already"},
		"no such role":   {form("email", "new@example.com", "role", "king"), "There is no such role"},
		"hostile":        {form("email", "<script>alert(1)</script>", "role", "manager"), "&lt;script&gt;alert(1)"},
		"nothing at all": {form(), "There is no such role"},
	} {
		got := o.owner.Post("/p/shop/people/invite", c.form)
		if got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, c.says) {
			t.Errorf("%s: %d\n%.3000s", name, got.Status, got.Body)
		}
	}
	o.ann.Post("/p/shop/people/invite", form("email", "new@example.com", "role", "manager")).Must(t, http.StatusForbidden)
	made := o.owner.Post("/p/shop/people/invite", form("email", "new@example.com", "role", "manager")).Must(t, http.StatusOK, "The invitation is ready", "/invitation?code=")
	secret := linkIn(made.Body)
	list := o.owner.Get("/p/shop/people/invitations").Must(t, http.StatusOK, "new@example.com", "Olena Owner", "Waits")
	if strings.Contains(list.Body, "code=") {
		t.Error("the link is shown a second time")
	}
	o.stranger.Get("/p/shop/people/invitations").Must(t, http.StatusNotFound)
	at := hrefIn(list.Body, "/p/shop/people/invitations/0")
	again := linkIn(o.owner.Post(at+"/resend", form()).Must(t, http.StatusOK, "code=").Body)
	if o.opens(secret) || !o.opens(again) {
		t.Error("the new link opens, the old one does not: not so")
	}
	list = o.owner.Get("/p/shop/people/invitations")
	o.owner.Post(hrefIn(list.Body, "/p/shop/people/invitations/0")+"/revoke", form()).Must(t, http.StatusOK, "opens nothing any more", "Nobody is being waited for")
	if o.opens(again) {
		t.Error("a link that was taken back opens")
	}
}

func (o *office) opens(secret string) bool {
	_, _, err := access.InvitationOf(o.Context(), o.App.DB, secret, o.Now())
	return err == nil
}

// linkIn is the code of the first link of an invitation on a page.
func linkIn(body string) string {
	_, rest, _ := strings.Cut(body, "/invitation?code=")
	return rest[:strings.IndexAny(rest, `<"&`)]
}

// hrefIn is the first address on a page that begins so.
func hrefIn(body, prefix string) string {
	_, rest, found := strings.Cut(body, `href="`+prefix)
	if !found {
		return prefix
	}
	return prefix + rest[:strings.Index(rest, `"`)]
}

// Names that somebody might give themselves are shown, and are nothing but names.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	hostile := []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, "=HYPERLINK(1)", "\u05d0\u05d1\u05d2", strings.Repeat("w", 100)}
	for i, name := range hostile {
		u := o.named("Person "+string(rune('a'+i)), shop, access.Manager)
		o.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := account.EditUser(ctx, tx, audit.Program("test"), u.ID, name, "en", o.Now())
			return err
		})
		for _, path := range []string{user(u.ID), user(u.ID) + "/block", user(u.ID) + "/remove", "/p/shop/people/departments/new"} {
			body := o.owner.Get(path).Must(t, http.StatusOK).Body
			if strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") {
				t.Errorf("%s lets %s through", path, name)
			}
		}
		o.owner.Post(user(u.ID)+"/block", form()).Must(t, http.StatusOK)
	}
	csv := o.owner.Get("/p/shop/people?format=csv&cols=name").Must(t, http.StatusOK).Body
	if !strings.Contains(csv, "'=HYPERLINK(1)") {
		t.Errorf("a formula is exported as one:\n%s", csv)
	}
	body := o.owner.Get("/p/shop/people/audit").Must(t, http.StatusOK).Body
	if strings.Contains(body, "<script>alert") {
		t.Error("the log runs scripts")
	}
}

// An agency and the operator have people too, without seats and departments.
func TestOtherOrganisations(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.Agency("north", "shop")
	head := o.SignIn(o.named("Nora North", agency, access.AgencyRole))
	second := o.named("Nick North", agency, access.Accountant)
	head.Get("/a/north/people").Must(t, http.StatusOK, "Nora North", "Nick North", "Agency")
	head.Get("/a/north/people/roles/accountant").Must(t, http.StatusOK, "What the role may do")
	if ask := head.Get("/a/north/people/users/"+string(second.ID)+"/block").Must(t, http.StatusOK, "What is charged stays as it is"); strings.Contains(ask.Body, "From tomorrow") {
		t.Error("nothing follows \"from tomorrow\"")
	}
	head.Post("/a/north/people/users/"+string(second.ID)+"/block", form()).Must(t, http.StatusOK, "access is closed")
	head.Get("/a/north/people/audit").Must(t, http.StatusOK, "Member: blocking")
	head.Get("/op/people").Must(t, http.StatusForbidden)
	o.stranger.Get("/a/north/people").Must(t, http.StatusNotFound)
	operator := o.Operator()
	operator.Get("/op/people").Must(t, http.StatusOK, "Olha Operator")
	operator.Get("/op/people/keys").Must(t, http.StatusOK, "No API keys")
	operator.Get("/p/shop/people").Must(t, http.StatusOK, "Bob Manager")
	operator.Post("/p/shop/people/invite", form("email", "new@example.com", "role", "manager")).Must(t, http.StatusOK)
	if list := o.owner.Get("/p/shop/people/invitations").Must(t, http.StatusOK, "The operator, or a former member"); strings.Contains(list.Body, string(operator.ID)) {
		t.Error("a page shows the operator's id")
	}
}

// In a book sold by term the free users are the plan's, and blocking gives days back: a month of 2,000 + 380 for a fourth user
// is 30 days of 2,380; with three, 30 days are floor(30 x 2380 / 2000) = 35.
func TestFreeUsersOfAPlan(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.OpenProject(project.Opening{ID: "orders", Name: "Orders", Country: "RU", TimeZone: "Europe/Moscow", Book: "insales", Plan: "standard"}, "50000")
	owner, fourth := o.termPeople()
	owner.Get("/p/orders/people").Must(t, http.StatusOK, "Users on the plan “Standard”", "1 above the limit", "3 free of charge, each further one 380.00")
	at := "/p/orders/people/users/" + string(fourth.ID)
	owner.Get(at+"/block").Must(t, http.StatusOK, "Paid until", "22 Dec 2026", "27 Dec 2026")
	o.Write(func(ctx context.Context, tx *store.Tx) error { // not through the page: still counted
		_, err := access.Block(ctx, tx, o.Permit(orders), nil, fourth.ID, "", o.Now())
		return err
	})
	owner.Get("/p/orders/people/ways").Must(t, http.StatusOK, "is blocked and still counts as a paid user", "5 days longer")
	owner.Post(at+"/unblock", form()).Must(t, http.StatusOK)
	owner.Post(at+"/block", form()).Must(t, http.StatusOK, "access is closed")
	if diff := cmp.Diff(3, o.paidUsers()); diff != "" {
		t.Error(diff)
	}
	owner.Post(at+"/unblock", form()).Must(t, http.StatusOK)
	if diff := cmp.Diff(4, o.paidUsers()); diff != "" {
		t.Error(diff)
	}
}

// The next invoice is a term as long as the one that is paid, at today's users: 2,000 + 380 for the fourth. Of 12 months with 15 % off each costs 2,023,
// 357 less. Rules B-50, A-13.
func TestNextInvoiceOfAPlan(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.OpenProject(project.Opening{ID: "orders", Name: "Orders", Country: "RU", TimeZone: "Europe/Moscow", Book: "insales", Plan: "standard"}, "50000")
	owner, _ := o.termPeople()
	owner.Get("/p/orders/people").Must(t, http.StatusOK, "Next invoice", "2,380.00\u00a0₽", "1 month", "due 22\u00a0December\u00a02026", "Users above the free ones", "380.00\u00a0₽")
	ways := owner.Get("/p/orders/people/ways").Must(t, http.StatusOK, "12 months paid at once", "Saves 357.00\u00a0₽ a month", `href="/p/orders/funds/products"`)
	if strings.Contains(ways.Body, "not here") {
		t.Error("somebody who just came is said to be away")
	}
	o.Pass(14 * 24 * time.Hour)
	o.SignIn(owner.User).Get("/p/orders/people/ways").Must(t, http.StatusOK, "not here for 14 days", "longer", `href="/p/orders/people?sort=seen"`)
	reader := o.SignIn(o.named("Manuela", orders, access.Manager))
	if page := reader.Get("/p/orders/people"); strings.Contains(page.Body, "Next invoice") {
		t.Error("whoever may not see funds sees the next invoice")
	}
}

// A project that the operator opened has nobody: its list says so, and offers to invite.
func TestNobodyIsHereYet(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.Project("empty", "100")
	o.Operator().Get("/p/empty/people").Must(t, http.StatusOK, "Nobody is here yet", `href="/p/empty/people/invite"`)
}

// A fifth user of a month at 2,380 that begins today costs its days, floor(30 x 2380 / 2760) = 25 instead of 30, or 380 at once. Whoever is paid for at
// once counts from the invitation on; where it is taken back, the 30 days of 2,760 become floor(30 x 2760 / 2380) = 34. Rule B-51.
func TestInvitedByTheTerm(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.OpenProject(project.Opening{ID: "orders", Name: "Orders", Country: "RU", TimeZone: "Europe/Moscow", Book: "insales", Plan: "standard"}, "2500")
	owner, _ := o.termPeople()
	owner.Get("/p/orders/people/invite").Must(t, http.StatusOK, "By a shorter term", "ends on 17 Dec 2026 instead of 22 Dec 2026", "Pay 380.00\u00a0₽ now")
	now := form("email", "Fifth@example.com", "role", "manager", "pay", "now")
	owner.Post("/p/orders/people/invite", now).Must(t, http.StatusUnprocessableEntity, "The balance does not cover it", `value="now" checked`)
	o.ended(t, 4, "2026-12-22")
	o.Pay("orders", "more", "1000")
	made := owner.Post("/p/orders/people/invite", now).Must(t, http.StatusOK, "The invitation is ready")
	o.ended(t, 5, "2026-12-22")
	owner.Post("/p/orders/people/invite", now).Must(t, http.StatusOK, "The invitation is ready") // once more: they are paid for
	o.ended(t, 5, "2026-12-22")
	if account, err := ledger.GetAccount(t.Context(), o.App.DB, "orders"); err != nil || account.Balance() != money.MustParse("740") { // 2500 + 1000 - 2380 - 380
		t.Errorf("the balance is %v, %v", account.Balance(), err)
	}
	pending, err := access.Invitations(t.Context(), o.App.DB, o.Permit(orders), o.Now())
	if err != nil || len(pending) != 1 || made.Path == "" {
		t.Fatal(pending, err)
	}
	owner.Post("/p/orders/people/invitations/"+string(pending[0].ID)+"/revoke", form()).Must(t, http.StatusOK)
	o.ended(t, 4, "2026-12-26")
}

// Whoever was paid for when invited, and came by another way, stays paid for when the invitation is taken back. Rule B-51.
func TestInvitationOfAMemberIsTakenBack(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.OpenProject(project.Opening{ID: "orders", Name: "Orders", Country: "RU", TimeZone: "Europe/Moscow", Book: "insales", Plan: "standard"}, "5000")
	owner, _ := o.termPeople()
	owner.Post("/p/orders/people/invite", form("email", "fifth@example.com", "role", "manager", "pay", "now")).Must(t, http.StatusOK)
	o.Join(o.User("fifth@example.com"), orders, access.Manager)
	pending, err := access.Invitations(t.Context(), o.App.DB, o.Permit(orders), o.Now())
	if err != nil || len(pending) != 1 {
		t.Fatal(pending, err)
	}
	owner.Post("/p/orders/people/invitations/"+string(pending[0].ID)+"/revoke", form()).Must(t, http.StatusOK)
	o.ended(t, 5, "2026-12-22")
}

// ended fails unless orders has so many paid users and its term ends on a day.
func (o *office) ended(t *testing.T, users int, day string) {
	t.Helper()
	standing, err := billing.GetStanding(t.Context(), o.App.DB, "orders")
	if err != nil {
		t.Fatal(err)
	}
	if until, _ := pricing.PaidUntil(standing.Term); until.String() != day || o.paidUsers() != users {
		t.Errorf("%d users are paid until %s, want %d until %s", o.paidUsers(), until, users, day)
	}
}

func (o *office) paidUsers() int {
	o.Helper()
	held, err := billing.GetConfiguration(o.Context(), o.App.DB, "orders")
	if err != nil {
		o.Fatal(err)
	}
	return len(held.Users)
}

// termPeople makes four paid users of orders, who have paid for a month.
func (o *office) termPeople() (owner *cabinettest.Person, fourth account.User) {
	o.Helper()
	owner = o.SignIn(o.named("Oksana Orders", orders, access.Owner))
	ids := []account.UserID{owner.ID}
	for _, name := range []string{"Second", "Third", "Fourth"} {
		fourth = o.named(name, orders, access.Manager)
		ids = append(ids, fourth.ID)
	}
	o.Write(func(ctx context.Context, tx *store.Tx) error {
		for _, id := range ids {
			if _, err := o.App.Billing.AddUser(ctx, tx, "orders", string(id), o.Now()); err != nil {
				return err
			}
		}
		_, err := o.App.Billing.PayTerm(ctx, tx, "orders", "t1", 1, o.Now())
		return err
	})
	return owner, fourth
}

// Two departments have two names, whatever the case of letters.
func TestDepartmentsOfOneName(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.owner.Post("/p/shop/people/departments/new", form("name", "Sales")).Must(t, http.StatusOK, "Sales")
	o.owner.Post("/p/shop/people/departments/new", form("name", " sales ")).Must(t, http.StatusUnprocessableEntity, "There is a department of this name")
	o.owner.Post("/p/shop/people/departments/new", form("name", "Service")).Must(t, http.StatusOK, "Service")
	var at string
	departments, err := access.Departments(t.Context(), o.App.DB, o.Permit(shop))
	for _, d := range departments {
		if d.Name == "Service" {
			at = "/p/shop/people/departments/" + string(d.ID)
		}
	}
	if err != nil || len(departments) != 2 {
		t.Fatalf("%v, %v", departments, err)
	}
	o.owner.Post(at, form("name", "SALES")).Must(t, http.StatusUnprocessableEntity, "There is a department of this name")
	o.owner.Post(at, form("name", "service")).Must(t, http.StatusOK, "is saved")
}
