package products_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/ident"
	"bellwether/internal/number"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
)

const kyiv, second = "+380441234567", "+380441234568"

// Renting any number shows what it costs, rents once however often the form is sent, and charges what it said: 2.00 a day.
// Rules N-04, B-35, B-04.
func TestRenting(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "100")
	s.stock(kyiv, second, "+380671234567")
	s.get(t, "/numbers/rent", http.StatusOK, "Ukraine, 44, Kyiv city", "2.00 ₴", "60.00 ₴", "mobile", "90.00 ₴")
	const at = "/numbers/rent/new"
	body := s.get(t, at+"?country=UA&area=44&kind=local", http.StatusOK, "Rent a number: local, Ukraine, 44, Kyiv city", "Any: the one that has been free the longest", "+380 44 123 4568", `method="get"`)
	lacks(t, body, "₴ a day", "+380 67")
	body = s.get(t, at+"?country=UA&area=44&kind=local&number=&use=tracking&label=Billboards", http.StatusOK, "Rent +380 44 123 4567?", "call tracking", "−2.00 ₴ a day")
	lacks(t, body, "<select", `id="rent-label"`)
	form := fields(body)
	for range 2 {
		s.post(t, at, form, http.StatusOK, "+380 44 123 4567 is yours", "Billboards", "call tracking")
	}
	form.Set("label", "Other")
	s.post(t, at, form, http.StatusConflict, "sent before with something else")
	if held := s.held().Numbers; len(held) != 1 || held[0].Number != kyiv || held[0].Use != "tracking" {
		t.Errorf("%+v", held)
	}
	s.Live(1)
	if got := s.balance(t); got != "98" {
		t.Errorf("the balance is %s", got)
	}
}

// Whoever wants any number and loses a race to one gets the next like it.
func TestLosingARaceToAnyNumber(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "100")
	s.stock(kyiv, second)
	rival := openings["shop"]
	rival.ID = "rival"
	s.OpenProject(rival, "100")
	const at = "/numbers/rent/new"
	form := fields(s.get(t, at+"?country=UA&area=44&kind=local&number=&use=tracking", http.StatusOK, "Rent +380 44 123 4567?"))
	certain := fields(s.get(t, at+"?number=%2B380441234567&use=tracking", http.StatusOK))
	s.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := s.App.Cabinet.Numbers.Rent(ctx, tx, "rival", number.Wish{Number: kyiv, Use: "pbx"}, "test", s.Now())
		return err
	})
	s.post(t, at, certain, http.StatusConflict, "Somebody else has just taken")
	s.post(t, at, form, http.StatusOK, "+380 44 123 4568 is yours")
}

// What is asked about is what is rented: the effect is that of the number and use chosen, and no number of another price is
// offered beside them. A local number is 2.00 a day, a mobile one 3.00; the sixth that is tracked takes a slot at 50 a month.
func TestRentingCostsWhatIsShown(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "1000")
	s.stock(kyiv, second, "+380671234567")
	lacks(t, s.get(t, "/numbers/rent/new?country=UA", http.StatusOK, "+380 44 123 4568"), "+380 67")
	s.get(t, "/numbers/rent/new?number=%2B380671234567&use=pbx", http.StatusOK, "Rent +380 67 123 4567?", "−3.00 ₴ a day")
	s.turn("call_tracking", true)
	for i := range 5 {
		s.bring(fmt.Sprintf("+38044555000%d", i), "")
	}
	lacks(t, s.get(t, "/numbers/rent/new?number=%2B380441234568&use=pbx", http.StatusOK, "−2.00 ₴ a day"), "slots above")
	s.confirm(t, "/numbers/rent/new?number=%2B380441234568&use=tracking", "/numbers/rent/new", nil, []string{"Call tracking: slots above the included", "−3.67 ₴ a day"},
		http.StatusOK, "+380 44 123 4568 is yours", "call tracking")
	s.get(t, "/numbers/rent/new?number=%2B380441234567&use=fax", http.StatusUnprocessableEntity, "no telephone number")
	s.get(t, "/numbers/rent/new?number=%2B380449999999&use=pbx", http.StatusConflict, "The operator has no such number")
}

// Refused rents say why: taken, none free, not in stock, no funds, a wrong use, no form.
func TestRefusedRents(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "100")
	s.stock(kyiv, second)
	s.OpenProject(openings["line"], "10000")
	other := &shop{House: s.House, id: "line"}
	other.rent(kyiv, "pbx", "")
	for name, c := range map[string]struct {
		form   url.Values
		status int
		says   string
	}{
		"taken":        {url.Values{"number": {kyiv}, "use": {"pbx"}, "id": {"1"}}, http.StatusConflict, "Somebody else has just taken +380"},
		"no number":    {url.Values{"country": {"UA"}, "use": {"pbx"}, "id": {"2"}}, http.StatusUnprocessableEntity, "The form is too old"},
		"not in stock": {url.Values{"number": {"+380441111111"}, "use": {"pbx"}, "id": {"3"}}, http.StatusConflict, "The operator has no such number"},
		"a wrong use":  {url.Values{"number": {second}, "use": {"fax"}, "id": {"4"}}, http.StatusUnprocessableEntity, "no telephone number that can be connected"},
		"a long label": {url.Values{"number": {second}, "use": {"pbx"}, "label": {strings.Repeat("x", 101)}, "id": {"5"}}, http.StatusUnprocessableEntity, "at most 100 characters"},
		"no form":      {url.Values{"number": {second}, "use": {"pbx"}}, http.StatusUnprocessableEntity, "The form is too old"},
	} {
		t.Run(name, func(t *testing.T) { s.post(t, "/numbers/rent/new", c.form, c.status, c.says) })
	}
	s.get(t, "/numbers/rent/new?country=DE", http.StatusConflict, "No such number is free now")
	manager := s.Member(ident.ProjectOrg("shop"), access.Manager)
	manager.Post(s.path("/numbers/rent/new"), url.Values{"number": {second}, "use": {"pbx"}, "id": {"6"}}).Must(t, http.StatusForbidden)

	k := open(t, "line", "100")
	k.stock("+74951234567")
	k.get(t, "/numbers/rent/new?country=RU&area=495&kind=local&use=pbx", http.StatusOK, "Not enough funds", "This costs 2,550.00 ₽ at once")
	k.post(t, "/numbers/rent/new", url.Values{"number": {"+74951234567"}, "use": {"pbx"}, "id": {"1"}}, http.StatusPaymentRequired, "The balance does not cover it")

	dry := open(t, "shop", "10")
	dry.stock(kyiv)
	dry.turn("virtual_pbx", true)
	dry.Live(2)
	dry.owner = dry.SignIn(dry.owner.User)
	dry.get(t, "/numbers/rent/new?country=UA", http.StatusPaymentRequired, "no number can be rented")
}

// Of a hundred that want a number in one moment one gets it. Rule N-01.
func TestHundredRents(t *testing.T) {
	t.Parallel()
	house := cabinettest.Open(t)
	var owners []*cabinettest.Person
	for i := range 4 {
		id := ident.ProjectID(fmt.Sprintf("p%d", i))
		house.OpenProject(project.Opening{ID: id, Name: string(id), Country: "UA", TimeZone: "Europe/Kyiv", Book: "ringostat"}, "100")
		owners = append(owners, house.Member(ident.ProjectOrg(id), access.Owner))
	}
	(&shop{House: house}).stock(kyiv)
	var won, lost, other atomic.Int64
	var crowd sync.WaitGroup
	for i := range 100 {
		crowd.Go(func() {
			answer := owners[i%4].Post(fmt.Sprintf("/p/p%d/numbers/rent/new", i%4), url.Values{"number": {kyiv}, "use": {"pbx"}, "id": {fmt.Sprint(i)}, "day": {"2026-11-22"}})
			switch answer.Status {
			case http.StatusOK:
				won.Add(1)
			case http.StatusConflict:
				lost.Add(1)
			default:
				other.Add(1)
			}
		})
	}
	crowd.Wait()
	if won.Load() != 1 || lost.Load() != 99 {
		t.Errorf("%d have it, %d were refused, %d neither", won.Load(), lost.Load(), other.Load())
	}
}

// A released number rests for 30 days, in which the former project alone may have it back; on its day the release is undone
// without a further charge. Rules N-06, B-08.
func TestReleaseAndBack(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "100")
	s.stock(kyiv)
	s.rent(kyiv, "tracking", "Billboards")
	s.Pass(time.Minute)
	release := func() string {
		return s.confirm(t, "/numbers/380441234567/release", "/numbers/380441234567/release", nil, []string{
			"rests for 30 days: until 22 Dec 2026", "nobody else can have it", "+2.00 ₴ a day",
		}, http.StatusOK, "+380 44 123 4567 is released", "undo-release")
	}
	body := release()
	if !strings.Contains(body, `name="use" value="tracking"`) {
		t.Error("the undo has lost the use")
	}
	s.get(t, "/numbers/380441234567", http.StatusNotFound)
	s.get(t, "/numbers/resting", http.StatusOK, "+380 44 123 4567", "Billboards", "30 days", "Take back")
	s.Pass(time.Minute)
	s.post(t, "/numbers/380441234567/undo-release", url.Values{"day": {"2026-11-22"}, "use": {"tracking"}}, http.StatusOK, "is yours again", "Billboards", "taken back")
	s.Pass(time.Minute)
	release()
	s.Live(1)
	if got := s.balance(t); got != "98" {
		t.Errorf("the day costs once, yet the balance is %s", got)
	}
	s.post(t, "/numbers/380441234567/undo-release", url.Values{"day": {"2026-11-22"}, "use": {"pbx"}}, http.StatusConflict, "Midnight has passed")
	lacks(t, s.get(t, "/numbers/380441234567/take-back", http.StatusOK, `value="Billboards"`, `method="get"`), "₴ a day")
	s.confirm(t, "/numbers/380441234567/take-back?use=pbx&label=Billboards", "/numbers/380441234567/take-back", nil, []string{"PBX", "−2.00 ₴ a day"},
		http.StatusOK, "is yours again", "PBX")
	s.get(t, "/numbers/380441234567/take-back", http.StatusNotFound)
}

// Own numbers: read as people write them, with what is wrong beside the field; free with Ringostat, 150 a month and the
// minimum with K50. Rules N-05, B-35, B-39.
func TestOwnNumbers(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "100")
	s.stock(kyiv)
	for typed, says := range map[string]string{
		"12": "no telephone number that can be connected", "<script>": "no telephone number that can be connected",
	} {
		s.get(t, "/numbers/own/new?use=pbx&number="+url.QueryEscape(typed), http.StatusUnprocessableEntity, says, `aria-invalid="true"`)
	}
	form := fields(s.get(t, "/numbers/own/new?use=tracking&label=Office&number=044+555+66+77", http.StatusOK, "Connect +380 44 555 6677?", "0.00 ₴ a day"))
	s.post(t, "/numbers/own/new", form, http.StatusOK, "+380 44 555 6677 is connected", "Office", "your own")
	s.get(t, "/numbers/own/new?use=pbx&number=%2B380445556677", http.StatusUnprocessableEntity, "is in use already. Choose another number")
	s.post(t, "/numbers/own/new", url.Values{"number": {kyiv}, "use": {"pbx"}, "id": {"x"}}, http.StatusUnprocessableEntity, "belongs to the operator. Rent it instead")
	s.confirm(t, "/numbers/380445556677/release", "/numbers/380445556677/release", nil, []string{"You can connect it again at any time"}, http.StatusOK, "is released")

	k := open(t, "line", "1000")
	k.get(t, "/numbers/own/new?use=tracking&number=%2B74955556677", http.StatusOK, "−150.00 ₽", "30 Nov", "−2,350.00 ₽")
}

// The page of a number: label with undo, use with what it costs, and its life in this project alone.
func TestNumberPage(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "1000")
	s.OpenProject(openings["line"], "10000")
	s.stock(kyiv, second)
	before := &shop{House: s.House, id: "line"}
	before.rent(kyiv, "pbx", "Their secret")
	s.Write(func(ctx context.Context, tx *store.Tx) error {
		return s.App.Cabinet.Numbers.Release(ctx, tx, "line", kyiv, "Their person", s.Now())
	})
	s.Pass(31 * 24 * time.Hour)
	if _, err := s.App.Cabinet.Numbers.Ripen(context.Background(), s.Now()); err != nil {
		t.Fatal(err)
	}
	s.rent(kyiv, "pbx", "")
	s.turn("call_tracking", true)
	s.owner = s.SignIn(s.owner.User)
	lacks(t, s.get(t, "/numbers/380441234567", http.StatusOK, "2.00 ₴ a day, 60.00 ₴ for 30 days", "taken into use"), "Their", "rests")
	s.post(t, "/numbers/380441234567/label", url.Values{"label": {"<script>alert(1)</script>"}}, http.StatusOK, "The label is saved", "&lt;script&gt;alert(1)&lt;/script&gt;")
	s.post(t, "/numbers/380441234567/label", url.Values{"label": {strings.Repeat("я", 101)}}, http.StatusUnprocessableEntity, "at most 100 characters", `aria-invalid="true"`)
	s.post(t, "/numbers/380441234567/label", url.Values{"label": {"a\u202eb"}}, http.StatusOK, "The label is saved", `value="ab"`) // Rule A-16
	for i := range 5 {
		s.bring(fmt.Sprintf("+38044555000%d", i), "")
	}
	s.confirm(t, "/numbers/380441234567/use?use=tracking", "/numbers/380441234567/use", nil, []string{"Call tracking: slots above the included", "−1.67 ₴ a day"}, http.StatusOK, "Now used for: call tracking")
	s.get(t, "/numbers/380441234567/use?use=fax", http.StatusUnprocessableEntity, "no telephone number")
	s.get(t, "/numbers/"+strings.TrimPrefix(second, "+"), http.StatusNotFound)
	s.get(t, "/numbers/nonsense", http.StatusNotFound)
	s.post(t, "/numbers/380441234568/label", url.Values{"label": {"x"}}, http.StatusNotFound, "The project has no such number")
	s.owner.Get("/p/line/numbers").Must(t, http.StatusNotFound)
}

// The list filters, sorts and exports the rows it shows, with what a spreadsheet would run made harmless; prices are for
// those who may see the funds.
func TestNumbersList(t *testing.T) {
	t.Parallel()
	s := open(t, "shop", "1000")
	s.get(t, "/numbers", http.StatusOK, "No numbers yet", "Rent a number")
	s.stock(kyiv, "+380671234567")
	s.rent(kyiv, "pbx", "=cmd|' /C calc'!A0")
	s.rent("+380671234567", "tracking", "Ads")
	s.bring("+380445556677", "")
	csv := s.get(t, "/numbers?format=csv&sort=-monthly&cols=label,monthly,use", http.StatusOK)
	want := "Number,Label,Used for,30 days\n+380671234567,Ads,call tracking,90\n+380441234567,'=cmd|' /C calc'!A0,PBX,60\n+380445556677,,call tracking,0\n"
	if csv != want {
		t.Errorf("the export is\n%s", csv)
	}
	lacks(t, s.get(t, "/numbers?f.use=pbx", http.StatusOK, "+380 44 123 4567"), "+380 67 123 4567")
	lacks(t, s.get(t, "/numbers?f.text=ads", http.StatusOK, "+380 67 123 4567"), "+380 44 123 4567")
	s.get(t, "/numbers?f.owner=customer&f.use=pbx", http.StatusOK, "Nothing matches these filters")
	s.get(t, "/search?q=067+123", http.StatusOK, "+380 67 123 4567 · Ads")
	lacks(t, s.get(t, "/search?q=%3Cscript%3Ealert(1)%3C/script%3E", http.StatusOK), "+380 67 123 4567")
	manager := s.Member(ident.ProjectOrg("shop"), access.Manager)
	lacks(t, manager.Get(s.path("/numbers")).Must(t, http.StatusOK, "Ads").Body, "A day", "/numbers/rent", "60.00")
	lacks(t, manager.Get(s.path("/numbers/380441234567")).Must(t, http.StatusOK).Body, "Costs", "/release", "4567/label")
	manager.Post(s.path("/numbers/380441234567/release"), url.Values{}).Must(t, http.StatusForbidden)
	s.Member(ident.ProjectOrg("shop"), access.Marketer).Post(s.path("/numbers/380441234567/release"), url.Values{}).Must(t, http.StatusForbidden)
}
