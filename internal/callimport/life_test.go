package callimport_test

import (
	"context"
	"strings"
	"testing"

	"bellwether/internal/callimport"
	"bellwether/internal/store/storetest"
)

// Answered calls to the country's emergency numbers are free legs, not bad lines.
// Rule B-71.
func TestImportOfEmergencyCalls_Rule_B_71(t *testing.T) {
	t.Parallel()
	o := newOffice(t, storetest.SQLite(t))
	to := func(number, id string) string {
		return strings.NewReplacer("+380671234567", number, "o1", id).Replace(outgoing)
	}
	lines := []string{to("112", "e1"), to("101", "e2"), to("+112", "e3"), outgoing}
	if err := o.Check(context.Background(), shop, "calls.csv", o.read(lines...), o.at("2021-10-05 12:00")); err != nil {
		t.Error(err)
	}
	got, err := o.bring("2021-10-05 12:00", lines...)
	if err != nil || got.New != 4 || got.Amount != 2_009_000 {
		t.Errorf("imported %+v, %v", got, err)
	}
	if again, err := o.bring("2021-10-06 12:00", lines...); err != nil || again.Known != 4 {
		t.Errorf("again %+v, %v", again, err)
	}
	_, err = callimport.Read(strings.NewReader(importHead+to("999", "e3")+"\n"), "calls.csv", callimport.Options{Country: "UA"})
	if err == nil || !strings.Contains(err.Error(), "calls.csv:2: dst: ") {
		t.Errorf("an emergency number of another country: %v", err)
	}
}

// Check and Import refuse the same calls outside the project's life, with their lines and beside other bad lines.
func TestCallsOutsideTheProjectsLife(t *testing.T) {
	t.Parallel()
	o := newOffice(t, storetest.SQLite(t))
	on := func(moment, id string) string {
		return strings.NewReplacer("2021-10-04 15:00:00", moment, "o1", id).Replace(outgoing)
	}
	const now = "2021-10-05 12:00"
	lines := []string{on("2021-09-30 23:59:00", "a"), on("2021-10-01 00:00:00", "b"), unknown, on("2021-10-06 12:59:00", "c"), on("2021-10-06 13:01:00", "d")}
	_, imported := o.bring(now, lines...)
	checked := o.Check(context.Background(), shop, "calls.csv", o.read(lines...), o.at(now))
	for name, err := range map[string]error{"import": imported, "check": checked} {
		if err == nil {
			t.Fatalf("%s passes the file", name)
		}
		for _, want := range []string{
			"calls.csv: 3 problems", "calls.csv:2: calldate: the call was answered at 2021-09-30T20:59:08Z, before the project's first day began at 2021-09-30T21:00:00Z",
			"calls.csv:4: ", "calls.csv:6: calldate: the call was answered at 2021-10-06T10:01:08Z, which is yet to come",
		} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
	}
	if _, err := o.bring(now, lines[1], lines[3]); err != nil {
		t.Errorf("calls just within: %v", err)
	}
	options := callimport.Options{Zone: o.zone, Country: "UA", Opened: o.at("2021-10-01 00:00"), Now: o.at(now)}
	bad := strings.Replace(outgoing, ",10,2,", ",10,two,", 1)
	_, err := callimport.Read(strings.NewReader(importHead+lines[4]+"\n"+bad+"\n"+lines[0]+"\n"), "calls.csv", options)
	for _, want := range []string{"3 problems", "calls.csv:2: calldate: ", "calls.csv:3: billsec: ", "calls.csv:4: calldate: "} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("beside another bad line: %v, want %q", err, want)
		}
	}
}
