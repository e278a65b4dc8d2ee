package support_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/ident"
	"bellwether/internal/web/cabinet/cabinettest"
	"bellwether/internal/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }

var shop = ident.ProjectOrg("shop")

// open starts the program with a shop, its owner and a manager, and an operator.
func open(t *testing.T) (h *cabinettest.House, owner, manager, operator *cabinettest.Person) {
	t.Helper()
	h = cabinettest.Open(t)
	h.Project("shop", "1000")
	h.Project("other", "5")
	return h, h.Member(shop, access.Owner), h.Member(shop, access.Manager), h.Operator()
}

// message is the form of a message; each has a name of its own.
func message(text string) url.Values {
	return url.Values{"client_id": {fmt.Sprintf("m%d", time.Now().UnixNano())}, "text": {text}, "page": {"/p/shop/funds"}}
}

var conversationPath = regexp.MustCompile(`/op/support/\d+`)

// first is the path of the first conversation that waits at the desk.
func first(t *testing.T, operator *cabinettest.Person) string {
	t.Helper()
	path := conversationPath.FindString(operator.Get("/op/support").Must(t, http.StatusOK).Body)
	if path == "" {
		t.Fatal("nobody waits at the desk")
	}
	return path
}

func count(body, text string) int { return strings.Count(body, text) }

// Without scripts: asked, answered at the desk, read, solved, opened again. Rules S-02, S-05 and S-08.
func TestAConversationInPlainPages(t *testing.T) {
	t.Parallel()
	h, owner, manager, operator := open(t)
	owner.Get("/p/shop/support").Must(t, http.StatusOK, "Ask anything about the service", "Only you and support", "Nobody is here now")
	question := message("Why was Tuesday dearer?")
	for range 2 { // the button was pressed twice
		owner.Post("/p/shop/support", question).Must(t, http.StatusOK, "Why was Tuesday dearer?")
	}
	if n := count(owner.Get("/p/shop/support").Body, "Why was Tuesday dearer?"); n != 1 {
		t.Errorf("the question stands there %d times", n)
	}
	if strings.Contains(manager.Get("/p/shop/support").Must(t, http.StatusOK).Body, "Tuesday") {
		t.Error("a colleague reads it")
	}
	h.Pass(4 * time.Minute)
	path := first(t, operator)
	operator.Get(path).Must(t, http.StatusOK, "Why was Tuesday dearer?", "/p/shop/funds", "1,000.00", "Active", "owner@shop.example", "Shop shop", "waits 4")
	operator.Post(path, message("A seat was taken: /help/seats")).Must(t, http.StatusOK, "Yours")
	owner.Get("/p/shop/support/count").Must(t, http.StatusOK, `class="count"`, "1<")
	owner.Get("/p/shop/support").Must(t, http.StatusOK, `<a href="/help/seats">/help/seats</a>`, "Olha Operator")
	if strings.Contains(owner.Get("/p/shop/support/count").Body, `class="count"`) {
		t.Error("what was read still counts")
	}
	operator.Get("/op/support?queue=waiting").Must(t, http.StatusOK, "Nobody waits for an answer")
	operator.Post(path+"/solve", url.Values{}).Must(t, http.StatusOK, "Solved")
	owner.Get("/p/shop/support").Must(t, http.StatusOK, "Support marked this as solved")
	owner.Post("/p/shop/support", message("And Wednesday?")).Must(t, http.StatusOK, "Opened again")
	operator.Get("/op/support?queue=waiting").Must(t, http.StatusOK, "And Wednesday?")
}

// What is wrong with a message is told, and what was typed stays.
func TestWrongMessages(t *testing.T) {
	t.Parallel()
	_, owner, _, operator := open(t)
	long := strings.Repeat("a", 4001)
	owner.Post("/p/shop/support", message(long)).Must(t, http.StatusUnprocessableEntity, "longer than 4,000 characters", long)
	owner.Post("/p/shop/support", message("  ")).Must(t, http.StatusUnprocessableEntity, "Write something first")
	owner.Post("/p/shop/support", url.Values{"text": {"x"}}).Must(t, http.StatusUnprocessableEntity, "Open the page again")
	operator.Get("/op/support/1").Must(t, http.StatusNotFound)
	operator.Get("/op/support/x").Must(t, http.StatusNotFound)
	operator.Get("/op/support?after=zz").Must(t, http.StatusUnprocessableEntity)
	operator.Post("/op/support/1", message("x")).Must(t, http.StatusNotFound)
	again := message("one")
	owner.Post("/p/shop/support", again).Must(t, http.StatusOK)
	again.Set("text", "two")
	owner.Post("/p/shop/support", again).Must(t, http.StatusConflict)
}

// Rule S-03: nothing that somebody writes becomes markup, on either side.
func TestHostileText(t *testing.T) {
	t.Parallel()
	_, owner, _, operator := open(t)
	for _, text := range []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `{{.}} ${7*7} =cmd`, "https://evil.example /help/../op javascript:alert(1)", "\u202eabc"} {
		owner.Post("/p/shop/support", message(text)).Must(t, http.StatusOK)
	}
	for _, body := range []string{owner.Get("/p/shop/support").Body, operator.Get(first(t, operator)).Body} {
		for _, bad := range []string{"<script>alert", "<img src=x", `href="https://evil`, `href="javascript`, `href="/help/.."`, "\u202e"} {
			if strings.Contains(body, bad) {
				t.Errorf("%q is on the page", bad)
			}
		}
		if !strings.Contains(body, "&lt;script&gt;") {
			t.Error("the text is not shown as text")
		}
	}
}

// Rule S-01, Rule A-07: nobody reaches another's conversation.
func TestWhoReaches(t *testing.T) {
	t.Parallel()
	h, owner, manager, operator := open(t)
	owner.Post("/p/shop/support", message("secret balance")).Must(t, http.StatusOK)
	path := first(t, operator)
	foreign := h.Member(ident.ProjectOrg("other"), access.Owner)
	for _, person := range []*cabinettest.Person{owner, manager, foreign} {
		person.Get(path).Must(t, http.StatusForbidden)
		person.Get(path+"/lines").Must(t, http.StatusForbidden)
		person.Post(path, message("I am support")).Must(t, http.StatusForbidden)
	}
	foreign.Get("/p/shop/support").Must(t, http.StatusNotFound)
	foreign.Post("/p/shop/support", message("x")).Must(t, http.StatusNotFound)
	for _, below := range []string{"", "/panel", "/lines"} {
		if strings.Contains(manager.Get("/p/shop/support"+below).Must(t, http.StatusOK).Body, "secret") {
			t.Errorf("a colleague reads %s", below)
		}
	}
	readOnly := h.Member(shop, access.ReadOnly)
	readOnly.Get("/p/shop/support").Must(t, http.StatusOK, "You have no right to this")
	readOnly.Post("/p/shop/support", message("x")).Must(t, http.StatusForbidden)
	nobody := h.SignIn(h.User("nobody@example.com"))
	nobody.Post("/me/support", message("I see no project")).Must(t, http.StatusOK, "I see no project")
	h.Agency("north", "shop")
	agent := h.Member(ident.AgencyOrg("north"), access.AgencyRole)
	agent.Post("/a/north/support", message("Our discount?")).Must(t, http.StatusOK, "Our discount?")
	owner.Get("/a/north/support").Must(t, http.StatusNotFound)
	operator.Get("/op/support").Must(t, http.StatusOK, "no project", "I see no project", "Agency north", "Our discount?")
	if got := operator.Get("/p/shop/support"); got.Path != "/op/support" {
		t.Errorf("the operator gets to %s", got.Path)
	}
}

// Rule S-06: a time is told from five answers on, and is the measured one.
func TestResponseTimeIsTold(t *testing.T) {
	t.Parallel()
	h, owner, _, operator := open(t)
	for i, wait := range []int{1, 2, 4, 10, 20} {
		owner.Post("/p/shop/support", message("question")).Must(t, http.StatusOK)
		h.Pass(time.Duration(wait) * time.Minute)
		operator.Post(first(t, operator), message("answer")).Must(t, http.StatusOK)
		h.Pass(10 * time.Second) // what pages remember
		if told := strings.Contains(owner.Get("/p/shop/support").Body, "usually answers"); told != (i == 4) {
			t.Errorf("after %d answers a time is told: %v", i+1, told)
		}
	}
	owner.Get("/p/shop/support/head").Must(t, http.StatusOK, "usually answers in 4 min", "Somebody is here")
	operator.Get("/op/support").Must(t, http.StatusOK, "5 answers in 30 days: half within 4 min, 90% within 20 min")
	h.Pass(2 * time.Minute)
	owner.Get("/p/shop/support/head").Must(t, http.StatusOK, "Nobody is here now")
}

func TestTheDesk(t *testing.T) {
	t.Parallel()
	h, owner, manager, operator := open(t)
	owner.Post("/p/shop/support", message("mine")).Must(t, http.StatusOK)
	path := first(t, operator)
	manager.Post("/p/shop/support", message("other")).Must(t, http.StatusOK)
	operator.Post(path+"/claim", url.Values{}).Must(t, http.StatusOK, "The conversation is yours", "Give back")
	operator.Get("/op/support?queue=mine").Must(t, http.StatusOK, path)
	colleague := h.Member(ident.Operator, access.OperatorRole)
	colleague.Get(path).Must(t, http.StatusOK, "Olha Operator has it")
	operator.Post(path+"/unclaim", url.Values{}).Must(t, http.StatusOK, "Anybody can take it")
	operator.Get("/op/support?queue=mine").Must(t, http.StatusOK, "You have no open conversation")
	// Saved answers.
	operator.Post("/op/support/answers", url.Values{"title": {""}, "text": {"kept"}}).Must(t, http.StatusUnprocessableEntity, "title of up to 80", "kept")
	operator.Post("/op/support/answers", url.Values{"title": {"Peak"}, "text": {"The <b>peak</b> counts"}}).Must(t, http.StatusOK, "The answer is saved", "&lt;b&gt;peak")
	page := operator.Get(path).Must(t, http.StatusOK, "Peak")
	saved := regexp.MustCompile(`saved=([A-Z0-9]+)`).FindStringSubmatch(page.Body)
	if saved == nil {
		t.Fatal("no saved answer to choose")
	}
	operator.Get(path+"?saved="+saved[1]).Must(t, http.StatusOK, "The &lt;b&gt;peak&lt;/b&gt; counts</textarea>")
	operator.Get("/op/support/answers/"+saved[1]+"/remove").Must(t, http.StatusOK, "Delete “Peak”?")
	operator.Post("/op/support/answers/"+saved[1]+"/remove", url.Values{}).Must(t, http.StatusOK, "The saved answer is gone", "No saved answers yet")
	operator.Get("/op/support/answers/nothing/remove").Must(t, http.StatusNotFound)
	// Office hours.
	operator.Post("/op/support/hours", url.Values{"zone": {"Europe/Kyiv"}, "from1": {"09:00"}, "until1": {"23:59"}}).Must(t, http.StatusOK, `value="09:00"`, `value="23:59"`)
	operator.Post("/op/support/hours", url.Values{"zone": {"Mars"}, "from1": {"09:00"}, "until1": {"18:00"}}).Must(t, http.StatusUnprocessableEntity, "These hours do not fit", "Mars")
	operator.Post("/op/support/hours", url.Values{"zone": {"Europe/Kyiv"}, "from1": {"18:00"}, "until1": {"09:00"}}).Must(t, http.StatusUnprocessableEntity)
	h.Pass(5 * time.Minute)
	owner.Get("/p/shop/support/head").Must(t, http.StatusOK, "We are off work now") // it is Sunday
}

// The list of a queue goes on over pages, and what was said before too.
func TestLongLists(t *testing.T) {
	t.Parallel()
	h, owner, _, operator := open(t)
	for i := range 45 {
		person := h.SignIn(h.User(fmt.Sprintf("p%d@shop.example", i)))
		h.Join(person.User, shop, access.Manager)
		person.Post("/p/shop/support", message("hello")).Must(t, http.StatusOK)
		h.Pass(time.Second)
	}
	more := regexp.MustCompile(`/op/support\?after=[^"]*`).FindString(operator.Get("/op/support").Must(t, http.StatusOK, "More").Body)
	if n := count(operator.Get(strings.ReplaceAll(more, "&amp;", "&")).Must(t, http.StatusOK).Body, `class="desk-row"`); n != 5 {
		t.Errorf("the second page has %d rows", n)
	}
	for i := range 70 {
		owner.Post("/p/shop/support", message(fmt.Sprintf("line %d.", i))).Must(t, http.StatusOK)
	}
	page := owner.Get("/p/shop/support").Must(t, http.StatusOK, "line 69.", "line 10.", "Earlier messages")
	older := regexp.MustCompile(`/p/shop/support\?before=\d+`).FindString(page.Body)
	owner.Get(older).Must(t, http.StatusOK, "line 9.", "line 0.", "To the latest messages")
}
