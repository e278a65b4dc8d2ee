package store_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Written to without a pause, the log begins anew again and again instead of growing, and everything is there in the end.
func TestTheLogDoesNotGrow(t *testing.T) {
	t.Parallel()
	dsn := storetest.SQLiteDSN(t)
	db := storetest.Open(t, store.Options{DSN: dsn})
	table(t, db)
	const rounds, each = 250, 100 // each row takes three pages with its index: 300 MB in all
	page := strings.Repeat("p", 4000)
	for i := range rounds {
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
	write(t, db, add(1, "last"))
	info, err := os.Stat(strings.TrimPrefix(dsn, "sqlite:") + "-wal")
	if most := int64(160 << 20); err != nil || info.Size() > most {
		t.Errorf("the log has %d bytes, at most %d are expected; %v", info.Size(), most, err)
	}
	if got := ids(t, db); len(got) != 1 {
		t.Errorf("%d rows, want 1", len(got))
	}
}
