package simulate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/simulate"

	"github.com/google/go-cmp/cmp"
)

const opening = `{"at": "2021-10-04T00:00:00+03:00", "type": "project.open", "project": "demo", "country": "UA", "currency": "UAH", "time_zone": "Europe/Kyiv", "book": "ringostat", "book_version": "2021-01-01"}` + "\n"

// A bad event stops the run with the file, the line and the reason.
func TestBadEvents(t *testing.T) {
	t.Parallel()
	const at = `{"at": "2021-10-04T10:00:00+03:00", "type": `
	for _, c := range []struct{ name, line, says string }{
		{"not JSON", `at: now`, "not a JSON object"},
		{"an array", `[]`, "not a JSON object"},
		{"no type", `{"at": "2021-10-04T10:00:00+03:00"}`, `"type" is missing`},
		{"no instant", `{"type": "end"}`, `"at" is missing`},
		{"a bad instant", `{"at": "yesterday", "type": "end"}`, "is not an instant"},
		{"no offset", `{"at": "2021-10-04T10:00:00", "type": "end"}`, "is not an instant"},
		{"out of order", `{"at": "2021-10-03T10:00:00+03:00", "type": "end"}`, "before the event above"},
		{"an unknown type", at + `"party"}`, `no event type "party"`},
		{"an unknown field", at + `"product.on", "product": "callback", "colour": "red"}`, "has no field"},
		{"a field twice", at + `"product.on", "product": "callback", "product": "analytics"}`, "stands twice"},
		{"a missing field", at + `"product.on"}`, `needs field "product"`},
		{"a null", at + `"product.on", "product": null}`, "is null"},
		{"an unknown product", at + `"product.on", "product": "telepathy"}`, "has no product"},
		{"an amount as a number", at + `"payment", "id": "p", "amount": 5, "method": "bank"}`, `"amount" is a string`},
		{"a bad amount", at + `"payment", "id": "p", "amount": "5,00", "method": "bank"}`, "is not an amount"},
		{"a payment of nothing", at + `"payment", "id": "p", "amount": "0", "method": "bank"}`, "more than zero"},
		{"an unknown method", at + `"payment", "id": "p", "amount": "5", "method": "barter"}`, "not a payment method"},
		{"an unknown period", at + `"payment", "id": "p", "amount": "5", "method": "card", "period_days": 31}`, "no period of 31 days"},
		{"an unknown number", at + `"number.release", "number": "+380441112233"}`, "does not hold number"},
		{"not a number", at + `"number.rent", "number": "hello", "owner": "operator", "kind": "local", "use": "pbx"}`, "is not an E.164 number"},
		{"an unknown owner", at + `"number.rent", "number": "+380441112233", "owner": "me", "kind": "local", "use": "pbx"}`, "is not one of"},
		{"a leg without a rate", at + `"call", "id": "c", "leg": "outbound", "to": "+999123456789", "answered_at": "2021-10-04T09:00:00+03:00", "seconds": 5}`, "no rate"},
		{"a leg that ends before it begins", at + `"call", "id": "c", "leg": "outbound", "to": "+380501234567", "answered_at": "2021-10-04T11:00:00+03:00", "seconds": 5}`, "before answered_at"},
		{"negative seconds", at + `"call", "id": "c", "leg": "outbound", "to": "+380501234567", "answered_at": "2021-10-04T09:00:00+03:00", "seconds": -5}`, "-5 seconds"},
		{"half a second", at + `"call", "id": "c", "leg": "outbound", "to": "+380501234567", "answered_at": "2021-10-04T09:00:00+03:00", "seconds": 0.5}`, "whole number"},
		{"an unknown leg", at + `"call", "id": "c", "leg": "smoke", "to": "+380501234567", "answered_at": "2021-10-04T09:00:00+03:00", "seconds": 5}`, "is not one of"},
		{"no seats to set", at + `"seats.set", "product": "callback", "count": 3}`, "has no seats"},
		{"a term of a book without", at + `"term.pay", "id": "t", "months": 1}`, "prepaid term"},
		{"a second project", strings.TrimSpace(opening), "one project.open"},
		{"an unknown version", at + `"book.move", "book_version": "1999-01-01"}`, "no version"},
		{"an unknown zone", at + `"zone.change", "time_zone": "Mars/Olympus"}`, "is not a time zone"},
	} {
		err := replay(opening + c.line + "\n")
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.HasPrefix(err.Error(), "bad.jsonl:2") {
			t.Errorf("%s: %v, want bad.jsonl:2 ... %s", c.name, err, c.says)
		}
	}
	for text, says := range map[string]string{
		"": "no event", "\n\n": "no event", `{"at": "2021-10-04T10:00:00+03:00", "type": "end"}`: "first event is project.open",
		strings.Replace(opening, "ringostat", "nobody", 1): "no price book",
		strings.Replace(opening, `"UAH"`, `"USD"`, 1):      "no price list in USD",
		strings.Replace(opening, "2021-01-01", "2099", 1):  "no version",
		strings.Replace(opening, `"demo"`, `"De mo"`, 1):   "not a project name",
		strings.Replace(opening, "Europe/Kyiv", "Kyiv", 1): "is not a time zone",
		strings.Replace(opening, "ringostat", "x.yaml", 1): "no price book",
		opening + "{\"at\": \"2021-10-04T10:00:00+03:00\", \"type\": \"end\"}\n" + "{\"at\": \"2021-10-04T10:00:00+03:00\", \"type\": \"end\"}": "nothing comes after end",
	} {
		if err := replay(text); err == nil || !strings.Contains(err.Error(), says) || errs.KindOf(err) == errs.Internal {
			t.Errorf("%.60q: %v, want %s", text, err, says)
		}
	}
}

func replay(text string) error {
	events, err := simulate.ReadEvents(strings.NewReader(text), "bad.jsonl")
	if err != nil {
		return err
	}
	_, err = simulate.Run(context.Background(), events, simulate.Options{File: "bad.jsonl"})
	return err
}

// The same id with the same body is one effect; with another body the run stops.
// Rule B-04.
func TestSameIDTwice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ once, other string }{
		{`"payment", "id": "x", "amount": "5", "method": "bank"}`, `"payment", "id": "x", "amount": "6", "method": "bank"}`},
		{`"sms", "id": "x", "to": "+380501234567", "segments": 1}`, `"sms", "id": "x", "to": "+380501234567", "segments": 2}`},
		{
			`"call", "id": "x", "leg": "forward", "to": "+380501234567", "answered_at": "2021-10-04T09:00:00+03:00", "seconds": 60}`,
			`"call", "id": "x", "leg": "forward", "to": "+380501234567", "answered_at": "2021-10-04T09:00:00+03:00", "seconds": 61}`,
		},
	} {
		line := func(body string) string { return `{"at": "2021-10-04T10:00:00+03:00", "type": ` + body + "\n" }
		events, err := simulate.ReadEvents(strings.NewReader(opening+line(c.once)+line(c.once)+line(c.once)), "e")
		if err != nil {
			t.Fatal(err)
		}
		result, err := simulate.Run(context.Background(), events, simulate.Options{})
		if err != nil || len(result.Entries) != 1 {
			t.Errorf("%s three times: %v, %v", c.once, result, err)
		}
		if err := replay(opening + line(c.once) + line(c.other)); errs.KindOf(err) != errs.Conflict {
			t.Errorf("%s, then %s: %v", c.once, c.other, err)
		}
	}
}

// The same events give the same bytes.
func TestRunsAreIdentical(t *testing.T) {
	t.Parallel()
	var texts []string
	for range 2 {
		text, err := json.Marshal(run(t, "testdata/scenarios/ringostat_us_everything.jsonl", simulate.Options{}))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	if diff := cmp.Diff(texts[0], texts[1]); diff != "" {
		t.Error(diff)
	}
}

// The last version counts for all days where it is asked for, and so does another book.
func TestOtherVersion(t *testing.T) {
	t.Parallel()
	file := "testdata/scenarios/ringostat_us_everything.jsonl"
	old, new := run(t, file, simulate.Options{BookVersion: "2021-01-01"}), run(t, file, simulate.Options{BookVersion: "2022-07-01"})
	if old.BookVersion != "2021-01-01" || new.BookVersion != "2022-07-01" {
		t.Errorf("versions %s and %s", old.BookVersion, new.BookVersion)
	}
	for _, d := range simulate.Diff(old, new) {
		if d.More != d.B-d.A || d.Kind == "payment" && d.More != 0 || d.Kind == "product_fee" && d.More <= 0 {
			t.Errorf("%+v", d)
		}
	}
}

// A report limited to some days has the balance of all.
func TestReportOfSomeDays(t *testing.T) {
	t.Parallel()
	file := "testdata/scenarios/ringostat_us_everything.jsonl"
	all, some := run(t, file, simulate.Options{}), run(t, file, simulate.Options{From: "2022-07-01", To: "2022-07-03"})
	if some.Balance != all.Balance || len(some.Entries) == 0 || len(some.Entries) >= len(all.Entries) {
		t.Errorf("%d of %d entries, balance %s of %s", len(some.Entries), len(all.Entries), some.Balance, all.Balance)
	}
	for _, entry := range some.Entries {
		if day := entry.Day.String(); day < "2022-07-01" || day > "2022-07-03" {
			t.Errorf("an entry of %s", day)
		}
	}
}

// A call record that comes long after its day is final is an adjustment on the day it came.
// Rule B-11.
func TestLateRecord(t *testing.T) {
	t.Parallel()
	text := opening +
		`{"at": "2021-10-05T00:20:00+03:00", "type": "call", "id": "over", "leg": "forward", "to": "+380501234567", "answered_at": "2021-10-04T23:50:00+03:00", "seconds": 1800}` + "\n" +
		`{"at": "2021-10-07T12:00:00+03:00", "type": "call", "id": "late", "leg": "forward", "to": "+380501234567", "answered_at": "2021-10-04T12:00:00+03:00", "seconds": 60}` + "\n"
	events, err := simulate.ReadEvents(strings.NewReader(text), "e")
	if err != nil {
		t.Fatal(err)
	}
	result, err := simulate.Run(context.Background(), events, simulate.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range result.Entries {
		got = append(got, fmt.Sprintf("%s %s %s %s", entry.Day, entry.Kind, entry.Ref, entry.Amount))
	}
	want := []string{"2021-10-04 call over -57.81", "2021-10-07 adjustment late -1.927"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if row := result.Statement[0]; !row.Final || result.Statement[1].Final {
		t.Errorf("finality: %+v", result.Statement)
	}
}

func FuzzReadEvents(f *testing.F) {
	for _, file := range []string{"insales_add_user", "ringostat_us_everything"} {
		text, err := os.ReadFile("testdata/scenarios/" + file + ".jsonl")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add(opening + `{"at": "2021-10-04T10:00:00+03:00", "type": "payment", "id": "p", "amount": "5", "method": "bank"}`)
	f.Fuzz(func(t *testing.T, text string) {
		events, err := simulate.ReadEvents(strings.NewReader(text), "fuzz")
		if err != nil {
			if errs.KindOf(err) != errs.Invalid || !strings.HasPrefix(err.Error(), "fuzz:") {
				t.Fatalf("%v does not say where", err)
			}
			return
		}
		if len(events) == 0 || events[0].Type != "project.open" {
			t.Fatal("a file without a project was read")
		}
	})
}
