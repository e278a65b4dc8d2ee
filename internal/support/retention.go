package support

import (
	"context"
	"database/sql"
	"time"

	"bellwether/internal/store"
)

const (
	// KeptFor is for how long a solved conversation is kept after its last message (Rule S-10).
	KeptFor = 3 * 365 * 24 * time.Hour
	// measuresKept is for how long measured waits are kept, well beyond what a Response looks back.
	measuresKept = 90 * 24 * time.Hour
	expirePage   = 200
)

// Expire removes the solved conversations that are too old, and measures that nothing looks at any more. It may run on
// several nodes and as often as it likes. It returns how many conversations it removed.
func Expire(ctx context.Context, db *store.DB, now time.Time) (removed int, err error) {
	err = db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM support_response WHERE answered_at < $1`, now.Add(-measuresKept).UnixMicro())
		return err
	})
	for n := expirePage; n == expirePage && err == nil; removed += n {
		err = db.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			n, err = expireSome(ctx, tx, now.Add(-KeptFor))
			return err
		})
	}
	return removed, err
}

func expireSome(ctx context.Context, tx *store.Tx, before time.Time) (int, error) {
	var ids []any
	err := store.EachRow(ctx, tx, `SELECT conversation_id FROM support_conversation WHERE state = 'solved' AND last_at < $1
		ORDER BY last_at LIMIT $2 FOR UPDATE`, []any{before.UnixMicro(), expirePage}, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return 0, err
	}
	return len(ids), store.EachList(ids, func(in string, args []any) error {
		for _, table := range []string{
			`DELETE FROM support_message`, `DELETE FROM support_read`, `DELETE FROM support_response`, `DELETE FROM support_conversation`,
		} {
			if _, err := tx.Exec(ctx, table+` WHERE conversation_id IN (`+in+`)`, args...); err != nil {
				return err
			}
		}
		return nil
	})
}
