package idem_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/idem"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Rule B-04: the same key and request are one effect and one answer; another request under the key is a conflict.
func TestARepeatedRequestIsAnsweredFromTheStore(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ran := 0
		first := do(t, db, "k1", idem.Hash([]byte("pay 5")), func() (int, []byte, error) { ran++; return 201, []byte(`{"id":7}`), nil })
		again := do(t, db, "k1", idem.Hash([]byte("pay 5")), func() (int, []byte, error) { ran++; return 500, nil, nil })
		if ran != 1 || first.Replayed || !again.Replayed || again.Status != 201 || string(again.Body) != `{"id":7}` {
			t.Errorf("ran %d times, first %+v, again %+v", ran, first, again)
		}
		_, err := try(db, "k1", idem.Hash([]byte("pay 6")), func() (int, []byte, error) { ran++; return 201, nil, nil })
		if errs.CodeOf(err) != "idem.key_reused" || errs.KindOf(err) != errs.Conflict || ran != 1 {
			t.Errorf("another request under the key: %v, ran %d times", err, ran)
		}
	})
}

func TestAFailedRequestMayBeTriedAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		refused := errors.New("refused")
		if _, err := try(db, "k1", "h", func() (int, []byte, error) { return 0, nil, refused }); !errors.Is(err, refused) {
			t.Fatal(err)
		}
		if a := do(t, db, "k1", "h", func() (int, []byte, error) { return 200, nil, nil }); a.Replayed {
			t.Error("a request that failed was replayed")
		}
	})
}

// Rule B-04: also where the repetitions arrive at once, here on two nodes of one database.
func TestRepetitionsAtOnceAreOneEffect(t *testing.T) {
	t.Parallel()
	dsn := storetest.PostgresDSN(t)
	nodes := []*store.DB{storetest.Open(t, store.Options{DSN: dsn}), storetest.Open(t, store.Options{DSN: dsn})}
	var effects, replays atomic.Int64
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			a, err := try(nodes[i%2], fmt.Sprint(i/20), "h", func() (int, []byte, error) { return 200, []byte("done"), nil })
			if err != nil || string(a.Body) != "done" {
				t.Errorf("%+v, %v", a, err)
			}
			if a.Replayed {
				replays.Add(1)
			} else {
				effects.Add(1)
			}
		})
	}
	wg.Wait()
	if effects.Load() != 5 || replays.Load() != 95 {
		t.Errorf("%d effects and %d replays, want 5 and 95", effects.Load(), replays.Load())
	}
}

// Rule B-04: while a claimed key waits for its answer, another request under it is a conflict, a repetition is not; the first
// answer stands. A request that was given up leaves the key to another one, when no repetition is at work any more.
func TestClaim(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		claim := func(hash string) (idem.Answer, error) {
			return inTx(db, func(ctx context.Context, tx *store.Tx) (idem.Answer, error) {
				return idem.Claim(ctx, tx, "test", "k", hash)
			})
		}
		keep := func(hash, body string) (idem.Answer, error) {
			return inTx(db, func(ctx context.Context, tx *store.Tx) (idem.Answer, error) {
				return idem.Keep(ctx, tx, "test", "k", hash, 201, []byte(body))
			})
		}
		giveUp := func(hash string) {
			if _, err := inTx(db, func(ctx context.Context, tx *store.Tx) (idem.Answer, error) {
				return idem.Answer{}, idem.GiveUp(ctx, tx, "test", "k", hash)
			}); err != nil {
				t.Fatal(err)
			}
		}
		taken := func(hash string) {
			t.Helper()
			if a, err := claim(hash); err != nil || a.Replayed {
				t.Fatalf("claiming for %s: %+v, %v", hash, a, err)
			}
		}
		refused := func(hash string) {
			t.Helper()
			if a, err := claim(hash); errs.CodeOf(err) != "idem.key_reused" {
				t.Fatalf("claiming for %s: %+v, %v", hash, a, err)
			}
		}
		taken("call 1")
		refused("call 2")
		taken("call 1") // a repetition
		giveUp("call 1")
		refused("call 2") // the repetition is at work
		giveUp("call 1")
		giveUp("call 1") // and nothing more to give up
		taken("call 2")
		refused("call 1")
		taken("call 2")
		if a, err := keep("call 2", "first"); err != nil || a.Replayed || string(a.Body) != "first" {
			t.Errorf("kept %+v, %v", a, err)
		}
		for range 2 {
			if a, err := keep("call 2", "second"); err != nil || !a.Replayed || string(a.Body) != "first" || a.Status != 201 {
				t.Errorf("the second answer is %+v, %v", a, err)
			}
			if a, err := claim("call 2"); err != nil || !a.Replayed || string(a.Body) != "first" {
				t.Errorf("a later repetition: %+v, %v", a, err)
			}
			giveUp("call 2") // of no effect: it was answered
		}
		refused("call 1")
	})
}

func inTx(db *store.DB, fn func(ctx context.Context, tx *store.Tx) (idem.Answer, error)) (answer idem.Answer, err error) {
	err = db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		answer, err = fn(ctx, tx)
		return err
	})
	return answer, err
}

func TestPurgeForgetsOldKeysOnly(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ok := func() (int, []byte, error) { return 200, nil, nil }
		for i := range 5 {
			do(t, db, fmt.Sprint(i), "h", ok)
		}
		if n, err := idem.Purge(context.Background(), db, time.Now().Add(-time.Hour)); n != 0 || err != nil {
			t.Errorf("%d young keys were purged, %v", n, err)
		}
		if n, err := idem.Purge(context.Background(), db, time.Now().Add(time.Hour)); n != 5 || err != nil {
			t.Errorf("%d old keys were purged, want 5; %v", n, err)
		}
		if a := do(t, db, "1", "another", ok); a.Replayed {
			t.Error("a purged key was remembered")
		}
	})
}

func TestHashKeepsPartsApart(t *testing.T) {
	t.Parallel()
	if idem.Hash([]byte("ab"), []byte("c")) == idem.Hash([]byte("a"), []byte("bc")) {
		t.Error("two requests have one hash")
	}
}

func try(db *store.DB, key, hash string, fn func() (int, []byte, error)) (idem.Answer, error) {
	var answer idem.Answer
	err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		answer, err = idem.Do(ctx, tx, "test", key, hash, fn)
		return err
	})
	return answer, err
}

func do(t *testing.T, db *store.DB, key, hash string, fn func() (int, []byte, error)) idem.Answer {
	t.Helper()
	answer, err := try(db, key, hash, fn)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}
