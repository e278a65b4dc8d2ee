package faults_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// founded is a SQLite file in which the projects are open and have their deposits.
var founded = sync.OnceValue(func() func(t testing.TB) string {
	var once sync.Once
	var content []byte
	return func(t testing.TB) string {
		once.Do(func() {
			dsn := storetest.SQLiteDSN(t)
			found(t, dsn)
			var err error
			content, err = os.ReadFile(strings.TrimPrefix(dsn, "sqlite:"))
			must(t, err)
		})
		path := filepath.Join(t.TempDir(), "core.db")
		must(t, os.WriteFile(path, content, 0o600))
		return "sqlite:" + path
	}
})()

func found(t testing.TB, dsn string) {
	db, err := store.Open(context.Background(), store.Options{DSN: dsn})
	must(t, err)
	must(t, newNode(db).found(context.Background()), db.Close())
}

func foundedPostgres(t testing.TB) string {
	dsn := storetest.PostgresDSN(t)
	found(t, dsn)
	return dsn
}

var engines = map[string]func(t testing.TB) string{"sqlite": founded, "postgres": foundedPostgres}

// Killed with SIGKILL at many moments under concurrent traffic, a node loses nothing it acknowledged and does nothing twice,
// and is ready again within seconds. Rules B-03 to B-06 and B-73.
func TestKilledProcess_Rule_B_04_B_73(t *testing.T) {
	t.Parallel()
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(killPoints) {
				t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
					t.Parallel()
					draw := rand.New(rand.NewPCG(seed, 1))
					j := job{DSN: open(t), End: 100000, Callers: 32}
					said := run(t, j, harm{after: 1 + draw.IntN(400), pause: time.Duration(draw.IntN(3000)) * time.Microsecond})
					if said.closed {
						t.Fatal("the worker was not killed")
					}
					for number, reason := range said.refused {
						t.Errorf("operation %d was refused: %s", number, reason)
					}
					for _, objection := range audit(t, j, said, seed) {
						t.Error(objection)
					}
				})
			}
		})
	}
}

const killPoints = 4
