package app_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The walkthrough docs/walkthroughs/one-night.md, through the real node: a shop in Kyiv goes to sleep, and in the morning
// every line of its statement answers "why".
// Rules B-07, B-10, B-13, B-30, B-31, B-34, B-35.
func TestOneNight(t *testing.T) {
	t.Parallel()
	evening := time.Date(2022, 10, 4, 15, 0, 0, 0, time.UTC)
	n := start(t, t.TempDir(), evening)
	key := n.key()
	for _, r := range []struct{ method, path, body string }{
		{http.MethodPost, "", `{"project":"shop","name":"Shop","country":"UA","time_zone":"Europe/Kyiv","book":"ringostat","book_version":"2022-07-01"}`},
		{http.MethodPost, "/shop/payments", `{"id":"p","amount":"5000","method":"bank"}`},
		{http.MethodPost, "/shop/products", `{"products":[{"product":"virtual_pbx","on":true},{"product":"call_tracking","on":true}]}`},
		{http.MethodPut, "/shop/products/virtual_pbx/seats", `{"count":6}`},
		{http.MethodPost, "/shop/numbers", `{"number":"+380441112233","owner":"operator","kind":"local","use":"pbx"}`},
		{http.MethodPost, "/shop/calls", `{"id":"c1","kind":"forward","to":"+380671234567","answered_at":"2022-10-04T14:58:00Z","seconds":120}`},
	} {
		if status, text := n.ask(r.method, "/v1/projects"+r.path, key, r.body); status/100 != 2 {
			t.Fatalf("%s: %d %s", r.path, status, text)
		}
	}
	n.at(time.Date(2022, 10, 4, 21, 0, 0, 0, time.UTC)) // midnight in Kyiv
	n.until("the day is not closed", "/v1/projects/shop", key, func(_ int, text []byte) bool {
		return bytes.Contains(text, []byte(`"next_day":"2022-10-05"`))
	})
	var statement struct {
		Rows []struct{ Kind, Item, Amount string }
	}
	n.read("/v1/projects/shop/statement?from=2022-10-04&to=2022-10-04", key, &statement)
	var rows []string
	for _, row := range statement.Rows {
		rows = append(rows, row.Kind+" "+row.Item+" "+row.Amount)
	}
	want := []string{
		"product_fee call_tracking -50.63", "product_fee virtual_pbx -33.3", "seat_fee virtual_pbx -15", "number_rent +380441112233 -2",
		"call call -4.02", "discount bundle 4.2", "payment bank 5000",
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	n.everyLineAnswers("shop", key)
}

// everyLineAnswers asks each entry why it is what it is.
func (n *node) everyLineAnswers(project, key string) {
	n.Helper()
	var list struct{ Items []struct{ ID string } }
	n.read("/v1/projects/"+project+"/entries", key, &list)
	if len(list.Items) != 7 {
		n.Errorf("%d entries", len(list.Items))
	}
	for _, entry := range list.Items {
		_, text := n.ask(http.MethodGet, "/v1/projects/"+project+"/entries/"+entry.ID, key, "")
		for _, part := range []string{`"rule"`, `"text"`, `"book":"ringostat@2022-07-01"`} {
			if !strings.Contains(string(text), part) {
				n.Errorf("entry %s does not say its %s: %s", entry.ID, part, text)
			}
		}
	}
}

func (n *node) read(path, key string, into any) {
	n.Helper()
	status, text := n.ask(http.MethodGet, path, key, "")
	if err := json.Unmarshal(text, into); err != nil || status != http.StatusOK {
		n.Fatalf("%s: %d %s %v", path, status, text, err)
	}
}
