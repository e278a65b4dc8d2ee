package faults_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// founded gives a SQLite file in which the projects are open and have their deposits.
func founded(t testing.TB) string {
	content, err := foundedFile()
	must(t, err)
	path := filepath.Join(t.TempDir(), "core.db")
	must(t, os.WriteFile(path, content, 0o600))
	return "sqlite:" + path
}

var foundedFile = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "bellwether-faults-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	path := filepath.Join(folder, "core.db")
	if err := found("sqlite:" + path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func found(dsn string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Options{DSN: dsn})
	if err != nil {
		return err
	}
	if err = db.Migrate(ctx); err == nil {
		err = newNode(db).found(ctx)
	}
	if err != nil {
		_ = db.Close()
		return err
	}
	return db.Close()
}

func foundedPostgres(t testing.TB) string {
	dsn := storetest.PostgresDSN(t)
	must(t, found(dsn))
	return dsn
}

var engines = map[string]func(t testing.TB) string{"sqlite": founded, "postgres": foundedPostgres}

// killed runs a worker that would go on for long, kills it at a moment drawn from the seed and audits what it left. With every
// third seed another worker goes on, and is killed as well.
func killed(t *testing.T, j job, seed uint64) verdict {
	t.Helper()
	draw := rand.New(rand.NewPCG(seed, 1))
	j.End, j.Callers = 20_000, 32
	all := newTestimony()
	for range 1 + seed%3/2 {
		said := run(t, j, harm{after: 1 + draw.IntN(300), pause: time.Duration(draw.IntN(3000)) * time.Microsecond})
		if said.closed {
			t.Fatal("the worker was not killed")
		}
		all.join(said)
		all.ready = max(all.ready, said.ready)
	}
	for number, reason := range all.refused {
		t.Errorf("operation %d was refused: %s", number, reason)
	}
	return audit(t, j, all, seed)
}

// Killed with SIGKILL at any moment under concurrent traffic, a node loses nothing it acknowledged and does nothing twice,
// and is ready again within seconds.
func TestKilledProcess_Rule_B_04_B_05_B_10_B_73(t *testing.T) {
	t.Parallel()
	moments := uint64(6)
	if soaking {
		moments = 300
	}
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range moments {
				for _, objection := range killed(t, job{DSN: open(t)}, seed) {
					t.Errorf("seed %d: %s", seed, objection)
				}
			}
		})
	}
}

// The twins: each leaves one safeguard out, and the auditor finds it out.
func TestCarelessNodesAreFoundOut(t *testing.T) {
	t.Parallel()
	for what, careless := range map[string]job{
		lost:       {Hasty: true},     // acknowledges before it has the answer
		doubled:    {Keyless: true},   // does not know a repetition when it sees one
		unbalanced: {Keyless: true},   // and so charges it
		reserved:   {Forgetful: true}, // does not recover what was open
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(20) {
				careless.DSN = founded(t)
				if v := killed(t, careless, seed); v.has(what) {
					return
				}
			}
			t.Error("twenty kills, and the auditor saw nothing: the test above shows nothing")
		})
	}
}
