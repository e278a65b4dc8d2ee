package people_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/access"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
)

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`)

// confirmed is what the form of a question posts: every hidden field of the page.
func confirmed(a cabinettest.Answer) url.Values {
	f := url.Values{}
	for _, field := range hidden.FindAllStringSubmatch(a.Body, -1) {
		f.Add(field[1], field[2])
	}
	return f
}

// Four seats were unused when the question was asked, and Dan has none any more when it is answered: no other is taken.
func TestOnlyTheSeatsThatWereShownAreTaken(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.Pass(14 * 24 * time.Hour)
	owner := o.SignIn(o.owner.User)
	const at = "/p/shop/people/seats/unused"
	asked := confirmed(owner.Get(at+"?product=virtual_pbx").Must(t, http.StatusOK, "take 4 unused seats?"))
	o.Write(func(ctx context.Context, tx *store.Tx) error {
		return access.LeaveSeat(ctx, tx, o.Permit(shop), o.App.Billing, o.dan.ID, "virtual_pbx", o.Now())
	})
	owner.Post(at, asked).Must(t, http.StatusConflict, "Look at the effect anew")
	asked = confirmed(owner.Get(at+"?product=virtual_pbx").Must(t, http.StatusOK, "take 3 unused seats?"))
	owner.Post(at, asked).Must(t, http.StatusOK, "3 seats were taken")
	o.costs(t, "33.3")
}

// Nine were counted and four are somebody's; a fifth was given while the question stood: the count shown is not the count now.
func TestOnlyTheCountThatWasShownIsSet(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	nine := func() {
		o.Write(func(ctx context.Context, tx *store.Tx) error {
			return o.App.Billing.SetSeats(ctx, tx, "shop", "virtual_pbx", 9, o.Now())
		})
	}
	nine()
	const at = "/p/shop/people/seats/recount"
	asked := confirmed(o.owner.Get(at + "?product=virtual_pbx"))
	o.seat(o.owner.ID)
	nine()
	o.owner.Post(at, asked).Must(t, http.StatusConflict, "Look at the effect anew")
	o.costs(t, "63.3")
	o.owner.Post(at, confirmed(o.owner.Get(at+"?product=virtual_pbx"))).Must(t, http.StatusOK, "5 seats are charged now")
}

// What a dialog said of tomorrow is not so after midnight.
func TestAQuestionIsOfItsDay(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	ada := o.named("Ada Accountant", shop, access.Accountant)
	o.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := access.Block(ctx, tx, o.Permit(shop), nil, ada.ID, "", o.Now())
		return err
	})
	questions := map[string]string{
		"give": "/p/shop/people/seats/give?user=" + string(o.owner.ID) + "&product=virtual_pbx", "take": "/p/shop/people/seats/take?user=" + string(o.ann.ID) + "&product=virtual_pbx",
		"unused": "/p/shop/people/seats/unused?product=virtual_pbx", "recount": "/p/shop/people/seats/recount?product=virtual_pbx",
		"block": user(o.ann.ID) + "/block", "unblock": user(ada.ID) + "/unblock", "remove": user(o.bob.ID) + "/remove",
	}
	asked := map[string]url.Values{}
	for name, at := range questions {
		asked[name] = confirmed(o.owner.Get(at).Must(t, http.StatusOK))
	}
	o.Pass(12 * time.Hour) // midnight in Kyiv
	for name, at := range questions {
		path, _, _ := strings.Cut(at, "?")
		if got := o.owner.Post(path, asked[name]); got.Status != http.StatusConflict || !strings.Contains(got.Body, "look at the effect anew") {
			t.Errorf("%s: %d\n%.1500s", name, got.Status, got.Body)
		}
	}
	o.owner.Post(user(o.ann.ID)+"/block", confirmed(o.owner.Get(user(o.ann.ID)+"/block"))).Must(t, http.StatusOK, "access is closed")
}

// Whoever may not see funds manages people and is told no amounts.
func TestDialogsWithoutFunds(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	var role access.Role
	o.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		permit := o.Permit(shop)
		if role, err = access.CopyRole(ctx, tx, permit, rand.Reader, access.Administrator, "Personnel", o.Now()); err != nil {
			return err
		}
		matrix := role.Matrix
		for _, a := range []access.Action{access.View, access.Edit, access.Delete, access.Export, access.Listen} {
			matrix = matrix.With(a, access.Funds, access.None)
		}
		role, err = access.EditRole(ctx, tx, permit, role.ID, role.Version, role.Name, matrix, o.Now())
		return err
	})
	clerk := o.SignIn(o.named("Pia Personnel", shop, role.ID))
	for name, at := range map[string]string{
		"give": "/p/shop/people/seats/give?user=" + string(o.owner.ID) + "&product=virtual_pbx", "take": "/p/shop/people/seats/take?user=" + string(o.ann.ID) + "&product=virtual_pbx",
		"unused": "/p/shop/people/seats/unused?product=virtual_pbx", "recount": "/p/shop/people/seats/recount?product=virtual_pbx",
		"block": user(o.ann.ID) + "/block", "remove": user(o.ann.ID) + "/remove",
	} {
		body := clerk.Get(at).Must(t, http.StatusOK).Body
		for _, amount := range []string{"38.30", "33.30", "Tomorrow’s charge", "Funds last"} {
			if strings.Contains(body, amount) {
				t.Errorf("%s says %s", name, amount)
			}
		}
	}
}

// The list of users waits for no preview: ways to save are a later part, of those who may see funds.
func TestWaysToSaveComeLater(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.Write(func(ctx context.Context, tx *store.Tx) error {
		return o.App.Billing.SetSeats(ctx, tx, "shop", "virtual_pbx", 9, o.Now())
	})
	page := o.owner.Get("/p/shop/people").Must(t, http.StatusOK, `data-src="/p/shop/people/ways"`)
	if strings.Contains(page.Body, "Saves 750.00") {
		t.Error("the page computed it")
	}
	o.owner.Get("/p/shop/people/ways").Must(t, http.StatusOK, "Saves 750.00")
	o.ann.Get("/p/shop/people/ways").Must(t, http.StatusForbidden)
	o.stranger.Get("/p/shop/people/ways").Must(t, http.StatusNotFound)
}

// A reload of the answer makes no second key, and does not show the first one's secret again.
func TestAKeyIsMadeOnceForAForm(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	f := confirmed(o.owner.Get("/p/shop/people/keys/new"))
	f.Set("name", "Nightly")
	f.Set("scope", "project:read")
	f.Set("life", "30")
	secret := codeIn(o.owner.Post("/p/shop/people/keys/new", f).Must(t, http.StatusOK, "it is shown only once").Body)
	again := o.owner.Post("/p/shop/people/keys/new", f).Must(t, http.StatusOK, "Nightly")
	if strings.Contains(again.Body, secret) || strings.Contains(again.Body, "it is shown only once") {
		t.Error("the secret is shown a second time")
	}
	keys := o.owner.Get("/p/shop/people/keys?format=csv&cols=name").Must(t, http.StatusOK).Body
	if diff := cmp.Diff(1, strings.Count(keys, "Nightly")); diff != "" {
		t.Errorf("keys:\n%s", diff)
	}
	f.Set("name", "Weekly")
	o.owner.Post("/p/shop/people/keys/new", f).Must(t, http.StatusConflict)
	f.Del("id")
	o.owner.Post("/p/shop/people/keys/new", f).Must(t, http.StatusUnprocessableEntity)
}
