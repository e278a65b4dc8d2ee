package rehearsal_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/bookshelf"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/job"
	"bellwether/internal/pricebook"
	"bellwether/internal/project"
	"bellwether/internal/rehearsal"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

var opened = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// stage has two projects with the virtual PBX for 999 hryvnias a month, 40 days old, and a draft that asks 1,299.
type stage struct {
	*testing.T
	db      *store.DB
	library *pricebook.Library
	shelf   *bookshelf.Shelf
	draft   bookshelf.Version
	permit  access.Permit
	now     time.Time
}

func (s *stage) must(fn func(ctx context.Context, tx *store.Tx) error) {
	s.Helper()
	if err := s.db.Write(context.Background(), fn); err != nil {
		s.Fatal(err)
	}
}

func newStage(t *testing.T, db *store.DB) *stage {
	t.Helper()
	s := &stage{T: t, db: db, library: pricebook.Shipped(), now: opened.AddDate(0, 0, 40)}
	s.shelf = bookshelf.New(s.library)
	bills := billing.New(s.library)
	for _, id := range []ident.ProjectID{"bank", "shop"} {
		s.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := bills.Open(ctx, tx, project.Opening{ID: id, Country: "UA", TimeZone: "Europe/Kyiv", Book: "ringostat", Version: "2022-07-01"}, 1e12, opened)
			if err != nil {
				return err
			}
			return bills.SwitchProduct(ctx, tx, id, "virtual_pbx", true, opened)
		})
	}
	night := &billing.Night{Billing: bills, DB: db}
	if _, err := night.Run(t.Context(), s.now); err != nil {
		t.Fatal(err)
	}
	permit, err := access.NewGate(db).Enter(t.Context(), access.ByKey(account.Key{ID: "k", Scope: account.Operator}, audit.Actor{}), ident.Operator, s.now)
	if err != nil {
		t.Fatal(err)
	}
	s.permit = permit
	s.must(func(ctx context.Context, tx *store.Tx) (err error) {
		if s.draft, err = s.shelf.BeginWith(ctx, tx, permit, "ringostat", civil.MustParseDate("2026-06-01"), s.now); err != nil {
			return err
		}
		u := bookshelf.Upload{Text: strings.Replace(s.draft.Text, "UAH: 999,", "UAH: 1299,", 1), Files: s.draft.Files}
		s.draft, err = s.shelf.Edit(ctx, tx, permit, s.draft.ID, s.draft.Revision, u, s.now)
		return err
	})
	return s
}

func (s *stage) ask(q rehearsal.Question) (j job.Job, err error) {
	err = s.db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		j, err = rehearsal.Ask(ctx, tx, s.permit, q, s.now)
		return err
	})
	return j, err
}

func (s *stage) run() {
	s.Helper()
	clock := func() time.Time { return s.now }
	r := job.NewRunner(s.db, "n", clock, map[string]job.Handler{rehearsal.Kind: rehearsal.NewStage(s.db, s.library, clock).Handle})
	if _, err := r.Once(s.Context(), nil); err != nil {
		s.Fatal(err)
	}
}

// 30 days at 999 a month would have been 30 days at 1,299: 300 more for each of two projects. Rules O-13, B-07.
func TestWhatADraftWouldHaveCost(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := newStage(t, db)
		j, err := s.ask(rehearsal.Question{Version: s.draft.ID, Revision: s.draft.Revision, Days: 30})
		if err != nil {
			t.Fatal(err)
		}
		s.run()
		j, err = job.Get(t.Context(), db, j.ID)
		var result rehearsal.Result
		if err == nil {
			err = j.Read(nil, &result)
		}
		if err != nil || j.State != job.Done || j.Done != 2 || j.Total != 2 || result.Failed != 0 || len(result.Sums) != 1 {
			t.Fatalf("%+v, %+v, %v", j, result, err)
		}
		sum := result.Sums[0]
		if sum.Was.String() != "-1998" || sum.Would.String() != "-2598" || sum.Dearer != 2 || sum.Cheaper != 0 || sum.Currency != "UAH" {
			t.Errorf("%+v", sum)
		}
		rows, err := rehearsal.Rows(t.Context(), db, j.ID, 10)
		if err != nil || len(rows) != 2 || rows[0].More().String() != "-300" {
			t.Errorf("%+v, %v", rows, err)
		}
		answer, ok, err := rehearsal.Answer(t.Context(), db, j.ID, "shop")
		if err != nil || !ok || len(answer.Days) != 30 || len(answer.Drift) != 0 {
			t.Errorf("%t %+v, %v", ok, answer, err)
		}
		if _, err := s.library.Get("ringostat", s.draft.Version); err == nil {
			t.Error("the draft is on sale")
		}
	})
}

// An interrupted rehearsal goes on with what is left; one of a draft that was edited ends. Rule O-13.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	s := newStage(t, storetest.SQLite(t))
	j, err := s.ask(rehearsal.Question{Version: s.draft.ID, Revision: s.draft.Revision, Days: 90})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	handle := rehearsal.NewStage(s.db, s.library, func() time.Time { return s.now }).Handle
	if _, err := handle(ctx, j, func(done, _ int64) {
		if done == 1 {
			cancel()
		}
	}); err == nil {
		t.Error("it was not interrupted")
	}
	var told []int64
	if _, err := handle(t.Context(), j, func(done, _ int64) { told = append(told, done) }); err != nil || len(told) != 2 || told[0] != 1 || told[1] != 2 {
		t.Errorf("told %v, %v", told, err)
	}
	again, err := s.ask(rehearsal.Question{Version: s.draft.ID, Revision: s.draft.Revision, Days: 30, Projects: []ident.ProjectID{"shop", "shop"}})
	if err != nil {
		t.Fatal(err)
	}
	s.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := s.shelf.Date(ctx, tx, s.permit, s.draft.ID, s.draft.Revision, civil.MustParseDate("2026-07-01"), s.now)
		return err
	})
	if _, err := handle(t.Context(), again, func(_, total int64) {
		if total != 1 {
			t.Errorf("%d projects", total)
		}
	}); errs.CodeOf(err) != "bookshelf.edited" {
		t.Errorf("%v", err)
	}
	for _, c := range []struct {
		q    rehearsal.Question
		code string
	}{
		{rehearsal.Question{Version: s.draft.ID, Revision: s.draft.Revision, Days: 30}, "bookshelf.edited"},
		{rehearsal.Question{Version: s.draft.ID, Revision: s.draft.Revision + 1, Days: 7}, "rehearsal.bad_days"},
		{rehearsal.Question{Version: 7, Days: 30}, "bookshelf.not_found"},
		{rehearsal.Question{Version: s.draft.ID, Revision: s.draft.Revision + 1, Days: 30, Projects: []ident.ProjectID{"nobody"}}, "rehearsal.no_projects"},
	} {
		if _, err := s.ask(c.q); errs.CodeOf(err) != c.code {
			t.Errorf("%+v: %v, want %s", c.q, err, c.code)
		}
	}
}

// A draft that is submitted while it is rehearsed says what it said: whoever approves it sees the answer. Rule O-13.
func TestSubmittedMeanwhile(t *testing.T) {
	t.Parallel()
	s := newStage(t, storetest.SQLite(t))
	j, err := s.ask(rehearsal.Question{Version: s.draft.ID, Revision: s.draft.Revision, Days: 30})
	if err != nil {
		t.Fatal(err)
	}
	handle := rehearsal.NewStage(s.db, s.library, func() time.Time { return s.now }).Handle
	got, err := handle(t.Context(), j, func(done, _ int64) {
		if done == 1 {
			s.must(func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, "UPDATE bookshelf_version SET state = 'waiting', revision = revision + 1 WHERE id = $1", int64(s.draft.ID))
				return err
			})
		}
	})
	if result, ok := got.(rehearsal.Result); err != nil || !ok || result.Sums[0].Projects != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

// A fault of the database is no answer of a project: the rehearsal ends, and goes on with the same projects when it is begun again.
func TestAFaultIsNoAnswer(t *testing.T) {
	t.Parallel()
	s := newStage(t, storetest.SQLite(t))
	j, err := s.ask(rehearsal.Question{Version: s.draft.ID, Revision: s.draft.Revision, Days: 30})
	if err != nil {
		t.Fatal(err)
	}
	rename := func(from, to string) {
		s.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, "ALTER TABLE "+from+" RENAME TO "+to)
			return err
		})
	}
	handle := rehearsal.NewStage(s.db, s.library, func() time.Time { return s.now }).Handle
	rename("ledger_entry", "ledger_gone")
	if _, err := handle(t.Context(), j, func(_, _ int64) {}); err == nil {
		t.Error("the fault is an answer")
	}
	rename("ledger_gone", "ledger_entry")
	got, err := handle(t.Context(), j, func(_, _ int64) {})
	result, ok := got.(rehearsal.Result)
	if err != nil || !ok || result.Failed != 0 || len(result.Sums) != 1 || result.Sums[0].Projects != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

// Asked twice, a rehearsal is one job, which the trail tells of once; of other projects or days it is another one.
func TestAskedTwice(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := newStage(t, db)
		q := rehearsal.Question{Version: s.draft.ID, Revision: s.draft.Revision, Days: 30}
		first, err := s.ask(q)
		if err != nil {
			t.Fatal(err)
		}
		again, err := s.ask(q)
		if err != nil || again.ID != first.ID {
			t.Errorf("job %s, then %s, %v", first.ID, again.ID, err)
		}
		q.Projects = []ident.ProjectID{"shop"}
		if one, err := s.ask(q); err != nil || one.ID == first.ID {
			t.Errorf("of one project: job %s, %v", one.ID, err)
		}
		var told int
		if err := db.QueryRow(t.Context(), "SELECT COUNT(*) FROM audit_entry WHERE action = 'rehearse' AND object = 'price_book'").Scan(&told); err != nil || told != 2 {
			t.Errorf("the trail tells of %d, %v", told, err)
		}
	})
}

// An old rehearsal is removed with what came of its projects; a young one and one that waits are not.
func TestPurge(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := newStage(t, db)
		for _, days := range rehearsal.Lengths {
			if _, err := s.ask(rehearsal.Question{Version: s.draft.ID, Revision: s.draft.Revision, Days: days}); err != nil {
				t.Fatal(err)
			}
		}
		s.run() // the first; the other waits
		rows := func() (n int) {
			if err := db.QueryRow(t.Context(), "SELECT (SELECT COUNT(*) FROM job_run) * 100 + COUNT(*) FROM rehearsal_project").Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n, err := job.Purge(t.Context(), db, s.now, rehearsal.Forget); n != 0 || err != nil || rows() != 204 {
			t.Errorf("%d young jobs, %v: %d", n, err, rows())
		}
		if n, err := job.Purge(t.Context(), db, s.now.Add(time.Second), rehearsal.Forget); n != 1 || err != nil || rows() != 102 {
			t.Errorf("%d old jobs, %v: %d", n, err, rows())
		}
	})
}
