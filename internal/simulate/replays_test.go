package simulate

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// fifty lives a project with nine seats for fifty days.
func fifty(t *testing.T) (db *store.DB, id ident.ProjectID, now time.Time) {
	t.Helper()
	db = storetest.SQLite(t)
	open := Event{At: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), Type: "project.open", Project: "two", Country: "US", Currency: "USD", TimeZone: "UTC", Book: "ringostat", BookVersion: "2021-01-01"}
	at := func(days int, event Event) Event { event.At = open.At.AddDate(0, 0, days); return event }
	id, now = live(t, db, []Event{
		open, at(0, Event{Type: "payment", ID: "p", amount: money.MustParse("5000"), Method: "bank"}), at(1, Event{Type: "product.on", Product: "virtual_pbx"}),
		at(2, Event{Type: "seats.set", Product: "virtual_pbx", Count: 9}), at(50, Event{Type: "end"}),
	}, pricebook.Shipped())
	return db, id, now
}

// over looks after a question until it is over.
func over(t *testing.T, r *Replays, q Question, now time.Time) Standing {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		standing, err := r.Look(q, now)
		if err != nil || standing.Over {
			if err != nil {
				t.Fatal(err)
			}
			return standing
		}
		if standing.Done > standing.Total {
			t.Fatalf("%d of %d days are replayed", standing.Done, standing.Total)
		}
	}
	t.Fatal("it is never over")
	return Standing{}
}

// What is worked out beside requests is what Ask answers; it is remembered for five minutes, and so is what was wrong with the question.
func TestReplaysAnswerWhatAskAnswers(t *testing.T) {
	t.Parallel()
	db, id, now := fifty(t)
	r := NewReplays(db, pricebook.Shipped())
	defer r.Close()
	from := civil.DateIn(now, time.UTC) - 40
	q := Question{Project: id, Version: "2022-07-01", From: from, To: from + 29}
	want, err := Ask(t.Context(), db, pricebook.Shipped(), q, now)
	if err != nil {
		t.Fatal(err)
	}
	got := over(t, r, q, now)
	if diff := cmp.Diff(want, got.Answer); diff != "" || got.Err != nil {
		t.Errorf("another answer (-ask +beside):\n%s, %v", diff, got.Err)
	}
	if again, err := r.Look(q, now.Add(keptFor-time.Second)); err != nil || again.Answer != got.Answer {
		t.Errorf("it was asked again: %+v, %v", again, err)
	}
	if late, err := r.Look(q, now.Add(keptFor)); err != nil || late.Over {
		t.Errorf("an old answer is given: %+v, %v", late, err)
	}
	if wrong := over(t, r, Question{Project: id, Version: "1999"}, now); errs.CodeOf(wrong.Err) != "pricebook.unknown_version" {
		t.Errorf("a version that is not there: %v", wrong.Err)
	}
}

// What nobody looks after is given up, and what runs ends with the node.
func TestReplaysAreGivenUp(t *testing.T) {
	t.Parallel()
	db, id, now := fifty(t)
	for name, end := range map[string]func(*Replays){"nobody looks": func(r *Replays) { r.ended.Wait() }, "the node ends": (*Replays).Close} {
		r := NewReplays(db, pricebook.Shipped())
		r.turn <- struct{}{}
		r.turn <- struct{}{} // both places are taken: it waits
		if name == "nobody looks" {
			r.patience = time.Millisecond
		}
		if standing, err := r.Look(Question{Project: id, Version: "2022-07-01"}, now); err != nil || standing != (Standing{}) {
			t.Errorf("%s: %+v, %v", name, standing, err)
		}
		end(r)
		if len(r.known) != 0 {
			t.Errorf("%s: it is remembered", name)
		}
		r.Close()
		if _, err := r.Look(Question{Project: id, Version: "2022-07-01"}, now); errs.CodeOf(err) != "simulate.busy" {
			t.Errorf("%s: after the end: %v", name, err)
		}
	}
}

// More questions than a node has room for are refused, and what is old makes room.
func TestReplaysAreBounded(t *testing.T) {
	t.Parallel()
	db, id, now := fifty(t)
	r := NewReplays(db, pricebook.Shipped())
	defer r.Close()
	for i := range mostKnown {
		r.known[Question{Project: id, Days: int64(i + 1)}] = &replay{Standing: Standing{Over: true}, began: now}
	}
	q := Question{Project: id, Version: "2022-07-01"}
	if _, err := r.Look(q, now); errs.CodeOf(err) != "simulate.busy" {
		t.Errorf("there is room for one more: %v", err)
	}
	if _, err := r.Look(q, now.Add(keptFor)); err != nil {
		t.Error(err)
	}
}
