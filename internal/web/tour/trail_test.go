package tour_test

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"bellwether/internal/audit"
	"bellwether/internal/lang"
	"bellwether/internal/web/cabinet/cabinettest"
)

// everyChangeIsInTheTrail sends every form once as somebody honest does, buttons too, says yes to what is asked, and counts the
// entries that each leaves. Rule A-15.
func (h *house) everyChangeIsInTheTrail(t *testing.T, w *walk) {
	s := &siege{TB: t, house: h, routes: w.routes, taken: map[string]form{}, sent: map[string]bool{}}
	done, left := map[string]int{}, map[string]int{} // by pattern: how often it was taken, and the entries it left
	refused := map[string][]cabinettest.Answer{}     // an answer without a status where the form had gone
	forms := append(w.forms, s.formsOfOthers(w)...)
	forms = append(forms, s.formsAt(h.operators[lang.English].User, "/op/people/everyone/"+string(h.gone)+"/unblock")...) // the walk may have opened others' pages
	for _, f := range firstOfEach(forms) {
		if left[f.pattern] > 0 {
			continue
		}
		answer, entries := s.press(f)
		if answer.Status == http.StatusOK {
			done[f.pattern]++
			left[f.pattern] += entries
		} else {
			refused[f.pattern] = append(refused[f.pattern], answer)
		}
	}
	t.Logf("%d routes take a form", len(done))
	for _, pattern := range h.App.Cabinet.Patterns() {
		if strings.HasPrefix(pattern, "POST ") && !strings.HasPrefix(pattern, "POST /ui") && done[pattern] == 0 && untaken[pattern].why == "" {
			t.Errorf("%s takes no form: whether it leaves something in the trail is not known; refused %d times", pattern, len(refused[pattern]))
			for _, answer := range refused[pattern] {
				t.Logf("%d\n%.300s", answer.Status, answer.Body[max(0, strings.Index(answer.Body, "<main")):])
			}
		}
	}
	for pattern, said := range untaken {
		if done[pattern] > 0 || !slices.Contains(h.App.Cabinet.Patterns(), pattern) {
			t.Errorf("%s is excused (%s) without need: it takes a form, or is no route", pattern, said.why)
		}
		if len(refused[pattern]) == 0 {
			refused[pattern] = []cabinettest.Answer{{Status: noForm}}
		}
		for _, answer := range refused[pattern] {
			if answer.Status != said.status {
				t.Errorf("%s is excused (%s) with %d, and answers %d\n%.300s", pattern, said.why, said.status, answer.Status, answer.Body[max(0, strings.Index(answer.Body, "<main")):])
			}
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

// refusal is how a route takes no form of the walk: with which status it answers, and why.
type refusal struct {
	status int
	why    string
}

// What stands for a status where nothing was sent.
const (
	noForm = -1 // no page has a form of it
	gone   = 0  // its form was there, and went when another was sent
)

// untaken are the routes that take no form of the walk, each with how and why: what they leave in the trail is for the tests of their own
// packages to show.
var untaken = func() map[string]refusal {
	refusals := map[string]refusal{}
	for _, group := range []struct {
		refusal
		routes []string
	}{
		{refusal{noForm, "the script of the page says that a message was seen; nothing of that is kept"}, []string{
			"POST /a/{agency}/support/seen",
			"POST /me/support/seen",
			"POST /p/{project}/support/seen",
			"POST /op/support/{conversation}/seen",
		}},
		{refusal{noForm, "the script of the desk says that somebody sits at it"}, []string{
			"POST /op/support/here",
		}},
		{refusal{noForm, "browsers send it by themselves"}, []string{
			"POST /csp-report",
		}},
		{refusal{noForm, "a script asks it for a challenge, which is no change"}, []string{
			"POST /sign-in/passkey/begin",
			"POST /me/passkeys/begin",
		}},
		{refusal{noForm, "a button of the editor's own form leads there with what was typed, and nothing is changed"}, []string{
			"POST /p/{project}/telephony/schemes/{scheme}/try",
			"POST /p/{project}/tracking/sites/{site}/try",
		}},
		{refusal{noForm, "asked of whoever signed in more than 10 minutes ago: the walk's clock stands"}, []string{
			"POST /me/prove",
		}},
		{refusal{http.StatusUnprocessableEntity, "it takes what a device answers to a challenge, and the walk has no device"}, []string{
			"POST /me/passkeys",
		}},
		{refusal{http.StatusUnauthorized, "it takes what a device answers to a challenge, and the walk has no device"}, []string{
			"POST /sign-in/passkey",
		}},
		{refusal{noForm, "nobody of the house has a passkey"}, []string{
			"POST /me/passkeys/{passkey}",
			"POST /me/passkeys/{passkey}/delete",
		}},
		{refusal{noForm, "nobody of the house has an authenticator app"}, []string{
			"POST /me/recovery",
			"POST /me/totp/off",
			"POST /sign-in/code",
		}},
		{refusal{noForm, "its form is the answer to that which begins an authenticator app, and asks for a code of it"}, []string{
			"POST /me/totp",
		}},
		{refusal{noForm, "a link of a mail leads to it, with a code that nobody else knows"}, []string{
			"POST /confirm",
			"POST /email",
		}},
		{refusal{noForm, "the house is set up: its link has been used"}, []string{
			"POST /setup",
		}},
		{refusal{http.StatusUnauthorized, "what the walk types is nobody's password"}, []string{
			"POST /sign-in",
		}},
		{refusal{noForm, "nobody is blocked in the agency"}, []string{
			"POST /a/{agency}/people/users/{user}/unblock",
		}},
		{refusal{noForm, "nobody is blocked in the operator's own organisation"}, []string{
			"POST /op/people/users/{user}/unblock",
		}},
		{refusal{noForm, "no move to another book is planned"}, []string{
			"POST /p/{project}/funds/book/keep",
		}},
		{refusal{noForm, "no change of a product is planned"}, []string{
			"POST /p/{project}/funds/products/keep",
		}},
		{refusal{noForm, "a button of the toast after a change, which the walk sees on no page"}, []string{
			"POST /p/{project}/funds/products/undo",
			"POST /p/{project}/funds/products/plan/undo",
			"POST /p/{project}/numbers/{number}/undo-release",
		}},
		{refusal{noForm, "nobody views as somebody else"}, []string{
			"POST /me/view/end",
		}},
		{refusal{noForm, "no job waits"}, []string{
			"POST /op/jobs/{job}/cancel",
		}},
		{refusal{noForm, "no day is parked"}, []string{
			"POST /op/projects/{project}/repair",
		}},
		{refusal{noForm, "no conversation is solved"}, []string{
			"POST /op/support/{conversation}/reopen",
		}},
		{refusal{noForm, "nobody keeps a view"}, []string{
			"POST /a/{agency}/views/remove",
			"POST /op/views/remove",
			"POST /p/{project}/views/remove",
		}},
		{refusal{noForm, "there are no ready answers"}, []string{
			"POST /op/support/answers/{answer}/remove",
		}},
		{refusal{noForm, "nobody has claimed the conversation"}, []string{
			"POST /op/support/{conversation}/unclaim",
		}},
		{refusal{noForm, "no recording is being erased"}, []string{
			"POST /p/{project}/calls/{call}/recordings/{recording}/restore",
		}},
		{refusal{noForm, "the book of the walk sells no packages"}, []string{
			"POST /p/{project}/funds/products/packages/{package}",
		}},
		{refusal{noForm, "the book of the walk has no plans, and sells nothing by term"}, []string{
			"POST /p/{project}/funds/products/plan",
			"POST /p/{project}/funds/products/term",
		}},
		{refusal{noForm, "the shop pays for as many seats as are taken"}, []string{
			"POST /p/{project}/people/seats/recount",
		}},
		{refusal{noForm, "its question comes after a form that only asks, which the walk does not send"}, []string{
			"POST /p/{project}/settings/zone",
			"POST /p/{project}/numbers/own/new",
			"POST /p/{project}/numbers/rent/new",
			"POST /p/{project}/numbers/{number}/take-back",
		}},
		{refusal{noForm, "everybody has one session"}, []string{
			"POST /me/sessions/end-others",
		}},
		{refusal{http.StatusConflict, "he is the last who runs the agency"}, []string{
			"POST /a/{agency}/people/users/{user}/block",
			"POST /a/{agency}/people/users/{user}/remove",
		}},
		{refusal{gone, "it was withdrawn before: whoever asked for it is shown that form alone"}, []string{
			"POST /op/money/{request}/approve",
			"POST /op/money/{request}/refuse",
		}},
		{refusal{http.StatusConflict, "a scheme or the settings play it"}, []string{
			"POST /p/{project}/telephony/prompts/{prompt}/remove",
		}},
		{refusal{noForm, "no scheme has a draft"}, []string{
			"POST /p/{project}/telephony/schemes/{scheme}/discard",
		}},
		{refusal{http.StatusUnprocessableEntity, "an older version needs a product that the shop has switched off by then"}, []string{
			"POST /p/{project}/telephony/schemes/{scheme}/versions/{version}",
		}},
		{refusal{gone, "the invitation was sent anew before, which is another"}, []string{
			"POST /a/{agency}/people/invitations/{invitation}/revoke",
			"POST /op/people/invitations/{invitation}/revoke",
			"POST /p/{project}/people/invitations/{invitation}/revoke",
		}},
		{refusal{http.StatusConflict, "somebody has been given the role before"}, []string{
			"POST /p/{project}/people/roles/{role}/retire",
		}},
		{refusal{http.StatusUnprocessableEntity, "plain words are no identifier"}, []string{
			"POST /op/agencies/open",
			"POST /op/projects/open",
		}},
		{refusal{http.StatusUnprocessableEntity, "plain words are no price book"}, []string{
			"POST /op/books/upload",
		}},
		{refusal{http.StatusUnprocessableEntity, "plain words are no projects of the book"}, []string{
			"POST /op/books/{version}/rehearse",
		}},
		{refusal{http.StatusUnprocessableEntity, "plain words are no numbers"}, []string{
			"POST /op/numbers/add",
			"POST /op/trunks/{trunk}/carry",
			"POST /p/{project}/telephony/trunks/{trunk}/carry",
			"POST /p/{project}/telephony/employees/{employee}",
			"POST /p/{project}/tracking/sites/new",
			"POST /p/{project}/tracking/sites/{site}/settings",
		}},
		{refusal{http.StatusUnprocessableEntity, "the overdraft stands in the field as it is"}, []string{
			"POST /op/projects/{project}/overdraft",
		}},
		{refusal{http.StatusUnprocessableEntity, "no file is chosen"}, []string{
			"POST /op/rates/upload",
		}},
		{refusal{http.StatusUnprocessableEntity, "plain words are no telephone number"}, []string{
			"POST /p/{project}/settings/crm/ask",
		}},
		{refusal{http.StatusUnprocessableEntity, "plain words are no address, and no secret"}, []string{
			"POST /p/{project}/settings/webhooks/new",
		}},
		{refusal{noForm, "nobody is shut out"}, []string{
			"POST /op/bans/release",
		}},
		{refusal{http.StatusUnprocessableEntity, "plain words are no network"}, []string{
			"POST /op/bans/spared/new",
		}},
		{refusal{noForm, "nobody is spared"}, []string{
			"POST /op/bans/spared/remove",
		}},
		{refusal{http.StatusUnprocessableEntity, "plain words are no hours"}, []string{
			"POST /op/support/hours",
			"POST /p/{project}/telephony/hours",
			"POST /p/{project}/tracking/sites/{site}/rules",
		}},
		{refusal{http.StatusUnprocessableEntity, "plain words are no address of a server"}, []string{
			"POST /op/trunks/new",
			"POST /op/trunks/{trunk}",
			"POST /p/{project}/telephony/trunks/new",
			"POST /p/{project}/telephony/trunks/{trunk}",
		}},
		{refusal{noForm, "no trunk carries a number"}, []string{
			"POST /op/trunks/{trunk}/drop",
			"POST /p/{project}/telephony/trunks/{trunk}/drop",
		}},
		{refusal{http.StatusUnprocessableEntity, "plain words are no promo code"}, []string{
			"POST /p/{project}/calls/{call}/code",
		}},
		{refusal{http.StatusUnprocessableEntity, "plain words are no limits and no countries"}, []string{
			"POST /p/{project}/settings/caps",
		}},
		{refusal{http.StatusUnprocessableEntity, "plain words are no extension"}, []string{
			"POST /p/{project}/telephony/employees/new",
		}},
		{refusal{http.StatusUnprocessableEntity, "plain words are no settings of telephony"}, []string{
			"POST /p/{project}/telephony/settings",
		}},
		{refusal{http.StatusUnprocessableEntity, "plain words are no seconds"}, []string{
			"POST /p/{project}/tracking/pools/new",
		}},
		{refusal{http.StatusUnprocessableEntity, "a number has to be ticked, and none is by itself"}, []string{
			"POST /p/{project}/tracking/pools/{pool}/numbers",
		}},
	} {
		for _, route := range group.routes {
			refusals[route] = group.refusal
		}
	}
	return refusals
}()

// unkept are the routes that change nothing which the trail is about, each with its reason.
var unkept = map[string]string{
	"POST /me/totp/begin":                                           "a seed that is shown counts for nothing until a code of it is typed, which the trail has",
	"POST /p/{project}/calls/{call}/rescore":                        "the walk's calls come out as they were, which changes nothing",
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

// press sends a form as it stands on its page now, and gives the answer, without a status where what it was for has gone, and how many
// entries the trail has got by it.
func (s *siege) press(f form) (answer cabinettest.Answer, entries int) {
	f, ok := f.in(s.formsAt(f.who, f.page))
	if !ok {
		return answer, 0
	}
	who, before := s.as(f.who), s.newestEntry()
	answer = f.send(who, f.with(field.honest))
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
	return answer, s.entriesAfter(before)
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
