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

// Programs written for K50 ask in their ways, and get its names and types: numbers of telephones as numbers, times in the project's zone.
func TestK50Calls(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	first, _ := s.logCall(1, "+380671234567", 95, 1_570_000), s.logCall(2, "+380671234567", 20, 0)
	s.logCall(3, "+380501112233", 0, 0)
	s.write(func(ctx context.Context, tx *store.Tx) error {
		return call.Attribute(ctx, tx, call.Ref{Project: "demo", ID: first}, call.Origin{Source: "google", Medium: "cpc", Campaign: "roses", Visit: "9", Visitor: "v1", ClientID: "12.34", FoundAt: instant(s, midday)})
	})
	const base, list = "/v1/projects/demo/k50", "/v1/projects/demo/k50/call/list"
	secret := strings.TrimPrefix(s.as("project:read demo")["Authorization"], "Bearer ")
	program := headers{"apiKey": secret}
	const whole, googles = `"page":1,"itemsPerPage":1000,"more":false`, `[{"callerPhone":380671234567,"utm_source":"google"}]`
	for name, ask := range map[string]struct{ method, path, body, want string }{
		"fields by number":   {http.MethodGet, list + "/?counter=7&dateFrom=2026-03-10&dateTo=2026-03-11&dimensions[0]=callerPhone&dimensions[1]=utm_source&filter=utm_source==google", "", `{"result":` + googles + `,` + whole + `}`},
		"fields in a list":   {http.MethodGet, list + "?dimensions=startTime,duration&filter=dateTime>2026-03-10 12:01:00;dateTime<2026-03-10 12:03:00", "", `{"result":[{"duration":20,"startTime":"2026-03-10 12:02:00"}],` + whole + `}`},
		"the question sent":  {http.MethodPost, list + "/", `{"counter":"7","dimensions":["callerPhone","utm_source"],"filter":"dateTime>=2026-03-10;dateTime<2026-03-11;utm_source=google","page":1,"itemsPerPage":1000}`, `{"result":` + googles + `,` + whole + `}`},
		"fields sent singly": {http.MethodPost, list, `{"counter":7,"dimension[0]":"callerPhone","dimension[1]":"utm_source","filter":"dateTime>=2026-03-10;dateTime<2026-03-11;utm_source=google"}`, `{"result":` + googles + `,` + whole + `}`},
		"not so":             {http.MethodGet, list + "?dimensions=count_call,is_answered&filter=dateTime>2026-03-10;dateTime<2026-03-11;utm_source!=google&itemsPerPage=1&page=2", "", `{"result":[{"count_call":2,"is_answered":true}],"page":2,"itemsPerPage":1,"more":false}`},
		"the older form": {
			http.MethodGet, base + "/call/ext/7/2026-03-10%2012:01:00/2026-03-10%2012:01:00", "",
			`[{"id":"` + first.String() + `","start_time":"2026-03-10 12:01:00","stop_time":"2026-03-10 12:02:45","caller_phone":380671234567,"called_phone":380443337701,"duration":95,"wait_time":10,"is_answered":true,"count_call":1,` +
				`"is_matching":true,"type":1,"sid":"9","uuid":"v1","user_agent":"","utm_source":"google","utm_medium":"cpc","utm_term":"","utm_content":"","utm_campaign":"roses","label":"","analytics_client_id":"12.34","pool":"","entry_point":"","referrer":"","region":"","device":"","entryPoints":[]}]`,
		},
	} {
		got := strings.TrimSpace(string(s.must(program, ask.method, strings.NewReplacer(" ", "%20", ";", "%3B").Replace(ask.path), ask.body, http.StatusOK).body))
		if got != ask.want {
			t.Errorf("%s gives\n%s, want\n%s", name, got, ask.want)
		}
	}
	s.must(headers{}, http.MethodGet, list+"/?apiKey="+secret, "", http.StatusOK)
	s.must(headers{}, http.MethodPost, base+"/pool/list/?apiKey="+secret, `{"counter":7}`, http.StatusOK)
	s.refused(headers{}, http.MethodGet, list+"/?apiKey=bw_guess", "", http.StatusUnauthorized, "account.bad_key")
	s.refused(headers{}, http.MethodGet, "/v1/projects/demo/calls?apiKey="+secret, "", http.StatusUnauthorized, "api.no_key") // there alone
	s.refused(program, http.MethodGet, strings.Replace(list, "demo", "other", 1), "", http.StatusNotFound, "project.not_found")
	s.refused(program, http.MethodPost, list, `[1]`, http.StatusUnprocessableEntity, "api.invalid")
	for query, code := range map[string]string{"dimensions=secret": "api.no_field", "filter=secret=1": "api.bad_filter", "filter=duration>5": "api.bad_filter", "filter=dateTime>soon": "api.bad_time", "filter=dateTime=2026-03-10": "api.bad_filter"} {
		s.refused(program, http.MethodGet, list+"?"+query, "", http.StatusUnprocessableEntity, code)
	}
}
