package job_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/job"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func ask(t *testing.T, db *store.DB, kind string) (j job.Job) {
	t.Helper()
	err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		j, _, err = job.Ask(ctx, tx, kind, "about", map[string]int{"n": 3}, "ann", noon)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func is(t *testing.T, db *store.DB, id job.ID, want job.State) job.Job {
	t.Helper()
	j, err := job.Get(t.Context(), db, id)
	if err != nil || j.State != want {
		t.Fatalf("the job is %+v, %v; want %s", j, err, want)
	}
	return j
}

// A job is run once, and what came of it, well or ill, is kept.
func TestAJobIsRun(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		runs := 0
		handlers := map[string]job.Handler{
			"count": func(_ context.Context, j job.Job, progress func(done, total int64)) (any, error) {
				runs++
				var in struct{ N int64 }
				err := j.Read(&in, nil)
				progress(in.N, in.N)
				return in.N * 2, err
			},
			"fail": func(context.Context, job.Job, func(done, total int64)) (any, error) {
				return nil, errs.New(errs.Conflict, "x.y", "it cannot be")
			},
		}
		r := job.NewRunner(db, "n1", func() time.Time { return noon }, handlers)
		good, bad, other := ask(t, db, "count"), ask(t, db, "fail"), ask(t, db, "of another program")
		for range 3 {
			if _, err := r.Once(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		}
		got := is(t, db, good.ID, job.Done)
		var result int64
		if err := got.Read(nil, &result); err != nil || result != 6 || got.Done != 3 || got.Total != 3 || runs != 1 || got.AskedBy != "ann" || !got.Over() {
			t.Errorf("%+v: %d after %d runs, %v", got, result, runs, err)
		}
		if got := is(t, db, bad.ID, job.Failed); errs.CodeOf(got.Failure.Err()) != "x.y" || got.Failure.String() != "it cannot be" {
			t.Errorf("%+v", got)
		}
		is(t, db, other.ID, job.Queued)
		if list, err := job.List(t.Context(), db, "count", "about", 10); err != nil || len(list) != 1 {
			t.Errorf("%d jobs, %v", len(list), err)
		}
	})
}

// A job that is cancelled while it runs stops at the next beat and stays cancelled; one that waits is never begun.
func TestCancel(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		begun, beat := make(chan struct{}), make(chan time.Time)
		r := job.NewRunner(db, "n1", func() time.Time { return noon }, map[string]job.Handler{
			"wait": func(ctx context.Context, _ job.Job, progress func(done, total int64)) (any, error) {
				progress(1, 2)
				close(begun)
				<-ctx.Done()
				return nil, ctx.Err()
			},
		})
		j, waiting := ask(t, db, "wait"), ask(t, db, "wait")
		ended := make(chan error)
		go func() {
			_, err := r.Once(t.Context(), beat)
			ended <- err
		}()
		<-begun
		beat <- noon
		beat <- noon // the first was told by now
		cancel := func(id job.ID) {
			err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := job.Cancel(ctx, tx, id, noon)
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
		cancel(j.ID)
		for over := false; !over; {
			select {
			case beat <- noon:
			case err := <-ended:
				if over = true; err != nil {
					t.Error(err)
				}
			}
		}
		if got := is(t, db, j.ID, job.Cancelled); got.Done != 1 || got.Total != 2 {
			t.Errorf("%+v", got)
		}
		cancel(waiting.ID)
		if ran, err := r.Once(t.Context(), nil); ran || err != nil {
			t.Errorf("ran %t, %v", ran, err)
		}
	})
}

// A node that is stopped gives its job back; one that fell silent loses it after a lease.
func TestAnotherNodeGoesOn(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	c := &clock{now: noon}
	stopped, stop := context.WithCancel(t.Context())
	first := job.NewRunner(db, "n1", c.Now, map[string]job.Handler{"x": func(ctx context.Context, _ job.Job, _ func(done, total int64)) (any, error) {
		stop()
		return nil, ctx.Err()
	}})
	j := ask(t, db, "x")
	if _, err := first.Once(stopped, nil); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	is(t, db, j.ID, job.Queued)

	silent, stolen := make(chan struct{}), make(chan struct{})
	second := job.NewRunner(db, "n2", c.Now, map[string]job.Handler{"x": func(context.Context, job.Job, func(done, total int64)) (any, error) {
		close(silent)
		<-stolen
		return "late", nil
	}})
	ended := make(chan error)
	go func() {
		_, err := second.Once(t.Context(), nil)
		ended <- err
	}()
	<-silent
	third := job.NewRunner(db, "n3", c.Now, map[string]job.Handler{"x": func(context.Context, job.Job, func(done, total int64)) (any, error) { return "right", nil }})
	if ran, err := third.Once(t.Context(), nil); ran || err != nil {
		t.Fatalf("it was taken from a node that is alive: %v", err)
	}
	c.pass(job.Lease + time.Second)
	if ran, err := third.Once(t.Context(), nil); !ran || err != nil {
		t.Fatalf("ran %t, %v", ran, err)
	}
	close(stolen)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := is(t, db, j.ID, job.Done); string(got.Result) != `"right"` || got.Node != "n3" {
		t.Errorf("%+v", got)
	}
}

// A handler that panics fails its job, and neither the node nor the next one goes down with it.
func TestPanic(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := job.NewRunner(db, "n1", func() time.Time { return noon }, map[string]job.Handler{
			"panic": func(context.Context, job.Job, func(done, total int64)) (any, error) { panic("three sheep") },
		})
		j := ask(t, db, "panic")
		ran, err := r.Once(t.Context(), nil)
		if !ran || err == nil || !strings.Contains(err.Error(), "three sheep") || !strings.Contains(err.Error(), "job_test.go") {
			t.Errorf("ran %t, to be logged: %v", ran, err)
		}
		if got := is(t, db, j.ID, job.Failed); strings.Contains(string(got.Failure), "sheep") || errs.CodeOf(got.Failure.Err()) != "job.panicked" {
			t.Errorf("people read %q", got.Failure)
		}
	})
}

// A job whose node falls silent each time is begun three times.
func TestAttempts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := &clock{now: noon}
		j := ask(t, db, "x")
		begun := 0
		for range job.Attempts + 1 {
			silent := make(chan struct{})
			r := job.NewRunner(db, "n1", c.Now, map[string]job.Handler{"x": func(ctx context.Context, _ job.Job, _ func(done, total int64)) (any, error) {
				begun++
				close(silent)
				<-t.Context().Done() // the node is gone
				return nil, ctx.Err()
			}})
			ran := make(chan struct{})
			go func() {
				defer close(ran)
				_, _ = r.Once(t.Context(), nil)
			}()
			select {
			case <-silent:
			case <-ran:
			}
			c.pass(job.Lease + time.Second)
		}
		if got := is(t, db, j.ID, job.Failed); begun != job.Attempts || errs.CodeOf(got.Failure.Err()) != "job.never_ended" || got.EndedAt.IsZero() {
			t.Errorf("begun %d times: %+v", begun, got)
		}
	})
}

// A heartbeat that fails is tried again, and ends the job only when the lease is nearly over; the job is then begun again.
func TestAHeartbeatFails(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	c := &clock{now: noon}
	begun, beat, ended := make(chan context.Context), make(chan time.Time), make(chan error)
	r := job.NewRunner(db, "n1", c.Now, map[string]job.Handler{"x": func(ctx context.Context, _ job.Job, _ func(done, total int64)) (any, error) {
		begun <- ctx
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	j := ask(t, db, "x")
	go func() {
		_, err := r.Once(t.Context(), beat)
		ended <- err
	}()
	running := <-begun
	breakTable := func(from, to string) {
		if err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, "ALTER TABLE "+from+" RENAME TO "+to)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	breakTable("job_run", "job_gone")
	beat <- c.Now()
	beat <- c.Now() // the first was told by now
	if running.Err() != nil {
		t.Fatal("one failure ended the job")
	}
	breakTable("job_gone", "job_run")
	c.pass(10 * time.Second)
	beat <- c.Now()
	beat <- c.Now()
	breakTable("job_run", "job_gone")
	c.pass(job.Lease - 5*time.Second) // since the last that was told
	beat <- c.Now()
	beat <- c.Now()
	if running.Err() != nil {
		t.Fatal("it ended with a lease")
	}
	c.pass(4 * time.Second)
	beat <- c.Now()
	<-running.Done()
	if err := <-ended; err == nil {
		t.Error("nobody is told that the database is broken")
	}
	breakTable("job_gone", "job_run")
	is(t, db, j.ID, job.Running) // until its lease is over
}

// A fault of the installation is no answer: the job is begun again, three times at most. Another process of the node is another owner.
func TestAFaultIsNoAnswer(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		j := ask(t, db, "x")
		for i := range job.Attempts {
			r := job.NewRunner(db, "n1", func() time.Time { return noon }, map[string]job.Handler{"x": func(context.Context, job.Job, func(done, total int64)) (any, error) {
				return nil, errors.New("the disk is gone")
			}})
			if ran, err := r.Once(t.Context(), nil); !ran || err == nil {
				t.Errorf("ran %t, to be logged: %v", ran, err)
			}
			if i < job.Attempts-1 {
				is(t, db, j.ID, job.Queued)
			}
		}
		if got := is(t, db, j.ID, job.Failed); got.Node != "n1" {
			t.Errorf("%+v", got)
		}
	})
}

// Two processes on one host are two owners: what the one lost the other does not end.
func TestProcessesOfAHost(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	c := &clock{now: noon}
	j := ask(t, db, "x")
	begun, stolen, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	first := job.NewRunner(db, "host", c.Now, map[string]job.Handler{"x": func(context.Context, job.Job, func(done, total int64)) (any, error) {
		close(begun)
		<-stolen
		return "late", nil
	}})
	go func() {
		_, err := first.Once(t.Context(), nil)
		ended <- err
	}()
	<-begun
	c.pass(job.Lease + time.Second)
	second := job.NewRunner(db, "host", c.Now, map[string]job.Handler{"x": func(context.Context, job.Job, func(done, total int64)) (any, error) {
		close(stolen)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		is(t, db, j.ID, job.Running)
		return "right", nil
	}})
	if ran, err := second.Once(t.Context(), nil); !ran || err != nil {
		t.Fatalf("ran %t, %v", ran, err)
	}
	if got := is(t, db, j.ID, job.Done); string(got.Result) != `"right"` || got.Node != "host" {
		t.Errorf("%+v", got)
	}
}
