package telephony_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/ban"
	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
	"bellwether/internal/pricing"
	"bellwether/internal/routing"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
	"bellwether/internal/web/cabinet/cabinettest"
)

var (
	shop  = ident.ProjectOrg("shop")
	other = ident.ProjectOrg("other")
)

const at = "/p/shop/telephony"

// open has the shop with the PBX and +380441234567, and another project.
func open(t *testing.T) (h *cabinettest.House, owner *cabinettest.Person) {
	t.Helper()
	h = cabinettest.Open(t)
	h.Project("shop", "5000")
	h.Project("other", "5000")
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		if err := h.App.Billing.SwitchProduct(ctx, tx, "shop", "virtual_pbx", true, h.Now()); err != nil {
			return err
		}
		_, err := h.App.Numbers.Bring(ctx, tx, "shop", pricing.Number{Number: "+380441234567", Kind: "local", Use: "pbx"}, "", "test", h.Now())
		return err
	})
	return h, h.Member(shop, access.Owner)
}

func form(pairs ...string) url.Values {
	f := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

// employee adds one and gives the path of their page.
func employee(t *testing.T, p *cabinettest.Person, name, extension, mobile string) string {
	t.Helper()
	f := form("do", "save", "name", name, "extension", extension, "contacts", "0", "contact.0.kind", "mobile", "contact.0.address", mobile, "contact.0.primary", "on")
	return p.Post(at+"/employees/new", f).Must(t, http.StatusOK, "is saved").Path
}

func idOf(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// Rules T-40, T-41: an employee, with what is wrong beside its field.
func TestEmployees(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	path := employee(t, owner, "Ольга <b>", "201", "067 123 45 67")
	owner.Get(at+"/employees").Must(t, http.StatusOK, "Ольга &lt;b&gt;", "201", "1 employee")
	owner.Get(path).Must(t, http.StatusOK, `value="+380671234567"`)
	for name, c := range map[string][3]string{
		"no name": {"", "202", "Write a name"}, "a taken extension": {"Borys", "201", "has this extension"}, "an emergency number": {"Borys", "103", "emergency services"},
	} {
		got := owner.Post(at+"/employees/new", form("do", "save", "name", c[0], "extension", c[1], "contacts", "0"))
		if got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, c[2]) {
			t.Errorf("%s: %d", name, got.Status)
		}
	}
	owner.Post(path, form("do", "save", "name", "Ольга", "contacts", "0", "contact.0.kind", "mobile", "contact.0.address", "call me")).Must(t, http.StatusUnprocessableEntity, "Write a number")
	moved := owner.Post(path, form("do", "down:0", "name", "Ольга", "contacts", "2", "contact.0.kind", "mobile", "contact.0.address", "+380671111111",
		"contact.1.kind", "other", "contact.1.address", "+380442222222")).Must(t, http.StatusOK).Body
	if strings.Index(moved, "+380442222222") > strings.Index(moved, "+380671111111") {
		t.Error("a contact does not move down")
	}
	owner.Get("/p/other/telephony/employees/"+idOf(path)).Must(t, http.StatusNotFound)
	h.Member(other, access.Owner).Get(path).Must(t, http.StatusNotFound)
	h.Member(shop, access.Manager).Post(path, form("name", "Mine")).Must(t, http.StatusForbidden)
	owner.Post(path+"/remove", nil).Must(t, http.StatusOK, "is removed")
}

// Rules T-42, T-45: the password is shown once; the Smart Phone is offered with its price.
func TestAccounts(t *testing.T) {
	t.Parallel()
	_, owner := open(t)
	path := employee(t, owner, "Olga", "201", "+380671234567")
	made := owner.Post(path+"/account", form("name", "desk phone", "most_contacts", "2")).Must(t, http.StatusOK, "Copy it now", "<svg", "Smart Phone", "nothing more to pay")
	password := regexp.MustCompile(`<code>([A-Za-z2-9]{24})</code>`).FindStringSubmatch(made.Body)
	user := regexp.MustCompile(`<code>([a-z2-9]{12})</code>`).FindStringSubmatch(made.Body)
	if password == nil || user == nil || made.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("the page shows %v, %v", user, password)
	}
	account := at + "/accounts/" + user[1]
	for _, again := range []string{account, path} {
		if strings.Contains(owner.Get(again).Must(t, http.StatusOK, "desk phone").Body, password[1]) {
			t.Errorf("%s shows the password again", again)
		}
	}
	owner.Post(account, form("name", "x", "most_contacts", "99")).Must(t, http.StatusUnprocessableEntity, "from 1 to 10")
	owner.Post(account, form("name", "x", "most_contacts", "2")).Must(t, http.StatusOK, "is saved")
	owner.Get(path).Must(t, http.StatusOK, "Closed")
	second := owner.Post(account+"/password", form()).Must(t, http.StatusOK, "Copy it now").Body
	if strings.Contains(second, password[1]) {
		t.Error("the new password is the old one")
	}
	owner.Post(account+"/remove", form()).Must(t, http.StatusOK, "is removed")
	owner.Get(account).Must(t, http.StatusNotFound)
}

// Rule T-44: everybody says of themselves whether they are there.
func TestOwnPresence(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	manager := h.Member(shop, access.Manager)
	path := owner.Post(at+"/employees/new", form("do", "save", "name", "Mia", "contacts", "0", "user", string(manager.ID))).Must(t, http.StatusOK).Path
	manager.Post(path+"/presence", form("presence", "away")).Must(t, http.StatusOK, "Away")
	theirs := employee(t, owner, "Olga", "201", "+380671234567")
	manager.Post(theirs+"/presence", form("presence", "away")).Must(t, http.StatusForbidden)
}

// scheme makes one and gives the path of its editor.
func scheme(t *testing.T, p *cabinettest.Person, name, start string) string {
	t.Helper()
	return p.Post(at+"/schemes/new", form("name", name, "start", start)).Must(t, http.StatusOK, "is made").Path
}

// ringing is the form of a scheme of one step that rings places.
func ringing(do string, places ...string) url.Values {
	f := form("do", do, "name", "Main", "steps", "1", "s.0.id", "s1", "s.0.kind", "ring", "s.0.order", "together", "s.0.seconds", "30", "s.0.targets", "0",
		"try.from", "+380671111111", "try.date", "2026-11-22", "try.time", "10:05")
	for i, place := range places {
		line := "s.0.t." + string(rune('0'+i)) + "."
		to, address := place, ""
		if strings.HasPrefix(place, "+") {
			to, address = "address", place
		}
		f.Set(line+"to", to)
		f.Set(line+"address", address)
	}
	if len(places) > 0 {
		f.Set("s.0.targets", string(rune('0'+len(places)-1)))
	}
	return f
}

// Rules T-46, T-53: a scheme is edited without scripts, tried, saved, published and brought back.
func TestEditor(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	anna := idOf(employee(t, owner, "Anna", "201", "+380672222222"))
	editor := scheme(t, owner, "Main", "ring")
	owner.Get(editor).Must(t, http.StatusOK, "Ready to publish", "Rings Anna", "Not answered")
	// a step is added, moved and taken out; nothing is kept
	two := owner.Post(editor, ringing("add:voicemail", "employee:"+anna)).Must(t, http.StatusOK, "Not saved yet", "Voicemail")
	if strings.Count(two.Body, `class="step-card`) != 2 {
		t.Error("a step is not added")
	}
	// a step asks for the code of the site, and the dry run keys one
	code := form("name", "Main", "steps", "1", "try.number", "+380441234567", "try.keys.c", "57240", "s.0.id", "c", "s.0.kind", "code", "s.0.timeout", "6", "s.0.tries", "2")
	owner.Post(editor+"/try", code).Must(t, http.StatusOK, "Ready to publish", "Ask for the site", "Keys the code 57240")
	code.Set("s.0.tries", "9")
	owner.Post(editor+"/try", code).Must(t, http.StatusOK, "Tries: ", "1–5")
	if body := owner.Get(editor).Body; strings.Count(body, `class="step-card`) != 1 {
		t.Error("what was not saved is kept")
	}
	// tried before it is saved, on a Sunday at 10:05
	owner.Post(editor+"/try", ringing("", "employee:"+anna, "+380673333333")).Must(t, http.StatusOK, "Sunday", "10:05", "Rings Anna, +380", "Not answered")
	owner.Post(editor, ringing("publish", "+38067")).Must(t, http.StatusUnprocessableEntity, "Not published", "telephone number")
	owner.Post(editor, ringing("save", "employee:"+anna)).Must(t, http.StatusOK, "The draft is saved")
	owner.Post(editor, ringing("publish", "employee:"+anna)).Must(t, http.StatusOK, "Published", "version 1")
	owner.Post(at+"/numbers/+380441234567", form("scheme", idOf(editor))).Must(t, http.StatusOK, "the scheme is set")
	owner.Post(editor, ringing("publish", "+380673333333")).Must(t, http.StatusOK, "version 2")
	owner.Get(editor+"/versions").Must(t, http.StatusOK, "2 versions", "In force")
	owner.Get(editor+"/versions/1").Must(t, http.StatusOK, "<ins>", "Anna", "<del>", "Make version 1 count again")
	owner.Post(editor+"/versions/1", nil).Must(t, http.StatusOK, "Version 1 counts again", "version 3")
	owner.Post(editor+"/remove", form()).Must(t, http.StatusConflict, "Calls go by this scheme")
	h.Member(other, access.Owner).Get(editor).Must(t, http.StatusNotFound)
	h.Member(shop, access.Marketer).Post(editor+"/try", ringing("", "+380673333333")).Must(t, http.StatusOK, "What happens")
	h.Member(shop, access.ReadOnly).Post(editor, ringing("publish", "+380673333333")).Must(t, http.StatusForbidden)
	owner.Get(editor+"/versions/99").Must(t, http.StatusNotFound)
}

// Two who have one scheme open do not undo each other unseen: whoever comes second is told, and replaces it only by saving again. Rule T-46.
func TestTwoWriteOneScheme(t *testing.T) {
	t.Parallel()
	_, owner := open(t)
	editor := scheme(t, owner, "Main", "ring")
	seen := func(page cabinettest.Answer) string {
		_, rest, _ := strings.Cut(page.Body, `name="seen" value="`)
		seen, _, _ := strings.Cut(rest, `"`)
		return seen
	}
	write := func(do, name, seen string) url.Values {
		f := ringing(do, "+380673333333")
		f.Set("name", name)
		f.Set("seen", seen)
		return f
	}
	opened := seen(owner.Get(editor))
	owner.Post(editor, write("save", "Hers", opened)).Must(t, http.StatusOK, "The draft is saved")
	added := owner.Post(editor, write("add:voicemail", "His", opened)).Must(t, http.StatusOK, "Not saved yet")
	if seen(added) != opened {
		t.Error("a step that is added hides that the scheme was changed")
	}
	refused := owner.Post(editor, write("publish", "His", opened)).Must(t, http.StatusUnprocessableEntity, "Somebody saved this scheme after you opened it", `value="His"`)
	owner.Get(editor).Must(t, http.StatusOK, `value="Hers"`, "not published")
	owner.Post(editor, write("publish", "His", seen(refused))).Must(t, http.StatusOK, "Published", `value="His"`)
}

// Rule T-47: a second destination is refused with the price of the PBX.
func TestSecondDestination(t *testing.T) {
	t.Parallel()
	h, _ := open(t)
	owner := h.Member(other, access.Owner)
	editor := owner.Post("/p/other/telephony/schemes/new", form("name", "Main", "start", "ring")).Must(t, http.StatusOK).Path
	owner.Post(editor, ringing("publish", "+380671111111", "+380672222222")).Must(t, http.StatusUnprocessableEntity, "need the Virtual PBX", "List price", "999", "switch/virtual_pbx?to=on")
	owner.Post(editor, ringing("publish", "+380671111111")).Must(t, http.StatusOK, "version 1")
}

// Rule T-48.
func TestHours(t *testing.T) {
	t.Parallel()
	_, owner := open(t)
	wish := form("do", "save", "day.mon", "9-18", "day.tue", "09:00–13:00, 14:00–18:00", "holidays", "0", "holiday.0.date", "2026-12-25", "holiday.0.name", "Різдво", "holiday.0.yearly", "on")
	owner.Get(at+"/hours").Must(t, http.StatusOK, `placeholder="round the clock"`) // an empty week is open, not closed
	owner.Post(at+"/hours", wish).Must(t, http.StatusOK, "Working hours are saved", "09:00–18:00", "14:00–18:00", "Різдво", "closed")
	owner.Post(at+"/hours", form("do", "save", "day.mon", "late", "holidays", "0")).Must(t, http.StatusUnprocessableEntity, "Write hours such as")
	owner.Post(at+"/hours", form("do", "save", "day.mon", "18:00-09:00", "holidays", "0")).Must(t, http.StatusUnprocessableEntity, "Write hours such as")
	owner.Post(at+"/hours", form("do", "save", "holidays", "0", "holiday.0.date", "2026-02-30")).Must(t, http.StatusUnprocessableEntity, "Choose a date")
}

// Rule T-49.
func TestBlockList(t *testing.T) {
	t.Parallel()
	_, owner := open(t)
	owner.Post(at+"/blocked/new", form("pattern", "+38063*", "note", "<i>spam")).Must(t, http.StatusOK, "Blocked: +38063…", "&lt;i&gt;spam")
	owner.Post(at+"/blocked/new", form("withheld", "on")).Must(t, http.StatusOK, "Withheld numbers")
	owner.Post(at+"/blocked/new", form("pattern", "somebody")).Must(t, http.StatusUnprocessableEntity, "Write a number")
	owner.Post(at+"/blocked/remove", form("pattern", "+38063*")).Must(t, http.StatusOK, "No longer blocked")
	owner.Post(at+"/blocked/remove", form("pattern", "+38063*")).Must(t, http.StatusNotFound)
}

// Rule T-51: what the page does not show stays as it was set.
func TestSettings(t *testing.T) {
	t.Parallel()
	_, owner := open(t)
	wish := form("caller_id", "+380441234567", "outgoing", "home", "last", "on", "recording.mode", "announce", "first_seconds", "30", "fallback", "067 123 45 67")
	owner.Post(at+"/settings", wish).Must(t, http.StatusOK, "The settings are saved", `value="+380671234567"`, `value="30"`, at[:strings.LastIndex(at, "/")]+"/calls/settings")
	wish.Set("seen", "older")
	owner.Post(at+"/settings", wish).Must(t, http.StatusUnprocessableEntity, "Somebody saved these settings")
	owner.Post(at+"/hours", form("day.mon", "09:00-18:00", "seen", "older", "do", "save")).Must(t, http.StatusUnprocessableEntity, "Somebody saved the working hours")
	wish.Del("seen")
	wish.Set("caller_id", "+380671234567")
	owner.Post(at+"/settings", wish).Must(t, http.StatusUnprocessableEntity, "does not hold this number")
	wish.Set("caller_id", "")
	wish.Set("first_seconds", "much")
	owner.Post(at+"/settings", wish).Must(t, http.StatusUnprocessableEntity, "look at the hint")
}

// Rule T-50: what a file contains counts; it plays for those who may see it.
func TestPrompts(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	upload := func(file []byte) cabinettest.Answer {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		for name, value := range map[string]string{"name": "Welcome", "kind": "prompt"} {
			if err := w.WriteField(name, value); err != nil {
				t.Fatal(err)
			}
		}
		part, err := w.CreateFormFile("file", "welcome.wav")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(file); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequest(http.MethodPost, h.URL+at+"/prompts/new", &body)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", w.FormDataContentType())
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		return owner.Send(r)
	}
	upload([]byte("<html>"+strings.Repeat("x", 500))).Must(t, http.StatusUnprocessableEntity, "WAV or MP3")
	frame := append([]byte{0xff, 0xfb, 0x90, 0x00}, make([]byte, 413)...)
	list := upload(bytes.Repeat(frame, 100)).Must(t, http.StatusOK, "Welcome is added", "<audio")
	sound := regexp.MustCompile(at + `/prompts/[0-9a-v]+/sound`).FindString(list.Body)
	if got := owner.Get(sound).Must(t, http.StatusOK); got.Header.Get("Content-Type") != "audio/mpeg" || len(got.Body) != 41700 {
		t.Errorf("it plays %d bytes of %s", len(got.Body), got.Header.Get("Content-Type"))
	}
	h.Member(other, access.Owner).Get(sound).Must(t, http.StatusNotFound)
	h.Member(shop, access.Accountant).Get(sound).Must(t, http.StatusForbidden)
}

// Rules T-54, T-58: a project's trunks and the operator's, each with how it is.
func TestTrunks(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	wish := form("name", "Vega", "mode", "registration", "server", "sip.vega.example", "transport", "udp", "user", "u1", "password", "a bell", "priority", "10",
		"out.style", "e164", "in.style", "e164", "caller_policy", "any", "enabled", "on")
	path := owner.Post(at+"/trunks/new", wish).Must(t, http.StatusOK, "Vega is saved").Path
	if strings.Contains(owner.Get(path).Body, "a bell") {
		t.Error("the password is shown")
	}
	owner.Post(path+"/carry", form("number", "+380441234567", "most_channels", "5")).Must(t, http.StatusOK, "now comes over this trunk", "at most 5 calls at once")
	owner.Post(path+"/carry", form("number", "+380449999999")).Must(t, http.StatusUnprocessableEntity, "no such number here")
	bad := form("name", "Vega", "mode", "registration", "server", "127.0.0.1", "transport", "udp", "user", "u1", "password", "x", "out.style", "e164", "in.style", "e164", "caller_policy", "any")
	owner.Post(at+"/trunks/new", bad).Must(t, http.StatusUnprocessableEntity, "private network")
	if err := h.App.Trunks.Report(t.Context(), trunk.ID(idOf(path)), false, "503 <b>", "n1", h.Now()); err != nil {
		t.Fatal(err)
	}
	owner.Get(at+"/trunks").Must(t, http.StatusOK, "Down", "503 &lt;b&gt;")
	h.Member(other, access.Owner).Get(path).Must(t, http.StatusNotFound)
	owner.Get("/op/trunks").Must(t, http.StatusForbidden)
	operator := h.Operator()
	mine := operator.Post("/op/trunks/new", wish).Must(t, http.StatusOK, "Vega is saved").Path
	owner.Get(at+"/trunks/"+idOf(mine)).Must(t, http.StatusNotFound)
	owner.Post(path+"/remove", form()).Must(t, http.StatusOK, "is removed")
}

// noSeats counts nothing.
type noSeats struct{}

// SetSeats implements access.SeatCounter.
func (noSeats) SetSeats(context.Context, *store.Tx, ident.ProjectID, string, int64, time.Time) error {
	return nil
}

// Rule T-43: whoever is blocked in the cabinet no longer registers.
func TestBlockingClosesAccounts(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	manager := h.Member(shop, access.Manager)
	path := owner.Post(at+"/employees/new", form("do", "save", "name", "Mia", "contacts", "0", "user", string(manager.ID))).Must(t, http.StatusOK).Path
	made := owner.Post(path+"/account", form("name", "", "most_contacts", "1")).Must(t, http.StatusOK)
	user := regexp.MustCompile(`<code>([a-z2-9]{12})</code>`).FindStringSubmatch(made.Body)[1]
	if _, err := h.App.Staff.Account(t.Context(), user, h.Now()); err != nil {
		t.Fatal(err)
	}
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := access.Block(ctx, tx, h.Permit(shop), noSeats{}, manager.ID, "", h.Now())
		return err
	})
	h.Pass(3 * time.Second)
	if err := h.App.CarryNews(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.App.Staff.Account(t.Context(), user, h.Now()); err == nil {
		t.Error("the account of somebody who is blocked opens")
	}
	owner.Get(path).Must(t, http.StatusOK, "User blocked or gone")
	e, err := staff.Get(t.Context(), h.App.DB, "shop", staff.EmployeeID(idOf(path)))
	if err != nil || !e.Shut {
		t.Errorf("%+v, %v", e, err)
	}
}

// Each page leads to the article about it.
func TestHelpOfEachPage(t *testing.T) {
	t.Parallel()
	_, owner := open(t)
	for path, article := range map[string]string{
		"": "telephony", "/numbers": "schemes", "/employees": "employees", "/hours": "working-hours", "/prompts": "schemes", "/blocked": "working-hours", "/trunks": "trunks", "/settings": "call-settings",
		"/schemes/new": "schemes",
	} {
		owner.Get(at+path).Must(t, http.StatusOK, `href="/help/`+article+`"`)
	}
}

// A call to a number is tried out by what is published, with all of it in the address. Rules T-02, T-33.
func TestTryANumber(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	const try = at + "/try"
	owner.Get(try).Must(t, http.StatusOK, `value="+380670000000"`, "No scheme: callers hear that it is busy", "Give the number a scheme")
	anna := idOf(employee(t, owner, "Anna", "201", "+380671234567"))
	made := owner.Post(at+"/schemes/new", form("name", "Day", "start", "ring")).Must(t, http.StatusOK).Path
	owner.Post(made, ringing("publish", "employee:"+anna)).Must(t, http.StatusOK)
	owner.Post(at+"/numbers/+380441234567", form("scheme", idOf(made))).Must(t, http.StatusOK)
	owner.Post(made, ringing("save", "+380673333333")).Must(t, http.StatusOK) // a draft changes nothing
	sunday := try + "?try.from=067+111+11+11&try.number=%2B380441234567&try.date=2026-11-22&try.time=10:05"
	owner.Get(sunday+"&try.answers="+anna).Must(t, http.StatusOK, "Sunday", "10:05", "Rings Anna", "Anna answers", "schemes/"+idOf(made))
	h.Member(shop, access.Manager).Get(sunday).Must(t, http.StatusOK, "Rings Anna")
	owner.Get(try+"?try.from=nobody").Must(t, http.StatusOK, "This is not a telephone number")
	owner.Get(try+"?try.from=&try.number=%2B380449999999").Must(t, http.StatusOK, "A withheld number calls on", "A withheld number calls +380") // not theirs: their own first
	owner.Get("/p/other/telephony/try").Must(t, http.StatusNotFound)
}

// A scheme for outside working hours is tried out when it counts; at another time the page says that it does not. Rules T-02, T-33.
func TestDryRunOfTheAfterHoursScheme(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	p, night := h.Permit(shop), routing.SchemeID("")
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		var ids []routing.SchemeID
		for _, name := range []string{"Day", "Night"} {
			body := dialplan.RoutingScheme{Format: 1, Steps: []dialplan.RouteStep{{ID: "only", Name: name + " step", HangUp: &dialplan.HangUp{Busy: true}}}}
			made, err := h.App.Routing.Make(ctx, tx, p, name, body, h.Now())
			if err == nil {
				_, err = h.App.Routing.Publish(ctx, tx, p, made.ID, h.Now())
			}
			if err != nil {
				return err
			}
			ids = append(ids, made.ID)
		}
		night = ids[1]
		hours := dialplan.BusinessHours{Week: []dialplan.Shift{{Days: []dialplan.Day{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, Span: dialplan.Span{From: "00:00", To: "23:00"}}}}
		if err := h.App.Routing.SetHours(ctx, tx, p, hours, h.Now()); err != nil {
			return err
		}
		return h.App.Routing.SetScheme(ctx, tx, p, "+380441234567", ids[0], night, h.Now())
	})
	const elsewhere = "At this time the call goes by another scheme."
	page := owner.Get(at+"/schemes/"+string(night)).Must(t, http.StatusOK, `value="23:00"`, "Night step")
	if strings.Contains(page.Body, elsewhere) {
		t.Error("at night the call does not go by the night's scheme")
	}
	owner.Post(at+"/schemes/"+string(night)+"/try", form("name", "Night", "steps", "1", "try.number", "+380441234567", "try.date", "2026-11-23", "try.time", "12:00",
		"s.0.id", "only", "s.0.kind", "hang_up", "s.0.name", "Night step", "s.0.busy", "on")).Must(t, http.StatusOK, elsewhere, "Day step")
	// a step that is called as one of the other scheme's is not taken for it
	owner.Post(at+"/schemes/"+string(night)+"/try", form("name", "Night", "steps", "1", "try.number", "+380441234567", "try.date", "2026-11-23", "try.time", "12:00",
		"s.0.id", "only", "s.0.kind", "hang_up", "s.0.name", "Day step", "s.0.busy", "on")).Must(t, http.StatusOK, elsewhere, "Step “Day step”")
}

// Operators see who is shut out of SIP, let them in and spare addresses for good; nobody else does. Rule T-127.
func TestBans(t *testing.T) {
	t.Parallel()
	h, owner := open(t)
	owner.Get("/op/bans").Must(t, http.StatusForbidden)
	operator := h.Operator()
	operator.Get("/op/bans").Must(t, http.StatusOK, "Nobody is shut out")
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		return ban.Say(ctx, tx, "n1", []ban.Held{{Source: netip.MustParseAddr("203.0.113.9"), Why: "wrong_password", Since: h.Now().Add(-time.Minute), Until: h.Now().Add(time.Hour), Times: 3}}, h.Now())
	})
	operator.Get("/op/bans").Must(t, http.StatusOK, "1 address", "203.0.113.9", "guesses passwords", "Let in")
	operator.Post("/op/bans/release", form("address", "198.51.100.1")).Must(t, http.StatusNotFound)
	operator.Post("/op/bans/release", form("address", "<i>")).Must(t, http.StatusNotFound)
	operator.Post("/op/bans/release", form("address", "203.0.113.9")).Must(t, http.StatusOK, "203.0.113.9 is let in", "Nobody is shut out")
	operator.Post("/op/bans/spared/new", form("range", "10.0.0.0/8")).Must(t, http.StatusUnprocessableEntity, "/16 at most", `value="10.0.0.0/8"`)
	operator.Post("/op/bans/spared/new", form("range", "192.0.2.7/24", "note", "<i>office")).Must(t, http.StatusOK, "192.0.2.0/24 is never shut out", "&lt;i&gt;office", "1 range")
	operator.Post("/op/bans/spared/new", form("range", "192.0.2.0/24")).Must(t, http.StatusUnprocessableEntity, "on the list already")
	operator.Post("/op/bans/spared/remove", form("range", "192.0.2.0/24")).Must(t, http.StatusOK, "off the list", "No addresses yet")
	operator.Get("/op/audit").Must(t, http.StatusOK, "let in again", "never to be shut out")
	owner.Post("/op/bans/release", form("address", "203.0.113.9")).Must(t, http.StatusForbidden)
}
