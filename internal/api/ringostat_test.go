package api_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"bellwether/internal/call"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// A program written for Ringostat gets its fields, by its header, in the project's time zone.
func TestRingostatCalls(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	first, _ := s.logCall(1, "+380671234567", 95, 1_570_000), s.logCall(2, "+380671234567", 20, 0)
	s.logCall(3, "+380501112233", 0, 0)
	s.write(func(ctx context.Context, tx *store.Tx) error {
		return call.Attribute(ctx, tx, call.Ref{Project: "demo", ID: first}, call.Origin{Source: "google", Campaign: "=roses", Click: "gclid=x1", Custom: "vip=true", FoundAt: instant(s, midday)})
	})
	const path = "/v1/projects/demo/ringostat/calls/list?from=2026-03-10&to=2026-03-11&"
	secret := strings.TrimPrefix(s.as("project:read demo")["Authorization"], "Bearer ")
	program := headers{"Auth-key": secret}
	for query, want := range map[string]string{
		"fields=calldate,caller,disposition,utm_source&filters=utm_source=google": `[{"calldate":"2026-03-10 12:01:00","caller":"380671234567","disposition":"PROPER","utm_source":"google"}]`,
		"fields=caller&order=calldate asc":                                        `[{"caller":"380671234567"},{"caller":"380671234567"},{"caller":"380501112233"}]`,
		"fields=caller&merge=1":                                                   `[{"caller":"380501112233"},{"caller":"380671234567"}]`,
		"fields=gclid,yclid,custom_fields,call_card&filters=gclid=x1":             `[{"call_card":"https://collect.example.com/p/demo/calls/` + first.String() + `","custom_fields":"vip=true","gclid":"x1","yclid":""}]`,
		"fields=billsec&filters=repeated_flag=1,proper_flag=0":                    `[{"billsec":"20"}]`,
		"fields=caller&filters=disposition=BUSY":                                  `[]`,
		"export_type=csv&fields=billsec,utm_campaign&filters=proper_flag=1":       "billsec;utm_campaign\n95;'=roses",
	} {
		got := strings.TrimSpace(string(s.must(program, http.MethodGet, path+strings.ReplaceAll(query, " ", "%20"), "", http.StatusOK).body))
		if got != want {
			t.Errorf("%s gives\n%s, want\n%s", query, got, want)
		}
	}
	s.refused(headers{"Auth-key": "bw_guess"}, http.MethodGet, path, "", http.StatusUnauthorized, "account.bad_key")
	s.refused(headers{"Auth-key": secret, "Authorization": "Basic " + secret}, http.MethodGet, path, "", http.StatusUnauthorized, "api.no_key")
	s.refused(program, http.MethodGet, strings.Replace(path, "demo", "other", 1), "", http.StatusNotFound, "project.not_found")
}
