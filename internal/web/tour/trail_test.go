package tour_test

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"bellwether/internal/audit"
	"bellwether/internal/web/cabinet/cabinettest"
)

// everyChangeIsInTheTrail sends every form once as somebody honest does, buttons too, says yes to what is asked, and counts the
// entries that each leaves. Rule A-15.
func (h *house) everyChangeIsInTheTrail(t *testing.T, w *walk) {
	s := &siege{TB: t, house: h, routes: w.routes, taken: map[string]form{}, sent: map[string]bool{}}
	done, left := map[string]int{}, map[string]int{} // by pattern: how often it was taken, and the entries it left
	for _, f := range firstOfEach(append(w.forms, s.formsOfOthers(w)...)) {
		if left[f.pattern] > 0 {
			continue
		}
		if taken, entries := s.press(f); taken {
			done[f.pattern]++
			left[f.pattern] += entries
		}
	}
	t.Logf("%d routes take a form", len(done))
	for _, pattern := range h.App.Cabinet.Patterns() {
		if strings.HasPrefix(pattern, "POST ") && !strings.HasPrefix(pattern, "POST /ui") && done[pattern] == 0 && untaken[pattern] == "" {
			t.Errorf("%s takes no form: whether it leaves something in the trail is not known", pattern)
		}
	}
	for pattern, reason := range untaken {
		if done[pattern] > 0 || !slices.Contains(h.App.Cabinet.Patterns(), pattern) {
			t.Errorf("%s is excused (%s) without need: it takes a form, or is no route", pattern, reason)
		}
	}
	for pattern := range done {
		if left[pattern] == 0 && unkept[pattern] == "" {
			t.Errorf("%s leaves nothing in the trail", pattern)
		}
	}
	for pattern, reason := range unkept {
		if left[pattern] > 0 || !slices.Contains(h.App.Cabinet.Patterns(), pattern) {
			t.Errorf("%s is excused (%s) without need: it leaves an entry, or is no route", pattern, reason)
		}
	}
}

// untaken are the routes that take no form of the walk, by the reason: what they leave in the trail is for the tests of their own
// packages to show.
var untaken = func() map[string]string {
	reasons := map[string]string{}
	for _, group := range []struct {
		reason string
		routes []string
	}{
		{"sent by the script of the page, about nothing that the trail keeps", []string{
			"POST /a/{agency}/support/seen",
			"POST /me/support/seen",
			"POST /p/{project}/support/seen",
			"POST /op/support/here",
			"POST /op/support/{conversation}/seen",
			"POST /csp-report",
			"POST /sign-in/passkey/begin",
			"POST /me/passkeys/begin",
		}},
		{"it changes nothing: it tries what was typed", []string{
			"POST /p/{project}/telephony/schemes/{scheme}/try",
			"POST /p/{project}/tracking/sites/{site}/try",
		}},
		{"asked of whoever signed in a while ago", []string{
			"POST /me/prove",
		}},
		{"it asks for a passkey, or a code of six digits", []string{
			"POST /me/passkeys",
			"POST /me/passkeys/{passkey}",
			"POST /me/passkeys/{passkey}/delete",
			"POST /me/recovery",
			"POST /me/totp",
			"POST /me/totp/off",
			"POST /sign-in/code",
			"POST /sign-in/passkey",
		}},
		{"it begins with a link of a mail, or of a new installation", []string{
			"POST /confirm",
			"POST /email",
			"POST /setup",
		}},
		{"a stranger's, who is none while the walk is signed in", []string{
			"POST /sign-in",
		}},
		{"a button of a toast or of a page that the walk does not come to: what it takes back was not done", []string{
			"POST /a/{agency}/people/users/{user}/unblock",
			"POST /op/people/users/{user}/unblock",
			"POST /op/people/everyone/{user}/unblock",
			"POST /p/{project}/funds/book/keep",
			"POST /p/{project}/funds/products/keep",
			"POST /p/{project}/funds/products/undo",
			"POST /p/{project}/funds/products/plan/undo",
			"POST /p/{project}/numbers/{number}/undo-release",
			"POST /me/view/end",
			"POST /op/jobs/{job}/cancel",
			"POST /op/projects/{project}/repair",
			"POST /op/support/{conversation}/reopen",
		}},
		{"there is none of what it is about in the house", []string{
			"POST /a/{agency}/views/remove",
			"POST /op/views/remove",
			"POST /p/{project}/views/remove",
			"POST /op/support/answers/{answer}/remove",
			"POST /op/support/{conversation}/unclaim",
			"POST /p/{project}/calls/{call}/recordings/{recording}/restore",
			"POST /p/{project}/funds/products/packages/{package}",
			"POST /p/{project}/funds/products/plan",
			"POST /p/{project}/funds/products/term",
			"POST /p/{project}/people/seats/recount",
			"POST /p/{project}/settings/zone",
			"POST /me/sessions/end-others",
		}},
		{"it is refused to whoever asked, or while somebody has it", []string{
			"POST /a/{agency}/people/users/{user}/block",
			"POST /a/{agency}/people/users/{user}/remove",
			"POST /op/money/{request}/approve",
			"POST /op/money/{request}/refuse",
			"POST /p/{project}/telephony/prompts/{prompt}/remove",
			"POST /p/{project}/telephony/schemes/{scheme}/discard",
			"POST /p/{project}/telephony/schemes/{scheme}/versions/{version}",
		}},
		{"another form has used up what it is about", []string{
			"POST /a/{agency}/people/invitations/{invitation}/revoke",
			"POST /op/people/invitations/{invitation}/revoke",
			"POST /p/{project}/people/invitations/{invitation}/revoke",
			"POST /a/{agency}/people/roles/{role}/retire",
			"POST /p/{project}/people/roles/{role}/retire",
		}},
		{"plain words are no answer to its fields: it wants a file, an id, a server, a domain, an amount or a choice", []string{
			"POST /op/agencies/open",
			"POST /op/books/upload",
			"POST /op/books/{version}/rehearse",
			"POST /op/numbers/add",
			"POST /op/projects/open",
			"POST /op/projects/{project}/overdraft",
			"POST /op/rates/upload",
			"POST /op/support/hours",
			"POST /op/trunks/new",
			"POST /op/trunks/{trunk}",
			"POST /op/trunks/{trunk}/carry",
			"POST /op/trunks/{trunk}/drop",
			"POST /p/{project}/calls/{call}/code",
			"POST /p/{project}/numbers/own/new",
			"POST /p/{project}/numbers/rent/new",
			"POST /p/{project}/numbers/{number}/take-back",
			"POST /p/{project}/settings/caps",
			"POST /p/{project}/settings/webhooks/new",
			"POST /p/{project}/telephony/employees/new",
			"POST /p/{project}/telephony/employees/{employee}",
			"POST /p/{project}/telephony/hours",
			"POST /p/{project}/telephony/settings",
			"POST /p/{project}/telephony/trunks/new",
			"POST /p/{project}/telephony/trunks/{trunk}",
			"POST /p/{project}/telephony/trunks/{trunk}/carry",
			"POST /p/{project}/telephony/trunks/{trunk}/drop",
			"POST /p/{project}/tracking/pools/new",
			"POST /p/{project}/tracking/pools/{pool}/numbers",
			"POST /p/{project}/tracking/sites/new",
			"POST /p/{project}/tracking/sites/{site}/rules",
			"POST /p/{project}/tracking/sites/{site}/settings",
		}},
	} {
		for _, route := range group.routes {
			reasons[route] = group.reason
		}
	}
	return reasons
}()

// unkept are the routes that change nothing which the trail is about, each with its reason.
var unkept = map[string]string{
	"POST /me/totp/begin": "a seed that is shown counts for nothing until a code of it is typed, which the trail has",
	"POST /p/{project}/calls/{call}/recordings/{recording}/heard":   "that a message was heard, as that a mail was read, is no change of anything",
	"POST /p/{project}/calls/{call}/recordings/{recording}/unheard": "as little as that it was heard",
	"POST /p/{project}/telephony/employees/{employee}/presence":     "people come and go all day: it is no change of settings",
}

// firstOfEach are up to three forms of each route that takes something: one may be refused that another is not.
func firstOfEach(all []form) (forms []form) {
	const most = 3
	seen, count := map[string]bool{}, map[string]int{}
	for _, f := range all {
		if f.method != http.MethodPost || seen[f.page+" "+f.pattern+" "+f.action] || count[f.pattern] == most {
			continue
		}
		seen[f.page+" "+f.pattern+" "+f.action] = true
		count[f.pattern]++
		forms = append(forms, f)
	}
	slices.SortStableFunc(forms, func(a, b form) int { return cmp.Compare(harm(a), harm(b)) })
	return forms
}

// harm puts what takes something away behind the rest, and blocking and removing people behind that: they send forms too.
func harm(f form) int {
	switch {
	case strings.Contains(f.pattern, "/people/") && (strings.HasSuffix(f.pattern, "block") || strings.HasSuffix(f.pattern, "/remove")):
		return 2
	case strings.HasSuffix(f.pattern, "/remove") || strings.HasSuffix(f.pattern, "/delete") || strings.HasSuffix(f.pattern, "/state"):
		return 1
	}
	return 0
}

// press sends a form as it stands on its page now, and tells whether it was taken and how many entries the trail has got by it.
func (s *siege) press(f form) (taken bool, entries int) {
	f, ok := f.in(s.formsAt(f.who, f.page))
	if !ok {
		return false, 0 // what it was for has gone
	}
	who, before := s.as(f.who), s.newestEntry()
	answer := f.send(who, f.with(field.honest))
	const questions = 2
	for range questions {
		if answer.Status != http.StatusOK {
			break
		}
		question, asks := s.questionOf(f, answer)
		if !asks {
			break
		}
		answer = question.send(who, question.with(field.honest))
	}
	return answer.Status == http.StatusOK, s.entriesAfter(before)
}

// questionOf is the form that asks again whether what a form wants shall be done.
func (s *siege) questionOf(f form, answer cabinettest.Answer) (form, bool) {
	body, err := html.Parse(strings.NewReader(answer.Body))
	if err != nil {
		s.Fatal(err)
	}
	if answer.Led {
		return form{}, false // it was done
	}
	for _, one := range formsOf(s.routes, f.who, answer.Path, body) {
		if one.pattern == f.pattern && !one.written() && !one.undo {
			return one, true
		}
	}
	return form{}, false
}

func (s *siege) newestEntry() int64 {
	for _, e := range s.entries(1) {
		return e.ID
	}
	return 0
}

func (s *siege) entriesAfter(before int64) (n int) {
	const enough = 20
	for _, e := range s.entries(enough) {
		if e.ID > before {
			n++
		}
	}
	return n
}

// entries are the newest of everybody's trail.
func (s *siege) entries(most int) []audit.Entry {
	list, err := audit.List(s.Context(), s.App.DB, audit.Filter{}, 0, most)
	if err != nil {
		s.Fatal(err)
	}
	return list
}
