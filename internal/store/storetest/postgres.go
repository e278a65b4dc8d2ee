package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"hash/fnv"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"bellwether/internal/store"
)

// PostgresDSN gives the address of a migrated, empty PostgreSQL database that is dropped when the test ends.
func PostgresDSN(t testing.TB) string {
	t.Helper()
	return newDatabase(t, func(s *server) string { return s.template })
}

// EmptyPostgresDSN gives the address of a PostgreSQL database without any table, for tests of migrations.
func EmptyPostgresDSN(t testing.TB) string {
	t.Helper()
	return newDatabase(t, func(*server) string { return "template0" })
}

func newDatabase(t testing.TB, template func(*server) string) string {
	t.Helper()
	skipUnwanted(t)
	server, err := sharedServer()
	if err != nil {
		t.Fatal(err)
	}
	dsn, drop, err := server.clone(template(server))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(drop)
	return dsn
}

func skipUnwanted(t testing.TB) {
	t.Helper()
	if os.Getenv("BELLWETHER_SKIP_POSTGRES") == "1" {
		t.Skip("BELLWETHER_SKIP_POSTGRES=1")
	}
}

// server is a running PostgreSQL with a migrated template in it.
type server struct {
	cluster  *Cluster // ours, or nil; held, as its end is the server's
	admin    *sql.DB
	dsn      string // of the database "postgres"
	template string
	made     atomic.Int64
}

// sharedServer is the process's one server, started on first use.
var sharedServer = sync.OnceValues(func() (*server, error) {
	if dsn := os.Getenv("BELLWETHER_TEST_POSTGRES"); dsn != "" {
		return newServer(dsn, nil)
	}
	cluster, err := startCluster()
	if err != nil {
		return nil, err
	}
	return newServer(cluster.DSN("postgres"), cluster)
})

func newServer(dsn string, cluster *Cluster) (*server, error) {
	admin, err := sql.Open("pgx", dsn)
	if err != nil {
		return nil, err
	}
	admin.SetMaxIdleConns(1)
	s := &server{admin: admin, dsn: dsn, cluster: cluster}
	return s, s.makeTemplate(context.Background())
}

// makeTemplate migrates a database to clone from. Its name tells the schema, so that several test processes on one
// server share it; the advisory lock lets one of them make it.
func (s *server) makeTemplate(ctx context.Context) error {
	schema, err := store.SchemaSum()
	if err != nil {
		return err
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(schema))
	s.template = fmt.Sprintf("bellwether_template_%016x", h.Sum64())
	conn, err := s.admin.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(7301)"); err != nil {
		return err
	}
	defer func() { _, _ = conn.ExecContext(ctx, "SELECT pg_advisory_unlock(7301)") }()
	var there bool
	if err := conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", s.template).Scan(&there); err != nil || there {
		return err
	}
	raw := s.template + "_raw" // half made until it has its final name
	if _, err := conn.ExecContext(ctx, "DROP DATABASE IF EXISTS "+raw); err != nil {
		return err
	}
	if _, err := conn.ExecContext(ctx, "CREATE DATABASE "+raw); err != nil {
		return err
	}
	if err := migrate(s.database(raw)); err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "ALTER DATABASE "+raw+" RENAME TO "+s.template)
	return err
}

// clone makes a database for one test.
func (s *server) clone(template string) (dsn string, drop func(), err error) {
	name := fmt.Sprintf("bellwether_%d_%d", os.Getpid(), s.made.Add(1))
	if _, err := s.admin.Exec("CREATE DATABASE " + name + " TEMPLATE " + template + " STRATEGY FILE_COPY"); err != nil {
		return "", nil, err
	}
	return s.database(name), func() { _, _ = s.admin.Exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)") }, nil
}

// database is the address of another database on the server.
func (s *server) database(name string) string {
	address, err := url.Parse(s.dsn)
	if err != nil { // it was parsed by the driver before
		panic(err)
	}
	address.Path = "/" + name
	return address.String()
}
