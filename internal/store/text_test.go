package store

import "testing"

func TestSQLiteText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"SELECT a FROM t WHERE b = $1 AND c IN ($2,$3)", "SELECT a FROM t WHERE b = ? AND c IN (?,?)"},
		{"SELECT $1, $1", "SELECT $1, $1"},
		{"SELECT $2, $1", "SELECT $2, $1"},
		{"SELECT '$1', $1", "SELECT '$1', ?"},
		{"SELECT 'it''s $2', \"a$1\", $1", "SELECT 'it''s $2', \"a$1\", ?"},
		{"SELECT $1 -- $2\n, $2 /* $3 */", "SELECT ? -- $2\n, ? /* $3 */"},
		{"SELECT '$1", "SELECT '$1"},
		{"SELECT $1 - $2 / $3", "SELECT ? - ? / ?"},
		{"SELECT $", "SELECT $"},
		{"SELECT $1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11", "SELECT ?,?,?,?,?,?,?,?,?,?,?"},
		{"SELECT a FROM t FOR UPDATE", "SELECT a FROM t "},
		{"SELECT a FROM t WHERE b = $1\n\tFOR UPDATE SKIP LOCKED;\n", "SELECT a FROM t WHERE b = ?\n\t"},
		{"SELECT a FROM t /*by t_b*/ WHERE b = $1 FOR UPDATE", "SELECT a FROM t INDEXED BY t_b WHERE b = ? "},
		{"SELECT a FROM t /*by t_b", "SELECT a FROM t /*by t_b"},
		{"SELECT 'FOR UPDATE'", "SELECT 'FOR UPDATE'"},
	} {
		if got := sqliteText(c.text); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}
