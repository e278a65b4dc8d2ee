package staff

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/store"
)

// Binding is a device that is registered with an account at a node, as the SIP side wants it kept over a restart.
type Binding struct {
	UserName string
	Key      string // of the device within the account
	Expires  time.Time
	Body     string // JSON of the SIP side; nobody here reads it
}

// Bindings reads what was registered with a node.
func Bindings(ctx context.Context, q store.Querier, node string) (list []Binding, err error) {
	return list, store.EachRow(ctx, q, `SELECT user_name, binding_key, expires_at, body FROM staff_binding WHERE node = $1 ORDER BY user_name, binding_key`,
		[]any{node}, func(rows *sql.Rows) error {
			var b Binding
			var expires int64
			err := rows.Scan(&b.UserName, &b.Key, &expires, &b.Body)
			b.Expires = time.UnixMicro(expires).UTC()
			list = append(list, b)
			return err
		})
}

// SaveBinding keeps a registration, or keeps it for longer.
func SaveBinding(ctx context.Context, tx *store.Tx, node string, b Binding) error {
	_, err := tx.Exec(ctx, `INSERT INTO staff_binding (user_name, binding_key, node, expires_at, body) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (user_name, binding_key, node) DO UPDATE SET expires_at = excluded.expires_at, body = excluded.body`,
		b.UserName, b.Key, node, b.Expires.UnixMicro(), b.Body)
	return err
}

// RemoveBinding ends a registration; one that is not there is no error.
func RemoveBinding(ctx context.Context, tx *store.Tx, node, user, key string) error {
	_, err := tx.Exec(ctx, `DELETE FROM staff_binding WHERE user_name = $1 AND binding_key = $2 AND node = $3`, user, key, node)
	return err
}

// Registered counts the devices that are registered with some accounts at an instant, by the user name; accounts without any are missing.
func Registered(ctx context.Context, q store.Querier, users []string, at time.Time) (map[string]int, error) {
	devices := map[string]int{}
	if len(users) == 0 {
		return devices, nil
	}
	args := []any{at.UnixMicro()}
	for _, u := range users {
		args = append(args, u)
	}
	return devices, store.EachRow(ctx, q, `SELECT user_name, COUNT(*) FROM staff_binding WHERE expires_at > $1 AND user_name IN (`+store.List(2, len(users))+`) GROUP BY user_name`,
		args, func(rows *sql.Rows) error {
			var user string
			var n int
			err := rows.Scan(&user, &n)
			devices[user] = n
			return err
		})
}

// BoundTo names a node that a device of some accounts is registered with at an instant, the one that lasts longest.
func BoundTo(ctx context.Context, q store.Querier, users []string, at time.Time) (node string, ok bool, err error) {
	if len(users) == 0 {
		return "", false, nil
	}
	args := []any{at.UnixMicro()}
	for _, u := range users {
		args = append(args, u)
	}
	err = q.QueryRow(ctx, `SELECT node FROM staff_binding WHERE expires_at > $1 AND user_name IN (`+store.List(2, len(users))+`) ORDER BY expires_at DESC, node LIMIT 1`, args...).Scan(&node)
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	return node, err == nil, err
}
