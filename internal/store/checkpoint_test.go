package store_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Readers who follow each other without a gap do not keep the log from beginning anew for good.
func TestTheLogDoesNotGrowUnderReaders(t *testing.T) {
	t.Parallel()
	dsn := storetest.SQLiteDSN(t)
	db := storetest.Open(t, store.Options{DSN: dsn})
	table(t, db)
	ctx, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	relay := make(chan struct{}) // whoever holds a snapshot gives it up only when the next one has theirs
	hold := func(_ context.Context, q store.Querier) error {
		var n int
		if err := q.QueryRow(context.Background(), "SELECT COUNT(*) FROM probe").Scan(&n); err != nil {
			return err
		}
		for {
			select { // two that meet: one goes, the other stays
			case relay <- struct{}{}:
			case <-relay:
				return nil
			case <-ctx.Done():
				return nil
			}
		}
	}
	for range 3 {
		readers.Go(func() {
			for ctx.Err() == nil {
				if err := db.Snapshot(context.Background(), hold); err != nil {
					t.Error(err)
				}
			}
		})
	}
	churn(t, db, 260)
	stop()
	readers.Wait()
	if size := logSize(t, dsn); size > 200<<20 {
		t.Errorf("the log has %d MB", size>>20)
	}
}

// Written to without a pause, the log begins anew again and again instead of growing, and everything is there in the end.
func TestTheLogDoesNotGrow(t *testing.T) {
	t.Parallel()
	dsn := storetest.SQLiteDSN(t)
	db := storetest.Open(t, store.Options{DSN: dsn})
	table(t, db)
	churn(t, db, 200)
	write(t, db, add(1, "last"))
	if size := logSize(t, dsn); size > 130<<20 {
		t.Errorf("the log has %d MB", size>>20)
	}
	if got := ids(t, db); len(got) != 1 {
		t.Errorf("%d rows, want 1", len(got))
	}
}

// churn writes rows of three pages each, a hundred a transaction, and deletes them after every tenth: 200 come to some 190 MB of log.
func churn(t *testing.T, db *store.DB, transactions int) {
	t.Helper()
	if raced {
		transactions = transactions / 30 * 10 // enough for the log to begin anew
	}
	const each = 100
	page := strings.Repeat("p", 4000)
	for i := range transactions {
		rows := make([][]any, each)
		for j := range rows {
			rows[j] = []any{i*each + j, fmt.Sprint(page, i*each+j)}
		}
		write(t, db, func(ctx context.Context, tx *store.Tx) error {
			return tx.Insert(ctx, "probe", []string{"id", "name"}, rows)
		})
		if i%10 == 9 {
			write(t, db, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, "DELETE FROM probe")
				return err
			})
		}
	}
}

func logSize(t *testing.T, dsn string) int64 {
	t.Helper()
	info, err := os.Stat(strings.TrimPrefix(dsn, "sqlite:") + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
