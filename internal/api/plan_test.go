package api_test

import (
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/store/storetest"
)

const twoPhones = `{"format":1,"steps":[{"id":"a","ring":{"order":"together","seconds":30,"targets":[{"phone":"+380671234567"},{"phone":"+380671234568"}]}}]}`

// Rule T-47: a second destination without the PBX is refused with what the PBX costs this project, by publishing and by rolling back.
func TestNeedsPBX(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	s.pay("p1", "5000")
	writer := s.as("project:write")
	const schemes = "/v1/projects/demo/schemes"
	s.must(writer, http.MethodPost, "/v1/projects/demo/products", `{"products":[{"product":"call_tracking","on":true}]}`, http.StatusOK)
	made := s.must(writer, http.MethodPost, schemes, `{"name":"Two","scheme":`+twoPhones+`}`, http.StatusCreated)
	one := schemes + "/" + dig(t, made, "id")
	priced := func(path, body string) {
		t.Helper()
		got := s.refused(writer, http.MethodPost, path, body, http.StatusForbidden, "routing.needs_pbx")
		for _, word := range []string{`"product":"virtual_pbx"`, `"currency":"UAH"`, `"monthly":"999"`, `"per_30_days":"`} {
			if !strings.Contains(string(got.body), word) {
				t.Errorf("%s does not say %s: %s", path, word, got.body)
			}
		}
	}
	priced(one+"/publish", "")
	s.must(writer, http.MethodPost, "/v1/projects/demo/products", `{"products":[{"product":"virtual_pbx","on":true}]}`, http.StatusOK)
	s.must(writer, http.MethodPost, one+"/publish", "", http.StatusOK)
	s.must(writer, http.MethodPost, "/v1/projects/demo/products", `{"products":[{"product":"virtual_pbx","on":false}]}`, http.StatusOK)
	priced(one+"/roll-back", `{"version":1}`)
}

// Rule T-110: settings that would delete recordings at once are refused with their number, unless that is said to be meant.
func TestSettingsThatDelete(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	s.recordedCall()
	s.at("2026-03-12T12:00:00+02:00")
	const path, short = "/v1/projects/demo/call-settings", `"proper_seconds":30,"repeated_days":0,"keep_days":1,"voicemail_days":0,"categories":[]}`
	writer := s.as("project:write")
	got := s.refused(writer, http.MethodPut, path, `{`+short, http.StatusConflict, "call.would_expire")
	if !strings.Contains(string(got.body), `"recordings":1`) {
		t.Errorf("how many is not said: %s", got.body)
	}
	if now := s.must(writer, http.MethodGet, path, "", http.StatusOK); !strings.Contains(string(now.body), `"keep_days":0`) {
		t.Errorf("refused, and changed: %s", now.body)
	}
	s.must(writer, http.MethodPut, path, `{"delete":true,`+short, http.StatusOK)
}

// An upload that comes again under its key makes one prompt, and another project's prompts are not there. Rules B-04, T-50.
func TestPromptTwice(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	s.open("other", `"country":"UA","time_zone":"Europe/Kyiv","book":"ringostat"`)
	writer := s.as("project:write").with("Idempotency-Key", "one")
	const all = "/v1/projects/demo/prompts"
	first := s.must(writer, http.MethodPost, all+"?name=Hello", aSound, http.StatusCreated)
	again := s.must(writer, http.MethodPost, all+"?name=Hello", aSound, http.StatusCreated)
	if string(first.body) != string(again.body) || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("again: %s, first: %s", again.body, first.body)
	}
	s.refused(writer, http.MethodPost, all+"?name=Other", aSound, http.StatusConflict, "idem.key_reused")
	if list := s.must(s.as("project:read"), http.MethodGet, all, "", http.StatusOK); strings.Count(string(list.body), `"id"`) != 1 {
		t.Errorf("the prompts: %s", list.body)
	}
	s.refused(s.as("project:write other"), http.MethodDelete, "/v1/projects/other/prompts/"+dig(t, first, "id"), "", http.StatusNotFound, "routing.no_prompt")
}

// Rule A-08: a project's key listens to its project's calls, and one that a manager made to the manager's own alone.
func TestWhoListens(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	logged := s.recordedCall().String()
	path := "/v1/projects/demo/calls/" + logged + "/listen"
	writer := s.as("project:write")
	made := s.must(writer, http.MethodPost, "/v1/projects/demo/employees", `{"name":"Anna"}`, http.StatusCreated)
	body := `{"employee":"` + dig(t, made, "id") + `","whisper":false}`
	s.must(writer, http.MethodPost, path, body, http.StatusOK)
	s.refused(s.as("project:read"), http.MethodPost, path, body, http.StatusForbidden, "access.denied")
	secrets := s.people()
	s.refused(headers{"Authorization": "Bearer " + secrets["manager"]}, http.MethodPost, path, body, http.StatusNotFound, "call.not_found")
	s.must(headers{"Authorization": "Bearer " + secrets["agent"]}, http.MethodPost, path, body, http.StatusOK)
}
