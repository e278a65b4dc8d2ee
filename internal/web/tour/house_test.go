package tour_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/config"
	"bellwether/internal/demo"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
	"bellwether/internal/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }

// shop is the project of the demo.
var shop = ident.ProjectOrg(demo.Project)

// house is the program with the demo in it, an agency that runs it, and an operator for each language, who may see every page.
type house struct {
	*cabinettest.House
	operators    map[lang.Lang]*cabinettest.Person
	owner, agent *cabinettest.Person // of the shop, and of the agency that runs it
	manager      account.UserID      // of the shop
	gone         account.UserID      // who is blocked everywhere
}

// openHouse makes one.
func openHouse(t *testing.T) *house {
	t.Helper()
	h := &house{House: cabinettest.OpenWith(t, config.Flags{SignUp: config.SignUpOpen}, app.Options{}), operators: map[lang.Lang]*cabinettest.Person{}}
	parts := demo.PartsOf(h.App)
	if _, err := demo.Load(context.Background(), parts, demo.Options{Seed: 1, Now: h.Now()}); err != nil {
		t.Fatal(err)
	}
	h.Agency("lime", demo.Project)
	h.equip()
	if err := h.App.CarryNews(context.Background()); err != nil { // nobody hears of them while nothing runs
		t.Fatal(err)
	}
	h.App.FeelPulse(context.Background())
	h.telephone()
	h.hook()
	h.track()
	h.operators[lang.English] = h.Operator()
	h.paperwork()
	for _, l := range []lang.Lang{lang.Russian, lang.Ukrainian} {
		u := h.User("operator-" + string(l) + "@example.com")
		h.Join(u, ident.Operator, access.OperatorRole)
		h.speak(u, l)
		h.operators[l] = h.SignIn(u)
	}
	return h
}

// speak makes a language that of somebody's pages.
func (h *house) speak(u account.User, l lang.Lang) {
	h.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := account.EditUser(ctx, tx, audit.Program("test"), u.ID, u.Name, string(l), h.Now())
		return err
	})
}

// paperwork leaves with the operator what customers and colleagues leave: a question, money that waits, a draft of a book.
func (h *house) paperwork() {
	h.Helper()
	operator := h.operators[lang.English]
	for path, form := range map[string]url.Values{
		"/p/kvitka/support": {"text": {"Why was Tuesday dearer?"}, "client_id": {"one"}, "page": {"/p/kvitka/funds"}},
	} {
		h.owner.Post(path, form).Must(h, http.StatusOK)
	}
	for _, step := range []struct {
		path string
		form url.Values
	}{
		{"/op/money/limits/new", url.Values{"currency": {"UAH"}, "amount": {"1000"}, "reason": {"two pairs of eyes"}}},
		{"/op/money/new", url.Values{
			"id": {"one"}, "project": {"kvitka"}, "kind": {"payment"}, "amount": {"5000"}, "method": {"bank"}, "reason": {"invoice 17"}, "sure": {"yes"},
		}},
		{"/op/books/next", url.Values{"book": {"ringostat"}, "effective": {"2027-01-01"}}},
		{"/op/books/next", url.Values{"book": {"k50"}, "effective": {"2027-01-01"}}},
	} {
		operator.Post(step.path, step.form).Must(h, http.StatusOK)
	}
}

// equip gives the shop, the agency and the operator one of everything that a page is about.
func (h *house) equip() {
	h.Helper()
	h.owner, h.agent = h.Member(shop, access.Owner), h.Member(ident.AgencyOrg("lime"), access.AgencyRole)
	manager, marketer := h.Member(shop, access.Manager), h.Member(shop, access.Marketer)
	h.manager = manager.ID
	gone := h.User("gone@example.com")
	h.gone = gone.ID
	inShop, inOperator := h.Permit(shop), h.Permit(ident.Operator)
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		at := h.Now()
		department, err := access.MakeDepartment(ctx, tx, inShop, rand.Reader, "Weddings", at)
		role, err2 := access.CopyRole(ctx, tx, inShop, rand.Reader, access.Manager, "Senior manager", at)
		_, _, err3 := access.Invite(ctx, tx, inShop, rand.Reader, "new@shop.example", role.ID, at)
		_, _, err4 := access.Invite(ctx, tx, inOperator, rand.Reader, "new@operator.example", access.OperatorRole, at)
		_, _, err5 := access.Invite(ctx, tx, h.Permit(ident.AgencyOrg("lime")), rand.Reader, "new@lime.example", access.ReadOnly, at)
		_, _, err6 := access.MakeKey(ctx, tx, inShop, rand.Reader, "CRM", account.ProjectRead, time.Time{}, at)
		_, _, err7 := access.MakeKey(ctx, tx, inOperator, rand.Reader, "Backup", account.Operator, time.Time{}, at)
		_, err8 := access.CopyRole(ctx, tx, h.Permit(ident.AgencyOrg("lime")), rand.Reader, access.Marketer, "Senior marketer", at)
		_, err9 := access.CopyRole(ctx, tx, inOperator, rand.Reader, access.OperatorRole, "Cashier", at)
		if err := errors.Join(err, err2, err3, err4, err5, err6, err7, err8, err9); err != nil {
			return err
		}
		_, err = access.Block(ctx, tx, inShop, h.App.Billing, marketer.ID, h.owner.ID, at)
		return errors.Join(err,
			access.SetPeople(ctx, tx, inShop, department.ID, []account.UserID{manager.ID}, at),
			access.TakeSeat(ctx, tx, inShop, h.App.Billing, manager.ID, "virtual_pbx", at.AddDate(0, 0, -20)),
			access.TakeSeat(ctx, tx, inShop, h.App.Billing, h.owner.ID, "virtual_pbx", at),
			access.BlockEverywhere(ctx, tx, inOperator, h.App.Billing, gone.ID, nil, at))
	})
}
