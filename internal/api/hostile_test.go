package api_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"bellwether/internal/store/storetest"
)

// Every operation refuses what it was not asked for: unknown fields and parameters, other types, no JSON, a write without
// an idempotency key, a body without end. An operation that is added is among them, for the story must have it.
// Rule B-04.
func TestEveryOperationRefusesNonsense(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	ops := s.operationsByID()
	for _, now := range story {
		op, known := ops[now.op]
		if !known { // walked before
			continue
		}
		delete(ops, now.op)
		path := strings.ReplaceAll(now.path, "$", "")
		who := s.as("operator")
		for _, n := range nonsense(path, now.body, mostOf[now.op]) {
			s.problem(s.do(who, op.Method, n.path, n.body), n, op.ID)
		}
		if !op.Write {
			continue
		}
		got := s.do(who.with("Idempotency-Key", "-"), op.Method, path, now.body)
		s.problem(got, mistake{path, now.body, http.StatusBadRequest, "api.idempotency_key_missing"}, op.ID)
		for _, key := range []string{strings.Repeat("k", 201), "two words", "\u00fc"} {
			got := s.do(who.with("Idempotency-Key", key), op.Method, path, now.body)
			s.problem(got, mistake{path, now.body, http.StatusBadRequest, "api.idempotency_key_bad"}, op.ID)
		}
	}
	for id := range ops {
		t.Errorf("no request can be built for %s: add it to the story", id)
	}
}

var fieldName = regexp.MustCompile(`"[a-z_]+":`)

// mostOf are the bodies that are not one object, and their most bytes.
var mostOf = map[string]int{"simulate": 4 << 20, "add-prompt": 20 << 20}

// nonsense is made of a request that is right; most is of mostOf.
func nonsense(path, body string, most int) []mistake {
	unknown := path + "?colour=blue"
	if strings.Contains(path, "?") {
		unknown = path + "&colour=blue"
	}
	all := []mistake{{unknown, body, http.StatusUnprocessableEntity, "api.invalid"}, {path + "%00", body, http.StatusBadRequest, "api.bad_url"}, {path + "%E2%80%AE", body, http.StatusBadRequest, "api.bad_url"}}
	if strings.Contains(path, "?") {
		all = all[:1]
	}
	if body == "" {
		return all
	}
	all = append(all, mistake{path, strings.Repeat("x", max(most, 4<<20)+1), http.StatusRequestEntityTooLarge, "api.body_too_large"})
	if most > 0 {
		return all
	}
	if strings.Contains(body, `":"`) { // the first text in it: a mark that turns the direction of writing
		for _, sign := range []string{`\u202e`, `\ud800`, "\ufffd"} { // half of a surrogate pair, and what a decoder makes of it
			all = append(all, mistake{path, strings.Replace(body, `":"`, `":"`+sign, 1), http.StatusBadRequest, "api.malformed"})
		}
	}
	if name := fieldName.FindString(body); name != "" { // a field is called as the document calls it, capital letters too
		upper := strings.ToUpper(name)
		all = append(all, mistake{path, strings.Replace(body, name, upper, 1), http.StatusUnprocessableEntity, "api.invalid"},
			mistake{path, strings.Replace(body, name, upper+`null,`+name, 1), http.StatusUnprocessableEntity, "api.invalid"})
	}
	fields := strings.TrimSuffix(strings.TrimPrefix(body, "{"), "}")
	return append(all,
		mistake{path, strings.TrimSuffix(`{"colour":"blue",`+fields, ",") + "}", http.StatusUnprocessableEntity, "api.invalid"},
		mistake{path, "[]", http.StatusUnprocessableEntity, "api.invalid"},
		mistake{path, "{", http.StatusBadRequest, "api.malformed"},
		mistake{path, "{\"\xff\":1}", http.StatusBadRequest, "api.malformed"},
	)
}

// Another's project answers, to well-formed requests too, with the very bytes it answered with before it existed.
func TestAnotherProjectIsNotThere(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	before := s.askGhost()
	s.open("ghost", `"country":"UA","time_zone":"Europe/Kyiv","book":"ringostat"`)
	for name, answer := range s.askGhost() {
		if answer != before[name] {
			t.Errorf("%s answered %s, and now %s", name, before[name], answer)
		}
	}
	if len(before) < 100 {
		t.Errorf("only %d answers were compared", len(before))
	}
}

var ofProject = regexp.MustCompile(`^/v1/projects/[^/?]+`)

// askGhost asks everything of a project that is not demo's, and gives the whole answers.
func (s *site) askGhost() map[string]string {
	s.Helper()
	answers, ops := map[string]string{}, s.operationsByID()
	for i, now := range story {
		op := ops[now.op]
		if !op.OwnProject {
			continue
		}
		path := ofProject.ReplaceAllString(strings.ReplaceAll(now.path, "$", ""), "/v1/projects/ghost")
		for _, scope := range []string{"project:read", "project:write", "project:charge"} {
			h := s.as(scope).with("X-Request-Id", "same").with("Idempotency-Key", fmt.Sprint("k", i))
			got := s.refused(h, op.Method, path, now.body, http.StatusNotFound, "project.not_found")
			got.header.Del("Date")
			answers[op.ID+" as "+scope] = fmt.Sprint(got.header, string(got.body))
		}
		s.refused(nil, op.Method, path, now.body, http.StatusUnauthorized, "api.no_key")
	}
	return answers
}
