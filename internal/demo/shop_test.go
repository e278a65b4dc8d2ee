package demo

import (
	"context"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/civil"
	"bellwether/internal/dialplan"
	"bellwether/internal/phone"
	"bellwether/internal/routing"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/vault"
)

// withTelephony lets the story be told with its telephony and call log.
func (p *Parts) withTelephony(t *testing.T) call.Files {
	t.Helper()
	line, err := vault.NewKey(rand.Reader, "k1")
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	files := call.FilesIn(t.TempDir())
	p.Files, p.Staff, p.Routing = &files, staff.New(p.DB, v, rand.Reader), routing.New(p.DB, p.Billing, t.TempDir(), rand.Reader)
	return files
}

// loaded is the shop with its telephony, and a window on all its calls.
func loaded(t *testing.T) (*store.DB, Parts, call.Window, Loaded) {
	t.Helper()
	db := storetest.SQLite(t)
	p := parts(db)
	p.withTelephony(t)
	l, err := Load(t.Context(), p, Options{Seed: 1, Now: evening})
	if err != nil {
		t.Fatal(err)
	}
	permit, err := access.NewGate(db).ByInstallation(t.Context(), shopOrg, evening)
	if err != nil {
		t.Fatal(err)
	}
	w, err := call.Look(permit, access.View)
	if err != nil {
		t.Fatal(err)
	}
	return db, p, w, l
}

// The shop's telephony has one of everything: people with extensions, schemes that count and one that is being written, hours,
// prompts, a block list. Rules T-40, T-46, T-48 to T-50.
func TestTheShopHasATelephony(t *testing.T) {
	t.Parallel()
	db, p, w, _ := loaded(t)
	ctx := context.Background()
	people, err := staff.Employees(ctx, db, Project)
	if err != nil || len(people) != len(colleagues) {
		t.Fatalf("%d employees, %v", len(people), err)
	}
	ids, extensions := map[string]bool{}, map[string]bool{}
	for _, e := range people {
		ids[string(e.ID)] = true
		extensions[e.Extension] = true
	}
	if len(extensions) != len(people) || extensions[""] {
		t.Errorf("extensions %v", extensions)
	}
	all, err := routing.Schemes(ctx, db, Project)
	if err != nil {
		t.Fatal(err)
	}
	live := map[string]int{}
	for _, s := range all {
		live[s.Name] = s.Live
	}
	if len(live) != 5 || live[mainScheme] != 3 || live[nightScheme] != 1 || live[rushScheme] != 0 {
		t.Errorf("schemes %v", live)
	}
	prompts, err := routing.Prompts(ctx, db, Project)
	if err != nil || len(prompts) != 8 {
		t.Errorf("%d prompts, %v", len(prompts), err)
	}
	for _, one := range prompts {
		if _, err := p.Routing.Open(one); err != nil {
			t.Error(err)
		}
	}
	blocked, err := routing.BlockList(ctx, db, Project)
	if err != nil || len(blocked) != 2 {
		t.Errorf("%d are blocked, %v", len(blocked), err)
	}
	calls, err := w.List(ctx, db, call.Filter{}, call.NewestFirst, 0, 5000)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range calls {
		if c.Person.ID != "" && !ids[c.Person.ID] {
			t.Fatalf("call %s was with %+v, who is no employee", c.ID, c.Person)
		}
	}
}

// What happens to a caller of the main number: the menu and the queue by day, a message at night, and the number that the client of
// the simulated network calls rings at all hours. Rules T-02, T-33.
func TestCallersOfTheShop(t *testing.T) {
	t.Parallel()
	_, p, _, _ := loaded(t)
	zone, err := civil.LoadZone(Zone)
	if err != nil {
		t.Fatal(err)
	}
	sunday := time.Date(2026, 11, 22, 10, 5, 0, 0, zone)
	for _, c := range []struct {
		name   string
		number string
		at     time.Time
		keys   map[string]string
		want   string // the code of a line of the path
	}{
		{"by day", mainNumber, sunday, nil, "queue.joined"},
		{"delivery", mainNumber, sunday, map[string]string{"menu": "2"}, "menu.choice"},
		{"at night", mainNumber, sunday.Add(-5 * time.Hour), nil, "hours.after_hours_scheme"},
		{"Christmas", mainNumber, time.Date(2026, 12, 25, 12, 0, 0, 0, zone), nil, "hours.after_hours_scheme"},
		{"day and night", urgentNumber, sunday.Add(-5 * time.Hour), nil, "leg.dialled"},
	} {
		path, err := p.Routing.Try(t.Context(), Project, routing.Trial{From: clientNumber, Number: phone.Number(c.number), At: c.at, Keys: c.keys})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(path.Lines, func(l dialplan.Line) bool { return l.Code == c.want }) {
			t.Errorf("%s: no %s in %+v", c.name, c.want, path.Lines)
		}
	}
}

// The log has calls of every kind that a shop has, told to the end, and some that people wrote to. Rules T-100, T-103, T-106, T-108.
func TestTheLogHasEverything(t *testing.T) {
	t.Parallel()
	db, _, w, _ := loaded(t)
	ctx := context.Background()
	calls, err := w.List(ctx, db, call.Filter{}, call.NewestFirst, 0, 5000)
	if err != nil {
		t.Fatal(err)
	}
	found, notes, tags := map[string]int{}, 0, 0
	for _, c := range calls {
		found[string(c.Direction)]++
		found[string(c.Result())]++
		notes += int(c.Notes)
		tags += len(c.Tags)
		if c.Missed {
			found[map[bool]string{true: "owed", false: "called back"}[c.Owed]]++
		}
	}
	for _, want := range []string{
		"inbound", "outbound", "internal", "callback", "click_to_call", "proper", "repeated", "answered", "no_answer", "busy", "voicemail", "owed", "called back",
	} {
		if found[want] < 5 {
			t.Errorf("%d calls are %s", found[want], want)
		}
	}
	if notes < 100 || tags < 100 {
		t.Errorf("%d notes, %d tags", notes, tags)
	}
	told := map[string]bool{}
	for _, c := range calls[:400] {
		d, err := w.Detail(ctx, db, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		last := c.StartedAt
		for _, e := range d.Timeline {
			told[e.Code] = true
			if !slices.Contains(call.Codes, e.Code) || e.At.Before(last) {
				t.Errorf("call %s: %s at %v, after %v", c.ID, e.Code, e.At, last)
			}
			last = e.At
		}
		if len(d.Timeline) == 0 || d.Timeline[len(d.Timeline)-1].Code != call.HungUp || last.After(c.EndedAt.Add(time.Second)) {
			t.Errorf("call %s ended at %v and is told until %v", c.ID, c.EndedAt, last)
		}
		for _, l := range d.Legs {
			if l.StartedAt.Before(c.StartedAt) || l.EndedAt.After(c.EndedAt.Add(time.Second)) {
				t.Errorf("leg %d of call %s lasts from %v to %v", l.N, c.ID, l.StartedAt, l.EndedAt)
			}
		}
	}
	for _, code := range []string{call.MenuPlayed, call.Digit, call.Queued, call.LastAgent, call.OutOfHours, call.LeftVoicemail, call.SilentLeg, call.DeclinedLeg, call.Held, call.ClientAnswered} {
		if !told[code] {
			t.Errorf("no timeline has %s", code)
		}
	}
}
