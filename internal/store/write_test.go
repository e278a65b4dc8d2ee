package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

func TestFunctionsOfManyCallersAreCommittedTogetherAndFailAlone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		table(t, db)
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
					if err := tx.Insert(ctx, "probe", []string{"id", "name"}, [][]any{{i, fmt.Sprint(i)}}); err != nil {
						return err
					}
					switch i % 10 {
					case 3:
						return errRefused
					case 5:
						panic("no")
					}
					return nil
				})
				if wantFail := i%10 == 3 || i%10 == 5; (err != nil) != wantFail || i%10 == 3 && !errors.Is(err, errRefused) {
					t.Errorf("caller %d: %v", i, err)
				}
			})
		}
		wg.Wait()
		if n := count(t, db); n != 160 {
			t.Errorf("%d rows, want 160", n)
		}
	})
}

var errRefused = errors.New("refused")

func table(t *testing.T, db *store.DB) {
	t.Helper()
	write(t, db, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, "CREATE TABLE probe (id BIGINT PRIMARY KEY, name TEXT UNIQUE)")
		return err
	})
}

func write(t *testing.T, db *store.DB, fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := db.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, db *store.DB) int {
	t.Helper()
	var n int
	if err := db.QueryRow(context.Background(), "SELECT COUNT(*) FROM probe").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
