package door_test

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/config"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/mail"
	"bellwether/internal/mail/mailtest"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
	"bellwether/internal/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }

var shop = ident.ProjectOrg("shop")

// town is the program with a mailbox that everybody's mail ends in.
type town struct {
	*cabinettest.House
	box *mailtest.Inbox
}

func open(t *testing.T) *town {
	t.Helper()
	box := mailtest.New(t, mailtest.Options{WithoutTLS: true})
	h := cabinettest.OpenWith(t, config.Flags{SignUp: config.SignUpOpen, SMTP: "smtp://" + box.Address + "?tls=off"}, app.Options{})
	h.Project("shop", "1000")
	return &town{h, box}
}

// mails delivers what waits and gives what came since the last time.
func (w *town) mails() []mailtest.Delivery {
	w.Helper()
	before := len(w.box.Deliveries())
	w.Pass(time.Second) // transactions are never at the same instant, so theirs runs ahead of a clock that stands
	w.App.CarryMail(context.Background())
	return w.box.Deliveries()[before:]
}

// mailed is the path of the link in the one mail that came, to an address.
func (w *town) mailed(t *testing.T, to string) string {
	t.Helper()
	got := w.mails()
	if len(got) != 1 || got[0].To != to {
		t.Fatalf("mails are %v, want one to %s", got, to)
	}
	return got[0].Link(t)
}

// press opens a page of a mail's link, sees that it did nothing, and presses its button.
func press(t *testing.T, p *cabinettest.Person, link string, more url.Values) cabinettest.Answer {
	t.Helper()
	p.Get(link).Must(t, http.StatusOK)
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	form := u.Query()
	for name, values := range more {
		form[name] = values
	}
	return p.Post(u.Path, form)
}

func credentials(email, password string) url.Values {
	return url.Values{"email": {email}, "password": {password}, "back": {"/p/shop/pill"}}
}

// Whoever needs to sign in is asked to at the very address, and comes back to it.
func TestSignIn(t *testing.T) {
	t.Parallel()
	w := open(t)
	u := w.User("anna@shop.example")
	w.Join(u, shop, access.Owner)
	anna := w.Stranger()
	anna.Get("/p/shop/pill?x=1").Must(t, http.StatusUnauthorized, "Sign in", `name="back" value="/p/shop/pill?x=1"`)
	for name, form := range map[string]url.Values{
		"wrong": credentials("anna@shop.example", "wrong"), "unknown": credentials("nobody@shop.example", cabinettest.Password), "mistyped": credentials("no address", "x"), "empty": {},
	} {
		got := w.Stranger().Post("/sign-in", form)
		got.Must(t, http.StatusUnauthorized, "The address or the password is wrong")
		if cookies := got.Header.Values("Set-Cookie"); len(cookies) != 0 {
			t.Errorf("%s: cookies %v", name, cookies)
		}
	}
	form := credentials("ANNA@shop.example", cabinettest.Password)
	r, err := http.NewRequest(http.MethodPost, w.URL+"/sign-in", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	got := anna.SendOnce(r)
	if got.Status != http.StatusSeeOther || got.Header.Get("Location") != "/p/shop/pill" {
		t.Errorf("it leads on with %d to %s", got.Status, got.Header.Get("Location"))
	}
	var session string
	for _, cookie := range got.Header.Values("Set-Cookie") {
		if strings.HasPrefix(cookie, "__Host-session=") {
			session = cookie
		}
	}
	for _, want := range []string{"; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/"} {
		if !strings.Contains(session, want) || strings.Contains(session, "Domain") {
			t.Errorf("the session's cookie is %q, lacks %s", session, want)
		}
	}
	anna.Get("/p/shop/pill").Must(t, http.StatusOK)
	anna.Get("/sign-in?back=/p/shop/pill").Must(t, http.StatusOK, "1,000.00")
	anna.Post("/sign-out", url.Values{}).Must(t, http.StatusOK, "You have signed out")
	anna.Get("/p/shop/pill").Must(t, http.StatusUnauthorized)
	if sessions, err := account.ListSessions(context.Background(), w.App.DB, u.ID, w.Now()); err != nil || len(sessions) != 0 {
		t.Errorf("after signing out the sessions are %v, %v", sessions, err)
	}
}

// One comes back to paths of this site only.
func TestBackStaysHere(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.Join(w.User("anna@shop.example"), shop, access.Owner)
	for _, back := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"} {
		form := credentials("anna@shop.example", cabinettest.Password)
		form.Set("back", back)
		r, err := http.NewRequest(http.MethodPost, w.URL+"/sign-in", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if got := w.Stranger().SendOnce(r); got.Header.Get("Location") != "/" {
			t.Errorf("back to %s leads to %s", back, got.Header.Get("Location"))
		}
	}
}

// Rule A-04: whoever guesses is slowed, and told for how long.
func TestGuessingIsSlowed(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.User("anna@shop.example")
	for _, address := range []string{"anna@shop.example", "nobody@shop.example"} {
		status := 0
		for range 8 {
			got := w.Stranger().Post("/sign-in", credentials(address, "wrong"))
			if status = got.Status; status == http.StatusTooManyRequests {
				if got.Header.Get("Retry-After") == "" || !strings.Contains(got.Body, "Wait 1 s") {
					t.Errorf("it is not said for how long: %v", got.Header)
				}
				break
			}
		}
		if status != http.StatusTooManyRequests {
			t.Errorf("%s can be guessed on and on: %d", address, status)
		}
	}
}

// A stranger cannot tell addresses with an account from others, wherever they are asked for one.
func TestEqualAnswers(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.User("anna@shop.example")
	answers := map[string]string{}
	for _, address := range []string{"anna@shop.example", "nobody@shop.example"} {
		for _, page := range []string{"/forgot", "/sign-in", "/sign-up"} {
			form := url.Values{"email": {address}, "name": {"Somebody"}, "password": {"long enough to be one"}}
			got := w.Stranger().Post(page, form)
			said := strings.ReplaceAll(strings.ReplaceAll(got.Body, address, "ADDRESS"), got.Header.Get("X-Request-Id"), "")
			if before, ok := answers[page]; ok && before != said {
				t.Errorf("%s tells addresses apart:\n%s", page, cmp.Diff(before, said))
			}
			answers[page] = said
		}
	}
	got := map[string]bool{}
	for _, m := range w.mails() {
		got[m.To+": "+m.Subject(t)] = true
	}
	for _, want := range []string{"anna@shop.example: A new password", "anna@shop.example: You already have an account", "nobody@shop.example: Confirm your e-mail address"} {
		if !got[want] {
			t.Errorf("no mail %q among %v", want, got)
		}
	}
}

// Asking for a new password writes and stores as much for an address that nobody has, and mails nothing. Rule A-03.
func TestForgettingIsAsMuchWork(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.User("anna@shop.example")
	stored := func() (rows int, bytes int64) {
		t.Helper()
		if err := w.App.DB.QueryRow(t.Context(), `SELECT COUNT(*), COALESCE(SUM(LENGTH(sealed)), 0) FROM mail_message WHERE kind = 'reset'`).Scan(&rows, &bytes); err != nil {
			t.Fatal(err)
		}
		return rows, bytes
	}
	w.Stranger().Post("/forgot", url.Values{"email": {"anna@shop.example"}}).Must(t, http.StatusOK)
	one, hers := stored()
	w.Stranger().Post("/forgot", url.Values{"email": {"nobody@shop.example"}}).Must(t, http.StatusOK)
	two, both := stored()
	if one != 1 || two != 2 || both-hers < hers*9/10 || both-hers > hers*11/10 {
		t.Errorf("%d mail of %d bytes for somebody, %d of %d with nobody's", one, hers, two, both)
	}
	w.mailed(t, "anna@shop.example")
	if left, _ := stored(); left != 1 {
		t.Errorf("%d rows are left", left)
	}
	var named int
	if err := w.App.DB.QueryRow(t.Context(), `SELECT COUNT(*) FROM mail_message WHERE recipient LIKE 'nobody%'`).Scan(&named); err != nil || named != 0 {
		t.Errorf("an address of nobody's is kept: %d, %v", named, err)
	}
}

// From a stranger to the owner of a project: sign-up, the mail's link, sign-in, a project of one's own.
func TestSignUp(t *testing.T) {
	t.Parallel()
	w := open(t)
	bob := w.Stranger()
	form := url.Values{"name": {"<b>Bob</b>"}, "email": {"bob@example.com"}, "password": {"short"}}
	bob.Post("/sign-up", form).Must(t, http.StatusUnprocessableEntity, "too easy to guess", "&lt;b&gt;Bob", "bob@example.com")
	form.Set("password", "three sheep and a bell")
	bob.Post("/sign-up", form).Must(t, http.StatusOK, "Look into your mail")
	bob.Post("/sign-in", credentials("bob@example.com", "three sheep and a bell")).Must(t, http.StatusForbidden, "not confirmed")
	link := w.mailed(t, "bob@example.com")
	press(t, bob, link, url.Values{"password": {"somebody else's words"}}).Must(t, http.StatusUnprocessableEntity, "does not belong to this link", `name="code"`)
	word := url.Values{"password": {"three sheep and a bell"}}
	press(t, bob, link, word).Must(t, http.StatusOK, "The address is confirmed")
	press(t, bob, link, word).Must(t, http.StatusUnprocessableEntity, "no longer valid")
	form = credentials("bob@example.com", "three sheep and a bell")
	form.Set("back", "/new-project")
	bob.Post("/sign-in", form).Must(t, http.StatusOK, "A new project")
	project := url.Values{"id": {"f1"}, "company": {""}, "country": {"UA"}, "time_zone": {"Europe/Kyiv"}, "currency": {"UAH"}, "book": {"ringostat"}}
	bob.Post("/new-project", project).Must(t, http.StatusUnprocessableEntity, "Write the name of the company")
	project.Set("company", "Кав'ярня «Їжак»")
	project.Set("time_zone", "Nowhere/Town")
	bob.Post("/new-project", project).Must(t, http.StatusUnprocessableEntity, "There is no such time zone")
	project.Set("time_zone", "Europe/Kyiv")
	project.Set("currency", "JPY")
	bob.Post("/new-project", project).Must(t, http.StatusUnprocessableEntity, "for this country, not in JPY")
	project.Set("currency", "UAH")
	bob.Post("/new-project", project)
	bob.Post("/new-project", project) // a second press of the button
	if _, err := w.App.Projects.Get(context.Background(), w.App.DB, "kaviarnia-izhak-2"); err == nil {
		t.Error("one form opened two projects")
	}
	var told int
	if err := w.App.DB.QueryRow(context.Background(), "SELECT COUNT(*) FROM audit_entry WHERE org = 'project:kaviarnia-izhak' AND object = 'project' AND action = 'open'").
		Scan(&told); err != nil || told != 1 {
		t.Errorf("the trail tells of the opening %d times, %v", told, err)
	}
	project.Del("id")
	bob.Post("/new-project", project).Must(t, http.StatusUnprocessableEntity, "Open it anew")
	if p, err := w.App.Projects.Get(context.Background(), w.App.DB, "kaviarnia-izhak"); err != nil || p.Name != "Кав'ярня «Їжак»" {
		t.Errorf("the project is %+v, %v", p, err)
	}
	bob.Get("/p/kaviarnia-izhak/pill").Must(t, http.StatusOK)
	if got := w.mails(); len(got) != 0 {
		t.Errorf("the first sign-in is announced: %v", got)
	}
}

// Where nobody may sign up there is no page for it.
func TestSignUpIsClosedByDefault(t *testing.T) {
	t.Parallel()
	h := cabinettest.Open(t)
	h.Stranger().Get("/sign-up").Must(t, http.StatusNotFound)
	if got := h.Stranger().Get("/sign-in"); strings.Contains(got.Body, "/sign-up") {
		t.Error("the page leads to signing up")
	}
	h.Stranger().Get("/forgot").Must(t, http.StatusOK, "cannot send mails yet")
	h.Stranger().Post("/forgot", url.Values{"email": {"anna@shop.example"}}).Must(t, http.StatusOK, "The mail waits", "cannot send mail yet")
}

// A forgotten password: the link is mailed, works once, and ends every session.
func TestReset(t *testing.T) {
	t.Parallel()
	w := open(t)
	u := w.User("anna@shop.example")
	w.Join(u, shop, access.Owner)
	elsewhere, anna := w.SignIn(u), w.Stranger()
	anna.Post("/forgot", url.Values{"email": {"nonsense"}}).Must(t, http.StatusUnprocessableEntity, "Write an address")
	anna.Post("/forgot", url.Values{"email": {"anna@shop.example"}}).Must(t, http.StatusOK, "Look into your mail")
	link := w.mailed(t, "anna@shop.example")
	press(t, anna, link, url.Values{"password": {"password12"}}).Must(t, http.StatusUnprocessableEntity, "too easy to guess")
	press(t, anna, link, url.Values{"password": {"a new bell for the sheep"}}).Must(t, http.StatusOK, "The password is set")
	anna.Get(link).Must(t, http.StatusUnprocessableEntity, "no longer valid")
	w.Pass(4 * time.Second)
	elsewhere.Get("/p/shop/pill").Must(t, http.StatusUnauthorized)
	anna.Post("/sign-in", credentials("anna@shop.example", cabinettest.Password)).Must(t, http.StatusUnauthorized)
	anna.Post("/sign-in", credentials("anna@shop.example", "a new bell for the sheep")).Must(t, http.StatusOK, "1,000.00")
}

// Signing in with a browser that was not seen before is told by mail; with one that was, it is not.
func TestNewDevice(t *testing.T) {
	t.Parallel()
	w := open(t)
	u := w.User("anna@shop.example")
	w.Join(u, shop, access.Owner)
	at := w.Now()
	w.Write(func(ctx context.Context, tx *store.Tx) error { // she has been here before
		return account.SaveSightings(ctx, tx, []account.Sighting{{User: u.ID, Session: "x", At: at}})
	})
	laptop := w.Stranger()
	laptop.Post("/sign-in", credentials("anna@shop.example", cabinettest.Password)).Must(t, http.StatusOK)
	if link := w.mailed(t, "anna@shop.example"); link != "/me/sessions" {
		t.Errorf("the mail leads to %s", link)
	}
	laptop.Post("/sign-out", url.Values{})
	laptop.Post("/sign-in", credentials("anna@shop.example", cabinettest.Password)).Must(t, http.StatusOK)
	if got := w.mails(); len(got) != 0 {
		t.Errorf("a known browser is announced: %v", got)
	}
}

// invite sends an invitation as the operator and gives the path of its link.
func (w *town) invite(t *testing.T, email string) string {
	t.Helper()
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		i, secret, err := access.Invite(ctx, tx, w.Permit(shop), w.App.Door.Random, email, access.Marketer, w.Now())
		if err != nil {
			return err
		}
		return w.App.Post.Send(ctx, tx, mail.Message{Kind: mail.Invite, To: i.Email, Lang: lang.English, Path: "/invitation?code=" + secret, Who: "Olha", Place: "Shop"})
	})
	return w.mailed(t, email)
}

func TestInvitationOfANewcomer(t *testing.T) {
	t.Parallel()
	w := open(t)
	link := w.invite(t, "new@example.com")
	eve := w.Stranger()
	eve.Get(link).Must(t, http.StatusOK, "You are invited", "Into “Shop shop”", "new@example.com")
	press(t, eve, link, url.Values{"name": {""}, "password": {"three sheep and a bell"}}).Must(t, http.StatusUnprocessableEntity, "A name has 1 to 100")
	got := press(t, eve, link, url.Values{"name": {"Eve"}, "email": {"other@example.com"}, "password": {"three sheep and a bell"}})
	if !strings.HasPrefix(got.Path, "/p/shop") {
		t.Errorf("it leads to %s", got.Path)
	}
	if _, err := account.FindUser(context.Background(), w.App.DB, "other@example.com"); err == nil {
		t.Error("a newcomer chose another address than the one that was invited")
	}
	eve.Get("/p/shop/pill").Must(t, http.StatusOK)
	w.Stranger().Get(link).Must(t, http.StatusUnprocessableEntity, "This invitation is not valid")
}

func TestInvitationOfAUser(t *testing.T) {
	t.Parallel()
	w := open(t)
	bob, anna := w.User("bob@example.com"), w.User("anna@example.com")
	link := w.invite(t, "bob@example.com")
	stranger := w.Stranger()
	stranger.Get(link).Must(t, http.StatusOK, "Sign in to accept", url.QueryEscape("/invitation?code="))
	press(t, stranger, link, nil).Must(t, http.StatusOK, "Sign in")
	press(t, w.SignIn(anna), link, nil).Must(t, http.StatusForbidden, "The invitation is for another address", "anna@example.com")
	press(t, w.SignIn(bob), link, nil)
	if m, err := access.GetMember(context.Background(), w.App.DB, shop, bob.ID); err != nil || m.Role != access.Marketer {
		t.Errorf("Bob is %+v, %v", m, err)
	}
}

// Both addresses must agree to a change of address.
func TestChangeOfAddress(t *testing.T) {
	t.Parallel()
	w := open(t)
	anna := w.User("anna@example.com")
	var change account.EmailChange
	w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		change, err = account.RequestEmailChange(ctx, tx, audit.Actor{User: string(anna.ID)}, w.App.Door.Random, anna.ID, "anna@new.example", w.Now())
		return err
	})
	press(t, w.Stranger(), "/email?code="+change.NewToken, nil).Must(t, http.StatusOK, "One address has agreed")
	press(t, w.Stranger(), "/email?code="+change.OldToken, nil)
	if _, err := account.FindUser(context.Background(), w.App.DB, "anna@new.example"); err != nil {
		t.Error(err)
	}
}

// Hostile text in a field comes back as text.
func TestHostileFields(t *testing.T) {
	t.Parallel()
	w := open(t)
	for _, hostile := range []string{`"><script>alert(1)</script>`, "\u202egnp", strings.Repeat("ї", 5000), "=cmd|' /C calc'!A0", "a\x00b", "\xff\xfe"} {
		form := url.Values{"name": {hostile}, "email": {hostile}, "password": {hostile}, "code": {hostile}, "back": {hostile}, "token": {hostile}, "answer": {hostile}}
		for _, page := range []string{"/sign-in", "/sign-in/code", "/sign-in/passkey", "/sign-up", "/forgot", "/reset", "/confirm", "/email", "/invitation", "/setup"} {
			got := w.Stranger().Post(page, form)
			if got.Status >= http.StatusInternalServerError || got.Status < http.StatusBadRequest && page != "/sign-in/code" || strings.Contains(got.Body, "<script>alert") {
				t.Errorf("%s answers %d to %.20q", page, got.Status, hostile)
			}
			if got := w.Stranger().Get(page + "?code=" + url.QueryEscape(hostile)); got.Status >= http.StatusInternalServerError {
				t.Errorf("%s answers %d when asked with %.20q", page, got.Status, hostile)
			}
		}
	}
}

// The gallery of components is for people of the installation.
func TestGalleryIsNotForStrangers(t *testing.T) {
	t.Parallel()
	w := open(t)
	w.Stranger().Get("/ui").Must(t, http.StatusNotFound)
	w.Member(shop, access.Owner).Get("/ui").Must(t, http.StatusOK)
}
