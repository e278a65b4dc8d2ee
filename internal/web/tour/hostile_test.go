package tour_test

import (
	"context"
	"crypto/rand"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/cabinet/cabinettest"
)

// What somebody may write into a field to do harm. Each has the word "hostile" in it, by which it is found where it is shown.
var (
	scripts  = `=1+1"'><img src=x onerror=hostile()>`
	closings = `-1</textarea></title><script>hostile()</script>`
	turned   = "@\u202eהפוך\u2066 hostile\u200b عكس"
	// endless is cut to what a field takes.
	endless = "+hostile" + strings.Repeat("W", 6000)
)

// lengths are how long a text is tried to be, longest first.
var lengths = []int{500, 200, 100, 60, 20}

// siege sends every form of the cabinet with hostile text in it.
type siege struct {
	testing.TB
	*house
	routes *http.ServeMux
	forms  []form
	taken  map[string]form // forms that took something hostile, as they took it, by name
	sent   map[string]bool // patterns of the routes that a form was sent to
}

func (h *house) besiege(t *testing.T, w *walk) *siege {
	s := &siege{TB: t, house: h, routes: w.routes, taken: map[string]form{}, sent: map[string]bool{}}
	s.forms = distinct(append(w.forms, s.formsOfOthers(w)...))
	for _, f := range s.forms {
		s.sent[f.pattern] = true
		if !f.written() {
			continue
		}
		for _, text := range []string{scripts, closings, turned, endless} {
			s.attack(f, text)
		}
	}
	if len(s.taken) < 40 {
		t.Errorf("only %d of %d forms take anything hostile", len(s.taken), len(s.forms))
	}
	return s
}

// formsOfOthers are those that the operator of the walk does not have: of strangers, of customers who write to the operator, and
// of whoever decides on what the operator has asked for.
func (s *siege) formsOfOthers(w *walk) (forms []form) {
	var invitation string
	var reset account.Reset
	s.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		if _, invitation, err = access.Invite(ctx, tx, s.house.Permit(shop), rand.Reader, "guest@shop.example", access.Manager, s.Now()); err != nil {
			return err
		}
		reset, err = account.RequestReset(ctx, tx, audit.Program("test"), rand.Reader, s.owner.Email, s.Now())
		return err
	})
	for _, one := range []struct {
		who  account.User
		path string
	}{
		{path: "/sign-in"},
		{path: "/forgot"},
		{path: "/sign-up"},
		{path: cabinet.Link("/invitation", invitation)},
		{path: cabinet.Link("/reset", reset.Token)},
		{s.User("nobody@example.com"), "/new-project"},

		{s.owner.User, "/p/kvitka/support"},
		{s.agent.User, "/a/lime/support"},
		{s.User("newcomer@example.com"), "/me/support"},
	} {
		forms = append(forms, s.formsAt(one.who, one.path)...)
	}
	for _, p := range w.all {
		if p.pattern == "GET /op/money/{request}" {
			forms = append(forms, s.formsAt(s.operators[lang.Ukrainian].User, p.path)...)
		}
	}
	return forms
}

// formsAt are the forms of a page as somebody sees it now, each time in a session of its own: a form may end one.
func (s *siege) formsAt(who account.User, path string) []form {
	answer := s.as(who).Get(path)
	body, err := html.Parse(strings.NewReader(answer.Body))
	if err != nil {
		s.Fatal(err)
	}
	return formsOf(s.routes, who, path, body)
}

func (s *siege) as(who account.User) *cabinettest.Person {
	if who.ID == "" {
		return s.Stranger()
	}
	return s.SignIn(who)
}

// attack writes a text into every field of a form. A field that refuses it gets a shorter one where the text is endless,
// then something honest, until the form is taken or has nothing hostile left.
func (s *siege) attack(f form, text string) {
	s.Helper()
	tries := map[string]int{}
	for range len(lengths) + 2 {
		fresh, ok := f.in(s.formsAt(f.who, f.page)) // with an id and a version of its own
		if !ok {
			return // what it was for has gone: an invitation is taken up once
		}
		filled := fresh.with(func(one field) string { return s.bad(one, text, tries[one.name]) })
		answer := fresh.send(s.as(f.who), filled)
		again, refused := s.judge(fresh, filled, answer)
		if !refused {
			s.follow(fresh, answer)
			if strings.Contains(filled.Encode(), "hostile") {
				s.keep(fresh, filled)
			}
			return
		}
		wrong := 0
		for _, one := range again.fields {
			if one.wrong && one.written() {
				tries[one.name]++
				wrong++
			}
		}
		if wrong == 0 {
			return
		}
	}
}

// keep remembers a form as it was taken first.
func (s *siege) keep(f form, filled url.Values) {
	if _, known := s.taken[f.name()]; known {
		return
	}
	for i, one := range f.fields {
		if one.written() {
			f.fields[i].value = filled.Get(one.name)
		}
	}
	s.taken[f.name()] = f
}

// bad is what goes into a field after some of its tries were refused.
func (s *siege) bad(one field, text string, refused int) string {
	if one.kind == "password" {
		return one.honest()
	}
	if text == endless && refused < len(lengths) {
		return text[:lengths[refused]]
	}
	if refused > 0 {
		return one.honest()
	}
	return text
}

// judge fails the test for an answer that is none of those a form may get, or that has something of the text in its markup. A
// refused form comes back with status 422 and what was written in it.
func (s *siege) judge(f form, filled url.Values, answer cabinettest.Answer) (again form, refused bool) {
	s.Helper()
	body, err := html.Parse(strings.NewReader(answer.Body))
	if err != nil {
		s.Fatal(err)
	}
	what := fmt.Sprintf("%s (on %s) with %.80q", f.name(), f.page, filled)
	if broken := injected(body); broken != "" {
		s.Errorf("%s: a text becomes %s", what, broken)
	}
	stranger := f.who.ID == "" && (answer.Status == http.StatusUnauthorized || answer.Status == http.StatusTooManyRequests)
	switch {
	case answer.Status == http.StatusOK:
		return form{}, false
	case answer.Status != http.StatusUnprocessableEntity && !stranger:
		s.Errorf("%s: the answer is %d\n%.400s", what, answer.Status, mainText(body))
		return form{}, true
	}
	again, ok := f.in(formsOf(s.routes, f.who, answer.Path, body))
	if !ok && withoutForm[f.pattern] == "" {
		s.Errorf("%s: refused without the form:\n%.400s", what, mainText(body))
	}
	for _, one := range again.fields {
		typed := strings.TrimSpace(ident.Visible(filled.Get(one.name)))
		if one.written() && one.kind != "password" && keepsNoText[f.pattern] == "" && strings.ReplaceAll(strings.TrimSpace(one.value), "\r\n", "\n") != typed {
			s.Errorf("%s: typed %.60q, shown back %.60q", what, typed, one.value)
		}
	}
	return again, true
}

// withoutForm are the routes whose refusals are a page of their own, each with its reason.
var withoutForm = map[string]string{
	"POST /p/{project}/views": "the browser takes no more than the 60 characters",
	"POST /a/{agency}/views":  "the browser takes no more than the 60 characters",
	"POST /op/views":          "the browser takes no more than the 60 characters",
}

// keepsNoText are the routes that do not show again what was typed, each with its reason.
var keepsNoText = map[string]string{
	"POST /p/{project}/telephony/schemes/{scheme}": "the editor shows the draft as it is kept: a number that is none has no place in it",
}

// mainText is what a page says, without its frame.
func mainText(body *html.Node) string {
	for n := range body.Descendants() {
		if n.Data == "main" {
			return textOf(n)
		}
	}
	return textOf(body)
}

// injected says what of a page is not ours: an element or an attribute that a text has made.
func injected(body *html.Node) string {
	for n := range body.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "script" && !has(n, "src") && attribute(n, "type") == "" || attribute(n, "src") == "x" {
			return "<" + n.Data + ">"
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") {
				return "the attribute " + a.Key
			}
		}
	}
	return ""
}

// follow says yes to a question that the answer of a form asks about the text.
func (s *siege) follow(f form, answer cabinettest.Answer) {
	body, err := html.Parse(strings.NewReader(answer.Body))
	if err != nil {
		s.Fatal(err)
	}
	for _, question := range formsOf(s.routes, f.who, answer.Path, body) {
		carries := slices.ContainsFunc(question.fields, func(one field) bool { return one.kind == "hidden" && strings.Contains(one.value, "hostile") })
		s.sent[question.pattern] = true
		if question.method == http.MethodPost && carries && !question.undo && !question.written() {
			yes := question.with(field.honest)
			s.judge(question, yes, question.send(s.as(f.who), yes))
		}
	}
}

// unsent are the routes that no form of the walk leads to, each with its reason.
var unsent = map[string]string{
	"POST /p/{project}/calls/{call}/recordings/{recording}/restore": "no recording of the walk is in the archive",
	"POST /a/{agency}/people/users/{user}/unblock":                  "a button",
	"POST /a/{agency}/support/seen":                                 "sent by the script of the page",
	"POST /confirm":                                                 "a mail leads there",
	"POST /op/bans/release":                                         "nobody is shut out in the walk; internal/web/telephony lets somebody in",
	"POST /op/bans/spared/remove":                                   "no address is spared in the walk; internal/web/telephony takes one out",
	"POST /csp-report":                                              "sent by browsers",
	"POST /email":                                                   "a button",
	"POST /me/passkeys/begin":                                       "sent by the script of the page",
	"POST /me/passkeys/{passkey}":                                   "the operator of the walk has no passkey",
	"POST /me/passkeys/{passkey}/delete":                            "a button",
	"POST /me/prove":                                                "asked of whoever signed in more than ten minutes ago",
	"POST /me/recovery":                                             "a code of six digits",
	"POST /me/support/seen":                                         "sent by the script of the page",
	"POST /me/totp":                                                 "a code of six digits",
	"POST /me/totp/off":                                             "a code of six digits",
	"POST /me/view/end":                                             "a button",
	"POST /op/jobs/{job}/cancel":                                    "a button",
	"POST /op/people/users/{user}/unblock":                          "a button",
	"POST /op/projects/{project}/repair":                            "a button",
	"POST /op/support/answers/{answer}/remove":                      "a button",
	"POST /op/support/here":                                         "sent by the script of the page",
	"POST /op/support/{conversation}/reopen":                        "a button",
	"POST /op/support/{conversation}/seen":                          "sent by the script of the page",
	"POST /p/{project}/funds/book/keep":                             "a button",
	"POST /p/{project}/funds/products/keep":                         "a button",
	"POST /p/{project}/funds/products/packages/{package}":           "the book of the walk sells no minute packages",
	"POST /p/{project}/funds/products/plan":                         "the book of the walk has no plans",
	"POST /p/{project}/funds/products/plan/undo":                    "a button",
	"POST /p/{project}/funds/products/term":                         "the book of the walk is not sold by term",
	"POST /p/{project}/funds/products/undo":                         "a button",
	"POST /p/{project}/numbers/{number}/undo-release":               "a button",
	"POST /p/{project}/people/seats/recount":                        "a button",
	"POST /p/{project}/settings/zone":                               "a list to choose from, and a button",
	"POST /p/{project}/support/seen":                                "sent by the script of the page",
	"POST /setup":                                                   "has a test of its own",
	"POST /sign-in/code":                                            "a code of six digits",
	"POST /op/trunks/{trunk}/drop":                                  "a button",
	"POST /p/{project}/telephony/trunks/{trunk}/drop":               "a button",
	"POST /p/{project}/telephony/schemes/{scheme}/try":              "sent by a button of the editor's form",
	"POST /p/{project}/tracking/sites/{site}/try":                   "sent by a button of the editor's form",
	"POST /sign-in/passkey/begin":                                   "sent by the script of the page",
}

// passing is the path that is offered only while somebody is shut out, which the walks beside this one begin and end.
const passing = "/op/people/everyone/{user}/unblock"

// everyFormIsSent fails for a route that takes something and that no form was found for: the walk must come to it.
func (s *siege) everyFormIsSent(t *testing.T) {
	for pattern, reason := range unsent {
		if s.sent[pattern] || !slices.Contains(s.App.Cabinet.Patterns(), pattern) {
			t.Errorf("%s is excused (%s) without need: a form leads there, or it is no route", pattern, reason)
		}
	}
	for _, pattern := range s.App.Cabinet.Patterns() {
		if strings.HasPrefix(pattern, "POST ") && !strings.HasPrefix(pattern, "POST /ui") && pattern != "POST "+passing && !s.sent[pattern] && unsent[pattern] == "" {
			t.Errorf("no form leads to %s", pattern)
		}
	}
}

var plainNumber = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)

// nothingIsAFormula fails for a cell of an export that a spreadsheet would compute.
func (s *siege) nothingIsAFormula(t *testing.T, pages []page) {
	shown := 0
	for _, p := range pages {
		link := exportLink(p.body)
		if link == "" {
			continue
		}
		lines, err := csv.NewReader(strings.NewReader(s.operators[lang.English].Get(link).Body)).ReadAll()
		if err != nil {
			t.Errorf("%s: %v", p.path, err)
			continue
		}
		for _, cell := range slices.Concat(lines...) {
			if strings.Contains(cell, "hostile") {
				shown++
			}
			if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) && !plainNumber.MatchString(cell) {
				t.Errorf("%s: a spreadsheet would compute %q", p.path, cell)
			}
			if c, hidden := ident.Hidden(strings.ReplaceAll(cell, "\n", "")); hidden || !utf8.ValidString(cell) {
				t.Errorf("%s: %q has %U in it", p.path, cell, c)
			}
		}
	}
	if shown < 20 {
		t.Errorf("only %d cells of exports have something hostile in them", shown)
	}
}
