package people_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"bellwether/internal/money"
	"bellwether/internal/store"
)

// The fourth seat costs 150 a month, 5 a day; so does the fifth.
func TestGivingAndTakingSeats(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	seat := func(what string) string {
		return "/p/shop/people/seats/" + what + "?user=" + string(o.owner.ID) + "&product=virtual_pbx"
	}
	wish := form("user", string(o.owner.ID), "product", "virtual_pbx")
	o.owner.Get("/p/shop/people/seats").Must(t, http.StatusOK, "4 seats", "Ann Manager", "Virtual PBX 2.0")
	o.owner.Get("/p/shop/people/seats/give").Must(t, http.StatusOK, "Olena Owner", "Virtual PBX 2.0", "Show the cost")
	o.owner.Get(seat("give")).Must(t, http.StatusOK, "Virtual PBX 2.0: a seat for Olena Owner?", "38.30", "43.30", "150.00")
	o.owner.Post("/p/shop/people/seats/give", wish).Must(t, http.StatusOK, "Olena Owner has a seat", "/p/shop/people/seats/take")
	o.costs(t, "43.3")
	o.owner.Get(seat("give")).Must(t, http.StatusOK, "already has a seat")
	o.owner.Get("/p/shop/people/seats").Must(t, http.StatusOK, "Changed today", "Olena Owner was given a seat")
	o.owner.Get(seat("take")).Must(t, http.StatusOK, "43.30", "38.30", "Today is still charged")
	o.owner.Post("/p/shop/people/seats/take", wish).Must(t, http.StatusOK, "Olena Owner has no seat any more")
	o.costs(t, "38.3")
	for name, f := range map[string]string{"no product": "fax", "one without seats": "call_tracking", "hostile": "<script>"} {
		got := o.owner.Post("/p/shop/people/seats/give", form("user", string(o.owner.ID), "product", f))
		if got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, "There is no product with seats") {
			t.Errorf("%s: %d", name, got.Status)
		}
	}
	o.owner.Post("/p/shop/people/seats/give", form("user", string(o.stranger.ID), "product", "virtual_pbx")).Must(t, http.StatusNotFound)
	o.ann.Post("/p/shop/people/seats/give", wish).Must(t, http.StatusForbidden)
	o.stranger.Get("/p/shop/people/seats").Must(t, http.StatusNotFound)
}

// costs fails unless the next whole day costs so much.
func (o *office) costs(t *testing.T, want string) {
	t.Helper()
	if got := o.tomorrow(); got != money.MustParse(want) {
		t.Errorf("tomorrow costs %s, want %s", got, want)
	}
}

// Rule A-13: after 14 days without anybody all four seats are pointed out; taking them saves the fourth one's 5 a day.
func TestUnusedSeats(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.Pass(13 * 24 * time.Hour)
	owner := o.SignIn(o.owner.User)
	if body := owner.Get("/p/shop/people/seats").Must(t, http.StatusOK).Body; strings.Contains(body, "not used for 14 days") {
		t.Error("pointed out on day 13")
	}
	o.Pass(24 * time.Hour)
	owner.Get("/p/shop/people/ways").Must(t, http.StatusOK, "4 seats were not used for 14 days", "Saves 150.00")
	owner.Get("/p/shop/people/seats?seats.f.use=unused").Must(t, http.StatusOK, "Seats that nobody uses", "Ann Manager, Bob Manager, Cleo Manager, Dan Manager")
	owner.Get("/p/shop/people/seats/unused?product=virtual_pbx").Must(t, http.StatusOK, "take 4 unused seats?", "38.30", "33.30")
	owner.Post("/p/shop/people/seats/unused", confirmed(owner.Get("/p/shop/people/seats/unused?product=virtual_pbx"))).Must(t, http.StatusOK, "4 seats were taken", "Changed today")
	o.costs(t, "33.3")
	owner.Get("/p/shop/people/seats/unused?product=fax").Must(t, http.StatusUnprocessableEntity)
}

// A program set 9 seats by number; four are somebody's. The other five cost 5 a day each.
func TestSeatsThatNobodyHas(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.Write(func(ctx context.Context, tx *store.Tx) error {
		return o.App.Billing.SetSeats(ctx, tx, "shop", "virtual_pbx", 9, o.Now())
	})
	o.costs(t, "63.3")
	o.owner.Get("/p/shop/people/ways").Must(t, http.StatusOK, "5 seats are charged that nobody has", "Saves 750.00")
	o.owner.Get("/p/shop/people/seats/recount?product=virtual_pbx").Must(t, http.StatusOK, "63.30", "38.30")
	o.owner.Post("/p/shop/people/seats/recount", confirmed(o.owner.Get("/p/shop/people/seats/recount?product=virtual_pbx"))).Must(t, http.StatusOK, "4 seats are charged now")
	o.costs(t, "38.3")
	o.owner.Get("/p/shop/people/audit").Must(t, http.StatusOK, "Seat: recount")
}

func TestDepartments(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.owner.Get("/p/shop/people/departments").Must(t, http.StatusOK, "No departments yet")
	o.owner.Post("/p/shop/people/departments/new", form("name", " ", "people", string(o.ann.ID))).Must(t, http.StatusUnprocessableEntity, "Write a name", `value="`+string(o.ann.ID)+`" checked`)
	o.owner.Post("/p/shop/people/departments/new", form("name", "Sales", "people", string(o.ann.ID), "people", string(o.bob.ID))).Must(t, http.StatusOK, "Department “Sales” is there", "Ann Manager, Bob Manager")
	o.owner.Post("/p/shop/people/departments/new", form("name", "Other", "people", string(o.stranger.ID))).Must(t, http.StatusNotFound)
	at := hrefIn(o.owner.Get("/p/shop/people/departments").Body, "/p/shop/people/departments/0")
	o.owner.Get(at).Must(t, http.StatusOK, "Sales", "Cleo Manager")
	o.owner.Post(at, form("name", "Field sales", "people", string(o.cleo.ID))).Must(t, http.StatusOK, "Department “Field sales” is saved", "Cleo Manager")
	o.owner.Get("/p/shop/people?format=csv&cols=name,departments").Must(t, http.StatusOK, "Cleo Manager,Field sales")
	o.owner.Post(at, form("name", "", "people", string(o.cleo.ID))).Must(t, http.StatusUnprocessableEntity, "Write a name")
	o.stranger.Get(strings.Replace(at, "/p/shop/", "/p/other/", 1)).Must(t, http.StatusNotFound)
	o.ann.Get("/p/shop/people/departments").Must(t, http.StatusOK, "Field sales")
	o.ann.Get(at).Must(t, http.StatusForbidden)
	o.owner.Get(at+"/delete").Must(t, http.StatusOK, "Delete the department “Field sales”?", "1 person is in it")
	o.owner.Post(at+"/delete", form()).Must(t, http.StatusOK, "is deleted", "No departments yet")
}
