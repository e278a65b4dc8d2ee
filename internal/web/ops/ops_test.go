package ops_test

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/approval"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet/cabinettest"
)

const hostile = `<script>alert(1)</script>` + "=cmd|' /C calc'!A0"

// house is an installation with two operators and a project.
func house(t *testing.T) (h *cabinettest.House, ann, ben *cabinettest.Person) {
	t.Helper()
	h = cabinettest.Open(t)
	h.Project("shop", "1000")
	ann = h.Operator()
	return h, ann, h.Member(ident.Operator, access.OperatorRole)
}

// upload sends a form with files.
func upload(t *testing.T, h *cabinettest.House, p *cabinettest.Person, path string, fields map[string]string, files map[string][2]string) cabinettest.Answer {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	for field, file := range files {
		part, err := w.CreateFormFile(field, file[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write([]byte(file[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, h.URL+path, &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return p.Send(r)
}

// Every page answers in every language, and to nobody but the operator.
func TestPages(t *testing.T) {
	t.Parallel()
	h, ann, _ := house(t)
	h.Agency("north", "shop")
	h.Pass(3 * time.Second)
	owner := h.Member(ident.ProjectOrg("shop"), access.Owner)
	agent := h.Member(ident.AgencyOrg("north"), access.AgencyRole)
	for _, path := range []string{
		"/op", "/op/projects", "/op/projects/open", "/op/projects/shop", "/op/projects/shop/agency", "/op/projects/shop/book", "/op/projects/shop/state", "/op/projects/shop/overdraft",
		"/op/projects/shop/view", "/op/money", "/op/money/new", "/op/money/limits", "/op/money/limits/new", "/op/books", "/op/books/upload", "/op/books/next", "/op/rates", "/op/rates/upload",
		"/op/rates?number=380671234567", "/op/numbers", "/op/numbers/add", "/op/agencies", "/op/agencies/open", "/op/agencies/north", "/op/audit",
	} {
		ann.Get(path).Must(t, http.StatusOK, `id="main"`)
		for _, stranger := range []*cabinettest.Person{owner, agent} {
			if got := stranger.Get(path); got.Status != http.StatusForbidden && got.Status != http.StatusNotFound {
				t.Errorf("%s answers %d to a stranger", path, got.Status)
			}
		}
	}
	agent.Get("/a/north/projects").Must(t, http.StatusOK, "shop", "/help/agency", "Right source", "Call tracking")
	for _, path := range []string{"/p/shop/tracking/pools", "/p/shop/visitors", "/p/shop/visitors/all", "/p/shop/calls/sources", "/p/shop/leads"} { // call tracking of its clients
		agent.Get(path).Must(t, http.StatusOK, `id="main"`)
	}
	if got := owner.Get("/a/north/projects"); got.Status != http.StatusNotFound {
		t.Errorf("another agency's portfolio answers %d", got.Status)
	}
	for _, missing := range []string{"/op/projects/nobody", "/op/agencies/nobody", "/op/money/17", "/op/money/x", "/op/books/17", "/op/numbers/+380000"} {
		ann.Get(missing).Must(t, http.StatusNotFound)
	}
}

// What is booked by hand asks first; above the limit it waits for another operator, who books it. Rules O-01, O-02.
func TestMoneyByHand(t *testing.T) {
	t.Parallel()
	h, ann, ben := house(t)
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := h.App.Approvals.SetLimit(ctx, tx, h.Permit(ident.Operator), "UAH", 100*money.Unit, "a test", h.Now())
		return err
	})
	wanted := url.Values{"id": {"one"}, "project": {"shop"}, "kind": {"payment"}, "amount": {"500,50"}, "method": {"bank"}, "reason": {hostile}}
	asked := ann.Post("/op/money/new", wanted).Must(t, http.StatusOK, "&lt;script&gt;", "Ask for approval")
	if strings.Contains(asked.Body, "<script>alert") {
		t.Error("a reason is executed")
	}
	wanted.Set("sure", "yes")
	request := ann.Post("/op/money/new", wanted).Must(t, http.StatusOK, "Waits for approval", "Your own request")
	ann.Post(request.Path+"/approve", url.Values{}).Must(t, http.StatusForbidden)
	ben.Post(request.Path+"/refuse", url.Values{}).Must(t, http.StatusUnprocessableEntity, "field-error")
	ben.Get("/op/money").Must(t, http.StatusOK, "+500.50")
	ben.Post(request.Path+"/approve", url.Values{}).Must(t, http.StatusOK, "Booked")
	h.Pass(3 * time.Second)
	ann.Get("/op/projects/shop").Must(t, http.StatusOK, "1,500.50")
	for field, value := range map[string]string{"amount": "ten", "project": "nobody", "reason": "", "kind": "bribe", "method": "gold"} {
		wrong := url.Values{"id": {"two"}, "project": {"shop"}, "kind": {"payment"}, "amount": {"5"}, "method": {"bank"}, "reason": {"x"}}
		wrong.Set(field, value)
		ann.Post("/op/money/new", wrong).Must(t, http.StatusUnprocessableEntity, `id="`+field)
	}
	found, err := approval.List(t.Context(), h.App.DB, approval.Filter{Kind: approval.Payment}, 10, h.Now())
	if err != nil || len(found) != 1 {
		t.Errorf("%d requests, %v", len(found), err)
	}
}

// A table of projects filters, sorts and pages; its export has its rows.
func TestProjects(t *testing.T) {
	t.Parallel()
	h, ann, _ := house(t)
	for i := range 60 {
		h.Project(ident.ProjectID(fmt.Sprintf("p%02d", i)), fmt.Sprint(100+i))
	}
	h.Pass(3 * time.Second)
	page := ann.Get("/op/projects?sort=-balance").Must(t, http.StatusOK, "61 projects", "after=50")
	if strings.Index(page.Body, ">shop<") > strings.Index(page.Body, ">p59<") {
		t.Error("not sorted by balance")
	}
	ann.Get("/op/projects?f.text=P5").Must(t, http.StatusOK, ">p59<")
	ann.Get("/op/projects?f.state=grace").Must(t, http.StatusOK, "Nothing matches these filters")
	csv := ann.Get("/op/projects?format=csv&f.text=p").Must(t, http.StatusOK, "p00", "p59")
	if n := strings.Count(csv.Body, "\n"); n != 62 { // a header, and "Shop shop" has a p in it
		t.Errorf("%d lines", n)
	}
}

// A project is moved, by its page; what is wrong is said beside the field.
func TestChangingAProject(t *testing.T) {
	t.Parallel()
	h, ann, _ := house(t)
	h.Agency("north")
	ann.Post("/op/projects/shop/agency", url.Values{"agency": {"north"}}).Must(t, http.StatusOK, "north")
	ann.Post("/op/projects/shop/agency", url.Values{"agency": {"south"}}).Must(t, http.StatusUnprocessableEntity)
	ann.Post("/op/projects/shop/overdraft", overdraft("250")).Must(t, http.StatusOK, "250")
	ann.Post("/op/projects/shop/overdraft", overdraft("-1")).Must(t, http.StatusUnprocessableEntity)
	ann.Post("/op/projects/shop/book", url.Values{"version": {"1999-01-01"}}).Must(t, http.StatusUnprocessableEntity)
	ann.Post("/op/projects/shop/book", url.Values{"version": {"2021-01-01"}}).Must(t, http.StatusOK, "ringostat@2021-01-01")
	state := url.Values{"state": {"suspended"}, "reason": {"asked by letter"}}
	ann.Post("/op/projects/shop/state", url.Values{"state": {"released"}, "sure": {"yes"}}).Must(t, http.StatusUnprocessableEntity, "Say why")
	ann.Post("/op/projects/shop/state", url.Values{"state": {"nowhere"}, "reason": {"x"}}).Must(t, http.StatusUnprocessableEntity, "no such state")
	ann.Post("/op/projects/shop/state", state).Must(t, http.StatusOK, "Set the state “Suspended”?", "Calls stop in both directions", "asked by letter")
	ann.Get("/op/projects/shop").Must(t, http.StatusOK, "Active")
	state.Set("sure", "yes")
	ann.Post("/op/projects/shop/state", state).Must(t, http.StatusOK, "Suspended")
	all := url.Values{"project": {"Bad!"}, "name": {strings.Repeat("x", 201)}, "country": {"Atlantis"}, "time_zone": {"Mars/Olympus"}, "book": {"ringostat"}}
	if page := ann.Post("/op/projects/open", all).Must(t, http.StatusUnprocessableEntity); strings.Count(page.Body, `aria-invalid="true"`) != 4 {
		t.Errorf("%d fields are marked, want 4", strings.Count(page.Body, `aria-invalid="true"`))
	}
	ann.Post("/op/projects/open", url.Values{"project": {"Bad!"}, "name": {hostile}, "country": {"UA"}, "time_zone": {"Europe/Kyiv"}, "book": {"ringostat"}}).Must(t, http.StatusUnprocessableEntity, "&lt;script&gt;")
	form := ann.Get("/op/projects/open").Must(t, http.StatusOK, `<option value="ringostat" selected>Ringostat</option>`, `<option value="insales:starter">InSales: Starter</option>`)
	if strings.Contains(form.Body, `name="plan"`) {
		t.Error("the plan is asked for beside the book")
	}
	ann.Post("/op/projects/open", url.Values{"project": {"term"}, "name": {"By term"}, "country": {"RU"}, "time_zone": {"Europe/Moscow"}, "book": {"insales:none"}}).Must(t, http.StatusUnprocessableEntity)
	ann.Post("/op/projects/open", url.Values{"project": {"term"}, "name": {"By term"}, "country": {"RU"}, "time_zone": {"Europe/Moscow"}, "book": {"insales:starter"}}).Must(t, http.StatusOK, "By term")
	if made, err := project.GetLine(t.Context(), h.App.DB, "term"); err != nil || made.Book != "insales" || made.Plan != "starter" {
		t.Errorf("opened %+v, %v", made, err)
	}
	ann.Post("/op/projects/open", url.Values{"project": {"new"}, "name": {hostile}, "country": {"UA"}, "time_zone": {"Europe/Kyiv"}, "book": {"ringostat"}}).Must(t, http.StatusOK, "&lt;script&gt;")
	ann.Post("/op/agencies/open", url.Values{"agency": {"north"}, "name": {"North"}}).Must(t, http.StatusUnprocessableEntity, "taken")
	h.Pass(3 * time.Second)
	csv := ann.Get("/op/projects?format=csv&f.text=new").Must(t, http.StatusOK)
	if strings.Contains(csv.Body, ",=cmd") {
		t.Error("a formula is in the export")
	}
}

// A draft is begun, changed, rehearsed, submitted by one and published by another. Rules O-10, O-11, O-13.
func TestPublishingABook(t *testing.T) {
	t.Parallel()
	h, ann, ben := house(t)
	draft := ann.Post("/op/books/next", url.Values{"book": {"ringostat"}, "effective": {"2027-01-01"}}).Must(t, http.StatusOK, "ringostat@2027-01-01", "Difference to ringostat@2022-07-01")
	upload(t, h, ann, draft.Path+"/text", map[string]string{"text": "book: x\n", "revision": "1"}, nil).Must(t, http.StatusUnprocessableEntity, "meanwhile")
	upload(t, h, ann, draft.Path+"/text", map[string]string{"text": strings.Replace(textIn(t, ann.Get(draft.Path+"/text").Body), "UAH: 999,", "UAH: 1099,", 1), "revision": "0"}, nil).Must(t, http.StatusOK, "1,099.00")
	ann.Get("/op/audit?f.object=price_book").Must(t, http.StatusOK, "products[virtual_pbx].monthly.UAH: 999 → 1099")
	broken := upload(t, h, ann, "/op/books/upload", map[string]string{"text": "book: x\nversion: " + hostile}, nil).Must(t, http.StatusOK, "book.yaml:", "mistakes")
	if strings.Contains(broken.Body, "<script>alert") {
		t.Error("a book is executed")
	}
	ann.Post(draft.Path+"/rehearse", url.Values{"revision": {"1"}, "days": {"30"}, "projects": {"nobody"}}).Must(t, http.StatusUnprocessableEntity, "No such project")
	ann.Post(draft.Path+"/rehearse", url.Values{"revision": {"1"}, "days": {"30"}, "projects": {"shop"}}).Must(t, http.StatusOK, "Projects calculated")
	ann.Post(draft.Path+"/submit", url.Values{"revision": {"1"}}).Must(t, http.StatusOK, "Waits for approval")
	ann.Post(draft.Path+"/approve", url.Values{"revision": {"2"}}).Must(t, http.StatusForbidden)
	ben.Post(draft.Path+"/refuse", url.Values{"revision": {"2"}, "reason": {"too dear"}}).Must(t, http.StatusOK, "too dear")
	ann.Post(draft.Path+"/date", url.Values{"revision": {"3"}, "effective": {"2027-02-01"}}).Must(t, http.StatusOK)
	ann.Post(draft.Path+"/submit", url.Values{"revision": {"4"}}).Must(t, http.StatusOK)
	ben.Post(draft.Path+"/approve", url.Values{"revision": {"5"}}).Must(t, http.StatusOK, "Published")
	if _, err := h.App.Books.Get("ringostat", "2027-01-01"); err != nil {
		t.Error(err)
	}
	ann.Get("/op/books").Must(t, http.StatusOK, "2027-01-01", "Built in")

	gone := ann.Post("/op/books/next", url.Values{"book": {"k50"}, "effective": {"2027-01-01"}}).Must(t, http.StatusOK, `href="`+"/op/books/")
	ann.Get(gone.Path+"/remove").Must(t, http.StatusOK, "Discard the draft k50@2027-01-01?", "cannot be brought back", gone.Path+"/discard")
	ann.Post(gone.Path+"/discard", url.Values{"revision": {"0"}}).Must(t, http.StatusOK, "The draft is gone")
	ann.Get(gone.Path+"/remove").Must(t, http.StatusConflict)
	ben.Get(draft.Path+"/remove").Must(t, http.StatusOK, "Withdraw ringostat@2027-01-01 from sale?", draft.Path+"/withdraw")
}

// textIn is what stands in the field of a form.
func textIn(t *testing.T, page string) string {
	t.Helper()
	found := regexp.MustCompile(`(?s)<textarea[^>]*name="text"[^>]*>(.*?)</textarea>`).FindStringSubmatch(page)
	if found == nil {
		t.Fatal("there is no text to edit")
	}
	return html.UnescapeString(found[1])
}

// Rates are looked up, and uploaded as a draft that tells each wrong line. Rules B-20, O-10.
func TestRates(t *testing.T) {
	t.Parallel()
	h, ann, _ := house(t)
	ann.Get("/op/rates?card=ringostat%402022-07-01%2Fdefault&number=%2B380671234567").Must(t, http.StatusOK, "Ukraine mobile", "60 s of talk cost")
	ann.Get("/op/rates?number=999999").Must(t, http.StatusOK, "No prefix")
	csv := "prefix,zone,connect,per_minute,currency,free_seconds,first_seconds,next_seconds\n380,Ukraine,0,0.5,UAH,0,60,1\n3x,Nowhere,0,1,UAH,0,60,1\n"
	upload(t, h, ann, "/op/rates/upload", map[string]string{"card": "ringostat/default", "effective": "2027-03-01"}, map[string][2]string{"file": {"r.csv", csv}}).
		Must(t, http.StatusOK, "default.csv:3", "prefix")
	upload(t, h, ann, "/op/rates/upload", map[string]string{"card": "ringostat/none", "effective": "2027-03-01"}, map[string][2]string{"file": {"r.csv", csv}}).Must(t, http.StatusUnprocessableEntity)
}

// Numbers come as CSV, all or none, and are retired, set aside and put back. Rules N-02, N-03.
func TestNumbers(t *testing.T) {
	t.Parallel()
	h, ann, _ := house(t)
	upload(t, h, ann, "/op/numbers/add", nil, map[string][2]string{"file": {"n.csv", "number,kind\n+380441234567,local\n0441234568,local\n"}}).
		Must(t, http.StatusUnprocessableEntity, "Line 3")
	upload(t, h, ann, "/op/numbers/add", map[string]string{"text": "number,carrier\n+380441234567," + "=cmd" + "\n"}, nil).Must(t, http.StatusOK, "1 number added")
	ann.Get("/op/numbers?f.text=4567").Must(t, http.StatusOK, "4567")
	for step, word := range map[string]string{"quarantine": "In quarantine", "retire": "Retired", "free": "Free"} {
		ann.Post("/op/numbers/+380441234567/"+step, url.Values{}).Must(t, http.StatusOK, word)
	}
	ann.Post("/op/numbers/+380441234567/sell", url.Values{}).Must(t, http.StatusNotFound)
	ann.Post("/op/numbers/+380449999999/retire", url.Values{}).Must(t, http.StatusNotFound)
}

var entryLink = regexp.MustCompile(`href="(/op/audit/[0-9]+)"`)

// The trail is found by who, what and where; before and after are shown. Rule A-15.
func TestAudit(t *testing.T) {
	t.Parallel()
	h, ann, _ := house(t)
	h.Agency("north")
	ann.Post("/op/projects/shop/overdraft", overdraft("250")).Must(t, http.StatusOK)
	ann.Get("/op/audit?f.org=shop&f.who=Olha").Must(t, http.StatusOK, "overdraft", "250")
	entry := entryLink.FindStringSubmatch(ann.Get("/op/audit?f.org=shop&f.object=project").Body)
	if entry == nil {
		t.Fatal("no row opens to its entry")
	}
	ann.Get(entry[1]).Must(t, http.StatusOK, "<dt>Where</dt>", "Before", "250.00")
	ann.Get("/op/audit/1").Must(t, http.StatusNotFound)
	if page := ann.Get("/op/audit?f.object=agency").Body; !strings.Contains(page, `title="Agency north">`) || strings.Contains(page, "agency:north") {
		t.Error("an agency is not said by its name")
	}
	ann.Get("/op/audit?f.who=nobody-at-all").Must(t, http.StatusOK, "Nothing matches these filters")
	ann.Get("/op/audit?f.from=2027-01-01").Must(t, http.StatusOK, "Nothing matches these filters")
	ann.Get("/op/audit?format=csv&f.org=project:shop&f.object=project").Must(t, http.StatusOK, "Overdraft: 0.00\u00a0₴ → 250.00\u00a0₴")
}

// The ledger is checked by a job, once at a time; the node tells how it is.
func TestLedgerCheck(t *testing.T) {
	t.Parallel()
	_, ann, _ := house(t)
	ann.Get("/op").Must(t, http.StatusOK, "Closing of days", "not checked")
	for range 2 {
		ann.Post("/op/ledger-check", url.Values{}).Must(t, http.StatusOK, "Checking entries")
	}
	page := ann.Get("/op")
	from := strings.Index(page.Body, "/op/jobs/")
	ann.Post(page.Body[from:from+strings.Index(page.Body[from:], `"`)], url.Values{"back": {"/op"}}).Must(t, http.StatusOK, "Cancelled")
}

// An operator looks through a member's eyes, for a reason, and changes nothing. Rule A-14.
func TestViewAs(t *testing.T) {
	t.Parallel()
	h, ann, _ := house(t)
	owner := h.Member(ident.ProjectOrg("shop"), access.Owner)
	ann.Get("/op/projects/shop/view").Must(t, http.StatusOK, owner.Email)
	ann.Post("/op/projects/shop/view", url.Values{"member": {string(owner.ID)}}).Must(t, http.StatusUnprocessableEntity, "field-error")
	r, err := http.NewRequest(http.MethodPost, h.URL+"/op/projects/shop/view", strings.NewReader(url.Values{"member": {string(owner.ID)}, "reason": {"a question"}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	ann.SendOnce(r).Must(t, http.StatusSeeOther)
	if got := ann.Get("/op/projects"); got.Status == http.StatusOK {
		t.Error("the operator's pages are open to whoever views as a member")
	}
}
