package people_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/store"
	"bellwether/internal/support"
	"bellwether/internal/web/cabinet/cabinettest"
)

// stream opens the live updates of the shop's people, as an open page does, and gives how long they last.
func (o *office) stream(p *cabinettest.Person) (ended <-chan time.Time) {
	o.Helper()
	return o.streamOf(p, "project:shop/people")
}

func (o *office) streamOf(p *cabinettest.Person, topic string) (ended <-chan time.Time) {
	o.Helper()
	r, err := http.NewRequestWithContext(o.Context(), http.MethodGet, o.URL+"/live?topics="+topic, nil)
	if err != nil {
		o.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "__Host-session", Value: p.Token})
	response, err := http.DefaultClient.Do(r)
	if err != nil || response.StatusCode != http.StatusOK {
		o.Fatalf("%v, %v", response, err)
	}
	body := bufio.NewReader(response.Body)
	if _, err := body.ReadString('\n'); err != nil { // it has begun
		o.Fatal(err)
	}
	done := make(chan time.Time, 1)
	go func() {
		_, _ = io.Copy(io.Discard, body)
		_ = response.Body.Close()
		done <- time.Now()
	}()
	return done
}

// within fails unless a stream ended within 5 seconds of an instant.
func within(t *testing.T, ended <-chan time.Time, since time.Time) {
	t.Helper()
	select {
	case at := <-ended:
		if lasted := at.Sub(since); lasted > 5*time.Second {
			t.Errorf("the stream ended after %v", lasted)
		}
	case <-time.After(10 * time.Second):
		t.Error("the stream goes on")
	}
}

// byKey asks the API for the project with a key and gives the status.
func (o *office) byKey(secret string) int {
	o.Helper()
	r, err := http.NewRequest(http.MethodGet, o.URL+"/v1/projects/shop", nil)
	if err != nil {
		o.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+secret)
	return o.Stranger().Send(r).Status
}

// tomorrow is what the shop's next whole day will cost.
func (o *office) tomorrow() money.Micro {
	o.Helper()
	effect, err := o.App.Billing.Preview(o.Context(), o.App.DB, "shop", billing.Change{}, o.Now())
	if err != nil {
		o.Fatal(err)
	}
	sum := money.Micro(0)
	for _, line := range effect.Before.Tomorrow.Lines {
		sum -= line.Amount
	}
	return sum
}

// Rule A-12. The PBX costs 999 a month, a day 33.30; the fourth seat 150, a day 5: 38.30, and 33.30 without Bob.
func TestBlockingEndToEnd(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	administrator := o.SignIn(o.named("Ada Administrator", shop, access.Administrator))
	secret := o.key(administrator, "nightly")
	o.seat(administrator.ID)
	if got := o.tomorrow(); got != money.MustParse("43.3") {
		t.Fatalf("tomorrow costs %s", got)
	}
	o.owner.Get(user(administrator.ID)+"/block").Must(t, http.StatusOK, "Block Ada Administrator?", "43.30", "38.30", "1 session in browsers", "1 API key", "Ann Manager")
	if got := o.byKey(secret); got != http.StatusOK {
		t.Fatalf("the key opens: %d", got)
	}
	administrator.Get("/p/shop/people").Must(t, http.StatusOK)
	ended, at := o.stream(administrator), time.Now()
	o.owner.Post(user(administrator.ID)+"/block", form("hand_to", string(o.ann.ID))).Must(t, http.StatusOK, "access is closed", "Unblock")
	within(t, ended, at)
	o.Pass(5 * time.Second)
	administrator.Get("/p/shop/people").Must(t, http.StatusUnauthorized)
	if got := o.byKey(secret); got != http.StatusUnauthorized {
		t.Errorf("the key of a blocked administrator answers %d", got)
	}
	if got := o.tomorrow(); got != money.MustParse("38.3") {
		t.Errorf("tomorrow costs %s", got)
	}
	o.handedTo(administrator.ID, o.ann.ID)
	o.signsInButNotHere(administrator.User)
	o.SignIn(administrator.User).Get("/me").Must(t, http.StatusOK, "Access ended", "Your access to “Shop shop” was ended by its administrator. An owner or administrator of the project can open it again.")
	if page := o.ann.Get("/me"); strings.Contains(page.Body, "Access ended") {
		t.Error("somebody who was not blocked is told so")
	}

	o.owner.Get(user(administrator.ID)+"/unblock").Must(t, http.StatusOK, "38.30", "43.30")
	o.owner.Post(user(administrator.ID)+"/unblock", form()).Must(t, http.StatusOK, "access is open again")
	o.Pass(5 * time.Second)
	if key, price := o.byKey(secret), o.tomorrow(); key != http.StatusOK || price != money.MustParse("43.3") {
		t.Errorf("after unblocking the key answers %d, tomorrow costs %s", key, price)
	}
	administrator.Get("/p/shop/people").Must(t, http.StatusUnauthorized) // sessions do not come back
	o.SignIn(administrator.User).Get("/p/shop/people").Must(t, http.StatusOK)
}

// handedTo fails unless the trail says that somebody's work went to somebody else.
func (o *office) handedTo(from, to account.UserID) {
	o.Helper()
	entries, err := audit.List(o.Context(), o.App.DB, audit.Filter{Org: &shop, Object: "member", ObjectID: string(from), Action: "block"}, 0, 1)
	if err != nil || len(entries) != 1 {
		o.Fatalf("%v, %v", entries, err)
	}
	var after struct {
		HandedTo account.UserID `json:"handed_to"`
	}
	if err := json.Unmarshal(entries[0].After, &after); err != nil || after.HandedTo != to {
		o.Errorf("the work went to %q, %v", after.HandedTo, err)
	}
}

// An owner blocks, the operator blocks everywhere, an owner removes: who sees Bob's call afterwards. Rule A-12.
func TestTheCallsOfWhoeverIsShutOut(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		by       func(*office) *cabinettest.Person
		path     string
		heir     func(*office) account.UserID
		ann, eve int // what Ann is answered, and another manager
	}{
		"blocked, Ann takes over": {owners, "/block", anns, http.StatusOK, http.StatusNotFound},
		"removed, Ann takes over": {owners, "/remove", anns, http.StatusOK, http.StatusNotFound},
		"blocked, nobody does":    {owners, "/block", nobodys, http.StatusOK, http.StatusOK},
		"removed, nobody does":    {owners, "/remove", nobodys, http.StatusOK, http.StatusOK},
		"everywhere, Ann takes":   {operators, "", anns, http.StatusOK, http.StatusNotFound},
		"everywhere, nobody does": {operators, "", nobodys, http.StatusOK, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := openOffice(t)
			eve := o.SignIn(o.named("Eve Manager", shop, access.Manager))
			page := "/p/shop/calls/" + o.callOf(o.bob.ID).String()
			o.ann.Get(page).Must(t, http.StatusNotFound)
			path, field := user(o.bob.ID)+c.path, "hand_to"
			if c.path == "" {
				field = "hand_to:project:shop"
				path = "/op/people/everyone/" + string(o.bob.ID) + "/block"
			}
			c.by(o).Post(path, form(field, string(c.heir(o)))).Must(t, http.StatusOK)
			o.ann.Get(page).Must(t, c.ann)
			eve.Get(page).Must(t, c.eve)
			o.owner.Get(page).Must(t, http.StatusOK, "Bob Manager") // who spoke stays
		})
	}
}

func owners(o *office) *cabinettest.Person    { return o.owner }
func operators(o *office) *cabinettest.Person { return o.Operator() }
func anns(o *office) account.UserID           { return o.ann.ID }
func nobodys(*office) account.UserID          { return "" }

// callOf logs a call that a manager of the shop answered an hour ago.
func (o *office) callOf(id account.UserID) call.ID {
	o.Helper()
	at := o.Now().Add(-time.Hour)
	opening := call.Opening{Project: "shop", ID: call.IDAt(at, 1), Direction: call.Inbound, Client: "+380671234567", Number: "+380443337701"}
	closing := call.Closing{
		Status: call.Answered, AnsweredAt: at.Add(time.Second), EndedAt: at.Add(time.Minute), EndedBy: call.ByClient,
		Person: call.Person{ID: "e1", Name: "Bob Manager", User: id},
	}
	o.Write(func(ctx context.Context, tx *store.Tx) error { return call.Log(ctx, tx, opening, closing) })
	return opening.ID
}

// Somebody of the operator's side who is blocked leaves conversations: the dialog asks who takes them over. Rules A-12, S-07.
func TestTheConversationsOfWhoeverIsShutOut(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	chief, helped, heir := o.Operator(), o.SignIn(o.named("Otto Operator", ident.Operator, access.OperatorRole)), o.named("Orla Operator", ident.Operator, access.OperatorRole)
	var conversation support.ConversationID
	o.Write(func(ctx context.Context, tx *store.Tx) error {
		writer, err := support.WriterOf(o.permitOf(o.ann, shop))
		if err != nil {
			return err
		}
		c, _, err := writer.Post(ctx, tx, support.Draft{ClientID: "one", Body: "Hello"}, o.Now())
		if err != nil {
			return err
		}
		desk, err := support.DeskOf(o.permitOf(helped, ident.Operator))
		if err != nil {
			return err
		}
		conversation = c.ID
		_, err = desk.Claim(ctx, tx, c.ID, o.Now())
		return err
	})
	at := "/op/people/users/" + string(helped.ID) + "/block"
	chief.Get(at).Must(t, http.StatusOK, "Orla Operator", "conversations with clients")
	chief.Post(at, form("hand_to", string(heir.ID))).Must(t, http.StatusOK, "access is closed")
	desk, err := support.DeskOf(o.permitOf(chief, ident.Operator))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := desk.Find(t.Context(), o.App.DB, conversation); err != nil || c.Claimed != heir.ID {
		t.Errorf("%q has the conversation, %v", c.Claimed, err)
	}
}

// permitOf is what somebody who is signed in may do in an organisation.
func (o *office) permitOf(who *cabinettest.Person, org ident.Org) access.Permit {
	o.Helper()
	p, err := o.App.Gate.Enter(o.Context(), access.BySession(who.Session, audit.Program("test")), org, o.Now())
	if err != nil {
		o.Fatal(err)
	}
	return p
}

// signsInButNotHere fails unless login and password are as they were, and the shop is closed.
func (o *office) signsInButNotHere(u account.User) {
	o.Helper()
	entry, err := o.App.Door.SignIn(o.Context(), audit.Program("test"), "", u.Email, cabinettest.Password, o.Now())
	if err != nil {
		o.Fatalf("login and password do not stay: %v", err)
	}
	if _, err := o.App.Gate.Enter(o.Context(), access.BySession(entry.Session, audit.Program("test")), shop, o.Now()); errs.CodeOf(err) != "project.not_found" {
		o.Errorf("the shop opens to a blocked member: %v", err)
	}
}

// A block that another node made ends a stream here too. Rule A-06.
func TestBlockedElsewhere(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	ended := o.stream(o.bob)
	o.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := access.Block(ctx, tx, o.Permit(shop), o.App.Billing, o.bob.ID, "", o.Now())
		return err
	})
	o.Pass(4 * time.Second)
	within(t, ended, time.Now())
}

func TestWhoCannotBeBlocked(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	administrator := o.SignIn(o.named("Ada Administrator", shop, access.Administrator))
	for name, c := range map[string]struct {
		who    *cabinettest.Person
		path   string
		status int
		says   string
	}{
		"oneself":             {o.owner, user(o.owner.ID), http.StatusUnprocessableEntity, "Nobody blocks or removes themselves"},
		"beyond one’s rights": {administrator, user(o.owner.ID), http.StatusForbidden, "rights they do not have"},
		"a manager’s wish":    {o.ann, user(o.bob.ID), http.StatusForbidden, "no right"},
		"another’s project":   {o.stranger, user(o.bob.ID), http.StatusNotFound, ""},
		"nobody":              {o.owner, user("nobody"), http.StatusNotFound, "no such person"},
		"hostile":             {o.owner, "/p/shop/people/users/%00%27", http.StatusNotFound, "no such person"},
	} {
		for _, deed := range []string{"/block", "/remove"} {
			got := c.who.Post(c.path+deed, form())
			if got.Status != c.status || !strings.Contains(got.Body, c.says) {
				t.Errorf("%s%s: %d\n%.3000s", name, deed, got.Status, got.Body)
			}
		}
	}
	for heir, want := range map[string]int{"nobody": http.StatusUnprocessableEntity, string(o.bob.ID): http.StatusUnprocessableEntity, string(o.stranger.ID): http.StatusUnprocessableEntity} {
		o.owner.Post(user(o.bob.ID)+"/block", form("hand_to", heir)).Must(t, want, "cannot take the work over", "Block Bob Manager?")
	}
	o.bob.Get("/p/shop/people").Must(t, http.StatusOK)
}

// Somebody can be blocked though the book has no such product any more, and the last owner cannot.
func TestBlockingWhateverTheBookSays(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.Write(func(ctx context.Context, tx *store.Tx) error {
		return access.TakeSeat(ctx, tx, o.Permit(shop), nil, o.bob.ID, "telex", o.Now())
	})
	o.owner.Get(user(o.bob.ID)+"/block").Must(t, http.StatusOK, "33.30")
	o.owner.Post(user(o.bob.ID)+"/block", form()).Must(t, http.StatusOK, "access is closed")
	operator := o.Operator()
	operator.Post(user(o.owner.ID)+"/block", form()).Must(t, http.StatusConflict, "last one who can run it")
}

func TestRemoving(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.owner.Get(user(o.bob.ID)+"/remove").Must(t, http.StatusOK, "Remove Bob Manager?", "38.30", "33.30", "cannot be undone")
	o.owner.Post(user(o.bob.ID)+"/remove", form("hand_to", string(o.ann.ID))).Must(t, http.StatusOK, "Bob Manager: removed")
	o.Pass(5 * time.Second)
	o.bob.Get("/p/shop/people").Must(t, http.StatusNotFound)
	o.owner.Get(user(o.bob.ID)).Must(t, http.StatusNotFound)
	if got := o.tomorrow(); got != money.MustParse("33.3") {
		t.Errorf("tomorrow costs %s", got)
	}
}

// The operator blocks somebody in every project at once; the project cannot undo it. Rule A-12.
func TestBlockingEverywhere(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.Join(o.bob.User, other, access.Marketer)
	operator := o.Operator()
	operator.Get("/op/people/everyone?f.words=bob").Must(t, http.StatusOK, "bob.manager@example.com")
	at := "/op/people/everyone/" + string(o.bob.ID)
	operator.Get("/op/search?q=bob.manager%40").Must(t, http.StatusOK, `href="`+at+`"`)
	operator.Get(at).Must(t, http.StatusOK, "Shop shop", "Shop other", "Block everywhere")
	operator.Get(at+"/block").Must(t, http.StatusOK, "Access is lost in 2 organisations", "Hand the work in “Shop shop” over to", "Ann Manager")
	for _, heir := range []string{"nobody", string(o.bob.ID), string(operator.ID)} { // not there, the blocked one, not of the shop
		operator.Post(at+"/block", form("hand_to:project:shop", heir)).Must(t, http.StatusUnprocessableEntity, "cannot take the work over", "Hand the work in")
	}
	ended, since := o.stream(o.bob), time.Now()
	operator.Post(at+"/block", form()).Must(t, http.StatusOK, "access is closed everywhere")
	within(t, ended, since)
	o.Pass(5 * time.Second)
	o.bob.Get("/p/shop/people").Must(t, http.StatusUnauthorized)
	if got := o.tomorrow(); got != money.MustParse("33.3") {
		t.Errorf("tomorrow costs %s", got)
	}
	o.owner.Get("/p/shop/people").Must(t, http.StatusOK, "Blocked by the operator")
	o.owner.Post(user(o.bob.ID)+"/unblock", form()).Must(t, http.StatusForbidden, "Only the operator can unblock")
	operator.Post(at+"/unblock", form()).Must(t, http.StatusOK, "access is open again")
	o.Pass(5 * time.Second)
	o.SignIn(o.bob.User).Get("/p/other/people").Must(t, http.StatusOK)
	operator.Post("/op/people/everyone/"+string(operator.ID)+"/block", form()).Must(t, http.StatusUnprocessableEntity)
	o.owner.Get("/op/people/everyone").Must(t, http.StatusForbidden)
}

// Rule A-14: the operator gets from a user to the view through their eyes; who looked stands in the project's log.
func TestViewAs(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	operator := o.Operator()
	view := "/op/projects/shop/view"
	operator.Get("/op/people/everyone/"+string(o.ann.ID)).Must(t, http.StatusOK, view+"?member="+string(o.ann.ID))
	operator.Get(view+"?member="+string(o.ann.ID)).Must(t, http.StatusOK, "Ann Manager")
	operator.Post(view, form("member", string(o.ann.ID), "reason", "ticket 7")).Must(t, http.StatusOK, "somebody else’s eyes")
	operator.Post(user(o.bob.ID)+"/block", form()).Must(t, http.StatusForbidden)
	o.owner.Get("/p/shop/people/audit").Must(t, http.StatusOK, "Session: look through a client’s eyes", "ticket 7", "Ann Manager")
}

// Two colleagues of one name are told apart by their addresses in the list of those who take over; others need none.
func TestHeirsOfOneName(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.named("Twin", shop, access.Manager)
	second := o.User("other.twin@example.com")
	o.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := account.EditUser(ctx, tx, audit.Program("test"), second.ID, "twin", "en", o.Now())
		return err
	})
	o.Join(second, shop, access.Manager)
	page := o.owner.Get(user(o.bob.ID)+"/block").Must(t, http.StatusOK, "Twin · twin@example.com", "twin · other.twin@example.com", ">Ann Manager<")
	if strings.Contains(page.Body, "Ann Manager · ") {
		t.Error("a name of one person has an address")
	}
}

// Whoever is removed from one project keeps the open pages of another. Rule A-06.
func TestRemovalEndsThePagesOfOneProject(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.Join(o.ann.User, other, access.Administrator)
	again := o.SignIn(o.ann.User)
	here, there := o.stream(again), o.streamOf(again, "project:other/people")
	o.owner.Post(user(o.ann.ID)+"/remove", form("hand_to", string(o.bob.ID))).Must(t, http.StatusOK, "removed")
	o.Pass(5 * time.Second)
	within(t, here, time.Now())
	select {
	case <-there:
		t.Error("the page of the other project ended too")
	default:
	}
}
