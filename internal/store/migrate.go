package store

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/errs"
)

//go:embed migrations/*.sql migrations/events/*.sql
var migrationFiles embed.FS

// migration is one step of the schema.
type migration struct {
	version  int
	name     string
	text     string
	checksum string
}

// embedded gives a schema's migrations of this program in order.
func embedded(schema Schema) ([]migration, error) {
	return readMigrations(migrationFiles, schema.folder())
}

func readMigrations(files fs.FS, folder string) ([]migration, error) {
	names, err := fs.Glob(files, folder+"/*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	steps := make([]migration, 0, len(names))
	for _, path := range names {
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(path, folder+"/"), ".sql")
		number, _, _ := strings.Cut(name, "_")
		version, err := strconv.Atoi(number)
		if err != nil || len(steps) > 0 && steps[len(steps)-1].version == version {
			return nil, fmt.Errorf("migration %s: the name must begin with a number of its own", path)
		}
		sum := sha256.Sum256(text)
		steps = append(steps, migration{version, name, string(text), hex.EncodeToString(sum[:])})
	}
	return steps, nil
}

var spelling = map[Dialect]*strings.Replacer{
	SQLite:   strings.NewReplacer("{{id}}", "INTEGER", "{{clustered}}", "WITHOUT ROWID"),
	Postgres: strings.NewReplacer("{{id}}", "BIGINT", "{{clustered}}", ""),
}

// storeTables are the store's own, needed before the first migration.
const storeTables = `
CREATE TABLE IF NOT EXISTS schema_migration (version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, at BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS store_heartbeat (id INTEGER PRIMARY KEY, at BIGINT NOT NULL);`

// Migrate brings the schema up to this program's, each step in a transaction of its own. Nodes that start together do it
// once. Errors: store.schema_newer, store.migration_changed, store.migration_failed.
func (db *DB) Migrate(ctx context.Context) error {
	return db.migrate(ctx, func(migration) bool { return true })
}

// migrate takes the steps that are wanted.
func (db *DB) migrate(ctx context.Context, wanted func(migration) bool) error {
	steps, err := embedded(db.options.Schema)
	if err != nil {
		return err
	}
	if err := db.Write(ctx, func(ctx context.Context, tx *Tx) error {
		return lockSchema(ctx, tx, func() error { return tx.script(db.options.Schema.prologue(tx.Dialect()) + storeTables) })
	}); err != nil {
		return err
	}
	if _, err := db.Pending(ctx); err != nil {
		return err
	}
	for _, step := range steps {
		if !wanted(step) {
			continue
		}
		if err := db.Write(ctx, func(ctx context.Context, tx *Tx) error {
			return lockSchema(ctx, tx, func() error { return step.apply(ctx, tx, db.options.Now().UnixMicro()) })
		}); err != nil {
			return err
		}
	}
	return nil
}

// schemaLock is the number under which nodes agree on who migrates.
const schemaLock = 0x62656c6c

// lockSchema makes nodes on one PostgreSQL wait for each other until the transaction ends; on SQLite there is one writer.
func lockSchema(ctx context.Context, tx *Tx, change func() error) error {
	if tx.Dialect() == Postgres {
		if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", schemaLock); err != nil {
			return err
		}
	}
	return change()
}

func (m migration) apply(ctx context.Context, tx *Tx, now int64) error {
	var done int
	if err := tx.QueryRow(ctx, "SELECT COUNT(*) FROM schema_migration WHERE version = $1", m.version).Scan(&done); err != nil || done > 0 {
		return err
	}
	if err := tx.script(spelling[tx.Dialect()].Replace(m.text)); err != nil {
		return errs.New(errs.Internal, "store.migration_failed", "the schema cannot be changed").At(m.name).Because(err)
	}
	return tx.Insert(ctx, "schema_migration", []string{"version", "name", "checksum", "at"}, [][]any{{m.version, m.name, m.checksum, now}})
}

// script runs several statements without arguments.
func (t *Tx) script(text string) error {
	if err := t.ready(""); err != nil {
		return err
	}
	_, err := t.link.conn.ExecContext(writerContext, text)
	return t.note(err)
}

// Pending counts the migrations that this program has and the database has not. A database that has steps this program
// does not know is refused with store.schema_newer.
func (db *DB) Pending(ctx context.Context) (int, error) {
	steps, err := embedded(db.options.Schema)
	if err != nil {
		return 0, err
	}
	applied, err := db.applied(ctx)
	if err != nil {
		return 0, err
	}
	pending := 0
	for _, step := range steps {
		sum, ok := applied[step.version]
		delete(applied, step.version)
		if !ok {
			pending++
		} else if sum != step.checksum {
			return 0, errs.New(errs.Conflict, "store.migration_changed", "the database was migrated with another text of this step").At(step.name).
				Try("use the program that migrated it, or restore a backup")
		}
	}
	for version := range applied {
		return 0, errs.New(errs.Unavailable, "store.schema_newer", "the database's schema is newer than this program: it has step %d", version).
			Try("start the newer program, or restore the backup made before it")
	}
	return pending, nil
}

// Applied counts the migrations the database has; none for one that is new.
func (db *DB) Applied(ctx context.Context) (int, error) {
	applied, err := db.applied(ctx)
	return len(applied), err
}

// applied gives the checksums of the steps the database has.
func (db *DB) applied(ctx context.Context) (map[int]string, error) {
	applied := map[int]string{}
	if there, err := db.hasTable(ctx, "schema_migration"); err != nil || !there {
		return applied, err
	}
	rows, err := db.Query(ctx, "SELECT version, checksum FROM schema_migration")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var version int
		var sum string
		if err := rows.Scan(&version, &sum); err != nil {
			return nil, err
		}
		applied[version] = sum
	}
	return applied, rows.Err()
}

// tableCount counts the tables of a name.
var tableCount = map[Dialect]string{
	SQLite:   "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = $1",
	Postgres: "SELECT COUNT(*) FROM pg_tables WHERE schemaname = ANY (current_schemas(false)) AND tablename = $1",
}

func (db *DB) hasTable(ctx context.Context, name string) (bool, error) {
	var n int
	err := db.QueryRow(ctx, tableCount[db.Dialect()], name).Scan(&n)
	return n > 0, err
}

// SchemaSum names the schemas of this program: it changes when any migration does.
func SchemaSum() (string, error) {
	sum := sha256.New()
	for _, schema := range Schemas {
		steps, err := embedded(schema)
		if err != nil {
			return "", err
		}
		for _, step := range steps {
			_, _ = sum.Write([]byte(step.checksum))
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
