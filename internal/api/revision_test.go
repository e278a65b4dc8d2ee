package api_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"bellwether/internal/store/storetest"
)

// Rule T-46: who saves what was read before somebody else's change is refused, and nothing of theirs is lost; who names no revision replaces
// what is there.
func TestTwoWriteOverTheAPI(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	writer := s.as("project:write demo")
	made := s.must(writer.with("Idempotency-Key", "m"), http.MethodPost, "/v1/projects/demo/schemes", `{"name":"Main","scheme":`+oneStep+`}`, http.StatusCreated).json(t)
	for i, thing := range []struct{ path, code, hers, his string }{
		{"/schemes/" + made["id"].(string), "routing.scheme_changed", `{"name":"Hers","scheme":` + oneStep + `}`, `{"name":"His","scheme":` + oneStep + `}`},
		{"/telephony-settings", "routing.settings_changed", `{"last_agent":{"on":true}}`, `{"owner_first":true}`},
		{"/business-hours", "routing.hours_changed", `{"week":[{"days":["mon"],"from":"09:00","to":"18:00"}]}`, `{"week":[{"days":["tue"],"from":"09:00","to":"18:00"}]}`},
	} {
		path := "/v1/projects/demo" + thing.path
		seen := made["revision"]
		if i > 0 {
			seen = s.must(writer, http.MethodGet, path, "", http.StatusOK).json(t)["revision"]
		}
		key := string(rune('a' + i))
		first := s.must(writer.with("Idempotency-Key", key+"1"), http.MethodPut, path, revised(t, thing.hers, seen), http.StatusOK).json(t)
		s.refused(writer.with("Idempotency-Key", key+"2"), http.MethodPut, path, revised(t, thing.his, seen), http.StatusConflict, thing.code)
		if first["revision"] == seen || first["revision"] == nil {
			t.Errorf("%s: the revision stays %v", thing.path, seen)
		}
		s.must(writer.with("Idempotency-Key", key+"3"), http.MethodPut, path, revised(t, thing.his, first["revision"]), http.StatusOK)
		s.must(writer.with("Idempotency-Key", key+"4"), http.MethodPut, path, thing.hers, http.StatusOK)
	}
}

// Rule T-46: who publishes, or rolls back, a scheme that somebody changed after it was read is refused.
func TestTwoPublishOverTheAPI(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	writer := s.as("project:write demo")
	made := s.must(writer.with("Idempotency-Key", "m"), http.MethodPost, "/v1/projects/demo/schemes", `{"name":"Main","scheme":`+oneStep+`}`, http.StatusCreated).json(t)
	path, body := "/v1/projects/demo/schemes/"+made["id"].(string), `{"name":"Hers","scheme":`+oneStep+`}`
	saved := s.must(writer.with("Idempotency-Key", "s"), http.MethodPut, path, body, http.StatusOK).json(t)
	s.refused(writer.with("Idempotency-Key", "p1"), http.MethodPost, path+"/publish", revised(t, `{}`, made["revision"]), http.StatusConflict, "routing.scheme_changed")
	published := s.must(writer.with("Idempotency-Key", "p2"), http.MethodPost, path+"/publish", revised(t, `{}`, saved["revision"]), http.StatusOK).json(t)
	s.refused(writer.with("Idempotency-Key", "r1"), http.MethodPost, path+"/roll-back", revised(t, `{"version":1}`, saved["revision"]), http.StatusConflict, "routing.scheme_changed")
	s.must(writer.with("Idempotency-Key", "r2"), http.MethodPost, path+"/roll-back", revised(t, `{"version":1}`, published["revision"]), http.StatusOK)
	s.must(writer.with("Idempotency-Key", "s2"), http.MethodPut, path, body, http.StatusOK)
	s.must(writer.with("Idempotency-Key", "p3"), http.MethodPost, path+"/publish", "", http.StatusOK)
}

// revised is a body that says which revision was read.
func revised(t *testing.T, body string, revision any) string {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(body), &fields); err != nil {
		t.Fatal(err)
	}
	fields["revision"] = revision
	text, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
