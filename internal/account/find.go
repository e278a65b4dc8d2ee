package account

import (
	"context"
	"database/sql"
	"strings"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// FindUsers gives up to limit users after one, by age, whose address or name has the words in it; all where there are
// none. Letters of an address match in either case, those of a name as they are written. It is for the operator alone.
func FindUsers(ctx context.Context, q store.Querier, words string, after UserID, limit int) ([]User, error) {
	words = strings.ToValidUTF8(strings.ReplaceAll(strings.TrimSpace(words), "\x00", ""), "")
	like := func(text string) string { return "%" + likeEscaper.Replace(text) + "%" }
	var users []User
	return users, store.EachRow(ctx, q, `SELECT `+userColumns+` FROM account_user WHERE user_id > $1 AND
		(email_key LIKE $2 ESCAPE '\' OR name LIKE $3 ESCAPE '\') ORDER BY user_id LIMIT $4`,
		[]any{string(after), like(strings.ToLower(words)), like(words), limit}, func(rows *sql.Rows) error {
			u, err := scanUser(rows)
			users = append(users, u)
			return err
		})
}

// KeysOf gives the keys of a project (of none: the operators') that a user made, oldest first.
func KeysOf(ctx context.Context, q store.Querier, id ident.ProjectID, maker UserID) ([]Key, error) {
	var keys []Key
	return keys, store.EachRow(ctx, q, `SELECT `+keyColumns+` FROM account_key WHERE project_id = $1 AND made_by = $2 ORDER BY key_id`,
		[]any{string(id), string(maker)}, func(rows *sql.Rows) error {
			k, err := scanKey(rows)
			keys = append(keys, k)
			return err
		})
}
