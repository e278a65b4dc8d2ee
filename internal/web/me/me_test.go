package me_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/config"
	"bellwether/internal/ident"
	"bellwether/internal/mail/mailtest"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
)

var shop = ident.ProjectOrg("shop")

func open(t *testing.T) (h *cabinettest.House, box *mailtest.Inbox) {
	t.Helper()
	box = mailtest.New(t, mailtest.Options{WithoutTLS: true})
	h = cabinettest.OpenWith(t, config.Flags{SMTP: "smtp://" + box.Address + "?tls=off"}, app.Options{})
	h.Project("shop", "1000")
	return h, box
}

func TestProfile(t *testing.T) {
	t.Parallel()
	h, _ := open(t)
	anna := h.Member(shop, access.Owner)
	anna.Get("/me").Must(t, http.StatusOK, "owner@shop.example", "My account")
	anna.Post("/me", url.Values{"name": {""}, "language": {"uk"}}).Must(t, http.StatusUnprocessableEntity, "A name has 1 to 100 characters")
	anna.Post("/me", url.Values{"name": {"<b>Анна</b>"}, "language": {"uk"}}).Must(t, http.StatusOK, "Збережено", "&lt;b&gt;Анна", `lang="uk"`)
	anna.Post("/me", url.Values{"name": {"Анна"}, "language": {"tlh"}}).Must(t, http.StatusUnprocessableEntity, "Виберіть одну з мов")
	h.Stranger().Get("/me").Must(t, http.StatusUnauthorized)
}

// A new password needs the old one, and ends the other sessions.
func TestChangeOfPassword(t *testing.T) {
	t.Parallel()
	h, _ := open(t)
	anna := h.Member(shop, access.Owner)
	elsewhere := h.SignIn(anna.User)
	anna.Post("/me/password", url.Values{"old": {"wrong"}, "password": {"a new bell for the sheep"}}).Must(t, http.StatusUnprocessableEntity, "not the present password")
	anna.Post("/me/password", url.Values{"old": {cabinettest.Password}, "password": {"short"}}).Must(t, http.StatusUnprocessableEntity, "too easy to guess")
	anna.Post("/me/password", url.Values{"old": {cabinettest.Password}, "password": {"a new bell for the sheep"}}).Must(t, http.StatusOK, "The password is changed")
	h.Pass(4 * time.Second)
	elsewhere.Get("/me").Must(t, http.StatusUnauthorized)
	anna.Get("/me").Must(t, http.StatusOK)
	for range 8 {
		if got := anna.Post("/me/password", url.Values{"old": {"wrong"}, "password": {"a new bell for the sheep"}}); strings.Contains(got.Body, "Too many tries") {
			return
		}
	}
	t.Error("the present password can be guessed on and on")
}

// A change of address needs the password, and both addresses hear of it.
func TestChangeOfAddress(t *testing.T) {
	t.Parallel()
	h, box := open(t)
	anna := h.Member(shop, access.Owner)
	form := url.Values{"email": {"anna@new.example"}, "old": {"wrong"}}
	anna.Post("/me/email", form).Must(t, http.StatusUnprocessableEntity, "not the present password")
	form.Set("old", cabinettest.Password)
	form.Set("email", "owner@shop.example")
	anna.Post("/me/email", form).Must(t, http.StatusUnprocessableEntity, "This is the present address")
	form.Set("email", "anna@new.example")
	anna.Post("/me/email", form).Must(t, http.StatusOK, "Look into both mailboxes")
	h.Pass(time.Second)
	h.App.CarryMail(context.Background())
	got := map[string]string{}
	for _, m := range box.Deliveries() {
		got[m.To] = m.Link(t)
	}
	if len(got) != 2 {
		t.Fatalf("mails to %v", got)
	}
	for _, link := range got {
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		anna.Post(u.Path, u.Query()).Must(t, http.StatusOK)
	}
	if _, err := account.FindUser(context.Background(), h.App.DB, "anna@new.example"); err != nil {
		t.Error(err)
	}
}

var (
	seedOf     = regexp.MustCompile(`secret=([A-Z2-7]+)`)
	recoveryOf = regexp.MustCompile(`[0-9a-z]{4}(?:-[0-9a-z]{4}){3}`)
	hiddenURL  = regexp.MustCompile(`name="url" value="([^"]+)"`)
)

// The second factor: set up by scanning, asked for at sign-in, opened by a recovery code once, turned off by a code.
func TestSecondFactor(t *testing.T) {
	t.Parallel()
	h, _ := open(t)
	anna := h.Member(shop, access.Owner)
	shown := anna.Post("/me/totp/begin", url.Values{}).Must(t, http.StatusOK, "<svg", "Scan the picture").Body
	seed := seedOf.FindStringSubmatch(shown)[1]
	address := strings.ReplaceAll(hiddenURL.FindStringSubmatch(shown)[1], "&amp;", "&")
	code := func() string {
		h.Pass(time.Minute) // a code opens once
		c, err := totp.GenerateCode(seed, h.Now())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	again := anna.Post("/me/totp", url.Values{"code": {"000000"}, "url": {address}}).Must(t, http.StatusUnprocessableEntity, "The code is wrong", "Scan the picture")
	if !strings.Contains(again.Body, seed) {
		t.Error("after a wrong code the picture is another one")
	}
	anna.Post("/me/totp", url.Values{"code": {"000000"}, "url": {"https://evil.example/?secret=AAAA"}}).Must(t, http.StatusUnprocessableEntity)
	codes := recoveryOf.FindAllString(anna.Post("/me/totp", url.Values{"code": {code()}, "url": {address}}).Must(t, http.StatusOK, "Recovery codes").Body, -1)
	if len(codes) < 10 {
		t.Fatalf("recovery codes are %v", codes)
	}
	anna.Get("/me/security").Must(t, http.StatusOK, "10 recovery codes left")

	enter := func(code string) cabinettest.Answer {
		p := h.Stranger()
		p.Post("/sign-in", url.Values{"email": {anna.Email}, "password": {cabinettest.Password}, "back": {"/me/sessions"}}).Must(t, http.StatusOK, "One more step")
		p.Get("/me").Must(t, http.StatusUnauthorized)
		return p.Post("/sign-in/code", url.Values{"code": {code}, "back": {"/me/sessions"}})
	}
	enter("000000").Must(t, http.StatusUnauthorized, "The code is wrong")
	enter(code()).Must(t, http.StatusOK, "Where you are signed in")
	enter(strings.ToUpper(codes[0])).Must(t, http.StatusOK, "Where you are signed in")
	h.Pass(time.Hour)
	enter(codes[0]).Must(t, http.StatusUnauthorized, "The code is wrong")
	anna.Get("/me/security").Must(t, http.StatusOK, "9 recovery codes left")
	h.Stranger().Post("/sign-in/code", url.Values{"code": {code()}}).Must(t, http.StatusUnauthorized, "Too much time has passed")

	fresh := anna.Post("/me/recovery", url.Values{"code": {code()}}).Must(t, http.StatusOK, "Recovery codes").Body
	if strings.Contains(fresh, codes[1]) {
		t.Error("an old recovery code is shown again")
	}
	anna.Post("/me/totp/off", url.Values{"code": {codes[1]}}).Must(t, http.StatusUnprocessableEntity, "The code is wrong")
	anna.Post("/me/totp/off", url.Values{"code": {code()}}).Must(t, http.StatusOK, "No code is asked for any more")
	h.Stranger().Post("/sign-in", url.Values{"email": {anna.Email}, "password": {cabinettest.Password}, "back": {"/me"}}).Must(t, http.StatusOK, "Profile")
}

// Sessions are listed with where they are; one ends, or all others do; nobody ends another's.
func TestSessions(t *testing.T) {
	t.Parallel()
	h, _ := open(t)
	anna, eve := h.Member(shop, access.Owner), h.Member(shop, access.Marketer)
	phone, tablet := h.SignIn(anna.User), h.SignIn(anna.User)
	anna.Get("/me/sessions").Must(t, http.StatusOK, "this one", "Unknown device", "/me/sessions/"+string(phone.Session.ID)+"/end")
	eve.Post("/me/sessions/"+string(phone.Session.ID)+"/end", url.Values{}).Must(t, http.StatusNotFound)
	anna.Post("/me/sessions/"+string(phone.Session.ID)+"/end", url.Values{}).Must(t, http.StatusOK, "The session has ended")
	h.Pass(4 * time.Second)
	phone.Get("/me").Must(t, http.StatusUnauthorized)
	tablet.Get("/me").Must(t, http.StatusOK)
	anna.Post("/me/sessions/end-others", url.Values{}).Must(t, http.StatusOK, "All other sessions have ended")
	h.Pass(4 * time.Second)
	tablet.Get("/me").Must(t, http.StatusUnauthorized)
	anna.Post("/me/sessions/"+string(anna.Session.ID)+"/end", url.Values{}).Must(t, http.StatusOK, "Sign in")
	h.Pass(4 * time.Second)
	anna.Get("/me").Must(t, http.StatusUnauthorized)
}

// viewOf is the token of an operator's view as a member of the shop.
func viewOf(h *cabinettest.House, operator, member *cabinettest.Person) (token string) {
	h.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		permit, err := h.App.Gate.Enter(ctx, access.BySession(operator.Session, audit.Program("test")), ident.Operator, h.Now())
		if err != nil {
			return err
		}
		token, _, err = access.OpenView(ctx, tx, permit, h.App.Door.Random, member.ID, "shop", "a question", h.Now())
		return err
	})
	return token
}

// Rule A-14: whoever looks through another's eyes changes nothing of theirs, and is themselves again at the end.
func TestViewingAs(t *testing.T) {
	t.Parallel()
	h, _ := open(t)
	operator, anna := h.Operator(), h.Member(shop, access.Owner)
	operator.Keep("__Host-view", viewOf(h, operator, anna))
	operator.Post("/me", url.Values{"name": {"Mallory"}, "language": {"en"}}).Must(t, http.StatusForbidden, "changes nothing")
	operator.Get("/me/view/end").Must(t, http.StatusOK, "You will be yourself again")
	anna.Get("/me/sessions").Must(t, http.StatusOK, "an operator looks as you")
	operator.Post("/me/view/end", url.Values{}).Must(t, http.StatusOK)
	anna.Get("/me/sessions")
	operator.Post("/me", url.Values{"name": {"Olha"}, "language": {"en"}}).Must(t, http.StatusOK, "Saved")
}

// A session alone changes nothing of how somebody signs in: after ten minutes the password is asked for, and leads on. Rule A-05.
func TestProof(t *testing.T) {
	t.Parallel()
	h, _ := open(t)
	anna := h.Member(shop, access.Owner)
	anna.Get("/me/security").Must(t, http.StatusOK, `action="/me/totp/begin"`)
	h.Pass(10 * time.Minute)
	for path, form := range map[string]url.Values{"/me/totp/begin": {}, "/me/passkeys/AAAA/delete": {}} {
		if got := anna.Post(path, form); got.Path != "/me/prove" || !strings.Contains(got.Body, "Confirm that it is you") {
			t.Errorf("%s leads to %s: %d", path, got.Path, got.Status)
		}
	}
	page := anna.Get("/me/security").Must(t, http.StatusOK, `href="/me/prove?next=%2Fme%2Fsecurity"`)
	if strings.Contains(page.Body, "/me/totp/begin") || strings.Contains(page.Body, "bw-passkey") {
		t.Error("the page offers what it will refuse")
	}
	form := url.Values{"old": {"wrong"}, "next": {"/me/security"}}
	anna.Post("/me/prove", form).Must(t, http.StatusUnprocessableEntity, "not the present password", `value="/me/security"`)
	for _, next := range []string{"/me/security", "https://evil.example/", "//evil.example/me/", "/p/shop", ""} {
		form := url.Values{"old": {cabinettest.Password}, "next": {next}}
		if got := anna.Post("/me/prove", form).Must(t, http.StatusOK, "Confirmed for 10 minutes"); got.Path != "/me/security" {
			t.Errorf("%q leads to %s", next, got.Path)
		}
	}
	anna.Get("/me/security").Must(t, http.StatusOK, `action="/me/totp/begin"`)
	anna.Post("/me/totp/begin", url.Values{}).Must(t, http.StatusOK, "Scan the picture")
	h.Stranger().Get("/me/prove").Must(t, http.StatusUnauthorized)
}

// The owner is told by mail of each passkey that is deleted, and the page of the password says that it would leave them. Rule A-05.
func TestPasskeysAreTold(t *testing.T) {
	t.Parallel()
	h, box := open(t)
	anna := h.Member(shop, access.Owner)
	const id = "AAAA"
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO account_passkey (user_id, credential_id, name, credential, created_at, used_at) VALUES ($1, $2, $3, '{}', 1, 0)`,
			string(anna.ID), id, "Anna’s phone")
		return err
	})
	anna.Get("/me/password").Must(t, http.StatusOK, "1 passkey opens your account too")
	h.Pass(10 * time.Minute)
	if got := anna.Get("/me/passkeys/" + id + "/delete"); got.Path != "/me/prove" {
		t.Errorf("the question leads to %s", got.Path)
	}
	form := url.Values{"old": {cabinettest.Password}, "next": {"/me/passkeys/" + id + "/delete"}}
	anna.Post("/me/prove", form).Must(t, http.StatusOK, "Delete the passkey “Anna’s phone”?")
	anna.Post("/me/passkeys/"+id+"/delete", url.Values{}).Must(t, http.StatusOK, "The passkey is deleted")
	h.Pass(time.Second)
	h.App.CarryMail(context.Background())
	mails := box.Deliveries()
	if len(mails) != 1 || mails[0].To != anna.Email || mails[0].Subject(t) != "A passkey was deleted" {
		t.Fatalf("%d mails: %+v", len(mails), mails)
	}
	if _, text, _ := mails[0].Read(t); !strings.Contains(text, "Anna’s phone") {
		t.Errorf("the mail says %s", text)
	}
}

func TestPasskeysOfOthers(t *testing.T) {
	t.Parallel()
	h, _ := open(t)
	eve := h.Member(shop, access.Marketer)
	for _, path := range []string{"/me/passkeys/AAAA", "/me/passkeys/AAAA/delete"} {
		eve.Get(path).Must(t, http.StatusNotFound, "There is no such passkey")
		eve.Post(path, url.Values{"name": {"mine"}}).Must(t, http.StatusNotFound)
	}
	eve.Post("/me/passkeys", url.Values{"token": {"x"}, "answer": {"{}"}}).Must(t, http.StatusUnprocessableEntity, "no longer valid")
}
