package support_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/support"
)

// measured is the response at an instant, in minutes: "5 waits: 4, 20".
func (h *house) measured(at time.Time) string {
	h.Helper()
	r, err := support.Responses(h.Context(), h.db, at)
	if err != nil {
		h.Fatal(err)
	}
	return fmt.Sprintf("%d waits: %v, %v", r.Count, r.Median.Minutes(), r.P90.Minutes())
}

// Rule S-05 and Rule S-06: waits of 1, 2, 4, 10 and 20 minutes: the median is 4, the 90th percentile 20.
func TestResponses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		same(t, "at first", "0 waits: 0, 0", h.measured(noon))
		for i, wait := range []int{10, 1, 20, 4, 2} {
			asked := i * 60
			c := h.post(h.owner, "first", after(asked))
			h.post(h.owner, "and one more", after(asked+wait/2)) // the wait began with the first
			h.answer(h.ann, c.ID, "an answer", after(asked+wait))
			h.answer(h.ann, c.ID, "and another", after(asked+wait+9)) // ends no wait
			if r, err := support.Responses(t.Context(), db, after(asked+wait)); err != nil || r.Known() != (i == 4) {
				t.Errorf("after %d waits: known %v, %v", i+1, r.Known(), err)
			}
		}
		now := after(300)
		same(t, "five", "5 waits: 4, 20", h.measured(now))
		h.post(h.manager, "nobody answers me", now)
		same(t, "a wait that has just begun", "5 waits: 4, 20", h.measured(now.Add(time.Minute)))
		same(t, "a wait of an hour", "6 waits: 4, 60", h.measured(now.Add(time.Hour)))
		same(t, "a month later", "0 waits: 0, 0", h.measured(now.Add(31*24*time.Hour)))
	})
}

// Rule S-08: what is solved without an answer measures nothing.
func TestSolvingMeasuresNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t))
	c := h.post(h.owner, "Thanks!", after(0))
	h.solve(h.ann, c.ID, after(50))
	h.answer(h.ann, c.ID, "You are welcome", after(60))
	same(t, "nothing", "0 waits: 0, 0", h.measured(after(70)))
}

// office is Monday and Tuesday from 9:00 to 18:00 in Kyiv, where noon UTC is 14:00.
var office = support.Hours{Zone: "Europe/Kyiv", Spans: []support.Span{{Day: time.Tuesday, From: 540, Until: 1080}, {Day: time.Monday, From: 540, Until: 1080}}}

// Rule S-06: asked on Monday at 17:50, answered on Tuesday at 9:05: 15 minutes of office hours.
func TestOfficeHours(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		d := h.desk(h.ann)
		h.must(func(ctx context.Context, tx *store.Tx) error { return d.SetHours(ctx, tx, office, noon) })
		c := h.post(h.owner, "late", after(3*60+50))
		h.answer(h.ann, c.ID, "early", after(19*60+5))
		same(t, "over night", "1 waits: 15, 15", h.measured(after(20*60)))
		hours, err := support.GetHours(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		for at, open := range map[time.Time]bool{noon: true, after(4 * 60): false, after(4*60 - 1): true, after(2 * 24 * 60): false} {
			if hours.Open(at) != open {
				t.Errorf("at %s open is %v", at, !open)
			}
		}
		if week := hours.Within(noon, noon.AddDate(0, 0, 7)); week != 18*time.Hour {
			t.Errorf("a week has %s", week)
		}
		h.must(func(ctx context.Context, tx *store.Tx) error { return d.SetHours(ctx, tx, support.Hours{}, noon) })
		if hours, err := support.GetHours(t.Context(), db); err != nil || !hours.Always() {
			t.Errorf("taken away: %+v, %v", hours, err)
		}
	})
}

// On 29 March 2026 Kyiv's night has no hour from 3 to 4: a whole day of office hours has 23.
func TestHoursOnADayOf23(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	h := newHouse(t, db)
	d := h.desk(h.ann)
	h.must(func(ctx context.Context, tx *store.Tx) error {
		return d.SetHours(ctx, tx, support.Hours{Zone: "Europe/Kyiv", Spans: []support.Span{{Day: time.Sunday, From: 0, Until: 1440}}}, noon)
	})
	hours, err := support.GetHours(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	day := time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC)
	if got := hours.Within(day, day.AddDate(0, 0, 2)); got != 23*time.Hour {
		t.Errorf("%s, want 23h", got)
	}
}

func TestHoursThatAreNone(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t))
	d := h.desk(h.ann)
	for name, bad := range map[string]support.Hours{
		"no zone":   {Spans: []support.Span{{Day: time.Monday, From: 0, Until: 60}}},
		"bad zone":  {Zone: "Mars/Phobos", Spans: []support.Span{{Day: time.Monday, From: 0, Until: 60}}},
		"backwards": {Zone: "UTC", Spans: []support.Span{{Day: time.Monday, From: 60, Until: 60}}},
		"too late":  {Zone: "UTC", Spans: []support.Span{{Day: time.Monday, From: 60, Until: 1441}}},
		"no day":    {Zone: "UTC", Spans: []support.Span{{Day: 7, From: 0, Until: 60}}},
		"overlap":   {Zone: "UTC", Spans: []support.Span{{Day: time.Monday, From: 0, Until: 61}, {Day: time.Monday, From: 60, Until: 90}}},
	} {
		wantCode(t, name, h.do(func(ctx context.Context, tx *store.Tx) error { return d.SetHours(ctx, tx, bad, noon) }), "support.bad_hours")
	}
}

// Rule S-09.
func TestPresence(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		there := func(at time.Time) bool {
			t.Helper()
			somebody, err := support.Somebody(t.Context(), db, at)
			if err != nil {
				t.Fatal(err)
			}
			return somebody
		}
		if there(noon) {
			t.Error("somebody is there before anybody came")
		}
		ann, bob := h.desk(h.ann), h.desk(h.bob)
		come := func(d support.Desk, at time.Time) {
			h.must(func(ctx context.Context, tx *store.Tx) error { return d.Here(ctx, tx, at) })
		}
		come(ann, noon)
		come(bob, noon.Add(30*time.Second))
		if !there(noon.Add(80*time.Second)) || there(noon.Add(91*time.Second)) {
			t.Error("somebody is there for a minute after they were last seen, and no longer")
		}
	})
}

func TestSavedAnswers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		d := h.desk(h.ann)
		var kept support.Saved
		for _, c := range []struct{ title, body, code string }{
			{"Peak  of\nthe day", "The day's <b>peak</b> counts.", ""}, {"", "x", "support.bad_title"}, {"x", "", "support.empty"},
		} {
			wantCode(t, c.title, h.do(func(ctx context.Context, tx *store.Tx) error {
				s, err := d.Keep(ctx, tx, c.title, c.body, noon)
				if err == nil {
					kept = s
				}
				return err
			}), c.code)
		}
		list, err := d.ListSaved(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "saved", []support.Saved{{ID: kept.ID, Title: "Peak of the day", Body: "The day's <b>peak</b> counts.", MadeBy: h.ann, MadeAt: noon}}, list)
		for _, code := range []string{"", "support.no_saved"} {
			wantCode(t, "drop", h.do(func(ctx context.Context, tx *store.Tx) error {
				_, err := d.Drop(ctx, tx, kept.ID, noon)
				return err
			}), code)
		}
		trail, err := audit.List(t.Context(), db, audit.Filter{Org: &ident.Operator, Object: access.Chat.String() + "_answer"}, 0, 10)
		if err != nil || len(trail) != 2 {
			t.Errorf("%d entries, %v", len(trail), err)
		}
	})
}

// Rule S-10.
func TestRetention(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		solved, open := h.post(h.owner, "Old and solved", noon), h.post(h.manager, "Old and open", noon)
		h.answer(h.ann, solved.ID, "Yes", after(1))
		h.solve(h.ann, solved.ID, after(2))
		for _, c := range []struct {
			at   time.Time
			want int
		}{{after(2).Add(support.KeptFor), 0}, {after(3).Add(support.KeptFor), 1}, {after(4).Add(support.KeptFor), 0}} {
			if n, err := support.Expire(t.Context(), db, c.at); n != c.want || err != nil {
				t.Errorf("at %s: %d, %v; want %d", c.at, n, err, c.want)
			}
		}
		if _, err := h.desk(h.ann).Find(t.Context(), db, solved.ID); err == nil {
			t.Error("the solved one is still there")
		}
		if _, err := h.desk(h.ann).Find(t.Context(), db, open.ID); err != nil {
			t.Errorf("the open one is gone: %v", err)
		}
		var left int
		err := db.QueryRow(t.Context(), `SELECT (SELECT COUNT(*) FROM support_message) + (SELECT COUNT(*) FROM support_read) + (SELECT COUNT(*) FROM support_response)`).Scan(&left)
		if err != nil || left != 2 { // the open one's message, and that its writer has read it
			t.Errorf("%d rows are left, %v", left, err)
		}
	})
}
