package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"bellwether/internal/errs"
)

const oldestPostgres = 150_000

// postgresEngine is a database on a PostgreSQL server, or on one that speaks its protocol.
type postgresEngine struct{ config *pgx.ConnConfig }

func newPostgres(options Options) (engine, error) {
	config, err := pgx.ParseConfig(options.DSN)
	if err != nil {
		return nil, errs.New(errs.Invalid, "store.dsn", "the store's address cannot be read").Because(err)
	}
	config.RuntimeParams["jit"] = "off" // compiling takes longer than any of our statements runs
	if options.Schema != Core {
		config.RuntimeParams["search_path"] = string(options.Schema)
	}
	config.DialFunc = (&net.Dialer{Timeout: connectTimeout, KeepAliveConfig: keepAlive, Control: giveUpSilence}).DialContext
	return &postgresEngine{config}, nil
}

// silence is how long a server may leave what we sent unconfirmed before the connection counts as cut off. The kernel's own
// patience is a quarter of an hour, and the writer would wait for it.
const silence = 15 * time.Second

var keepAlive = net.KeepAliveConfig{Enable: true, Idle: silence / 3, Interval: silence / 3, Count: 2}

func (e *postgresEngine) dialect() Dialect { return Postgres }

// mostInBatch is the number of subtransactions a backend keeps in shared memory; beyond it every reader pays.
func (e *postgresEngine) mostInBatch() int { return 64 }

func (e *postgresEngine) release() error  { return nil }
func (e *postgresEngine) walBytes() int64 { return 0 }

func (e *postgresEngine) connect(ctx context.Context) (*link, error) {
	config := e.config.Copy()
	// The writer's statements are prepared when tables may be empty, and every one of them has an index: a plan that reads
	// a whole table would be kept until statistics come, while the table grows under it.
	for _, method := range []string{"enable_seqscan", "enable_hashjoin", "enable_mergejoin"} {
		config.RuntimeParams[method] = "off"
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(1)
	conn, err := pool.Conn(ctx)
	if err == nil {
		err = checkPostgres(ctx, conn)
	}
	if err != nil {
		_ = pool.Close()
		return nil, e.openError(err)
	}
	return newLink(pool, conn, &postgresSession{conn}), nil
}

func (e *postgresEngine) openReaders(most int) (*sql.DB, error) {
	config := e.config.Copy()
	config.RuntimeParams["default_transaction_read_only"] = "on"
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(most)
	pool.SetMaxIdleConns(most)
	return pool, nil
}

func (e *postgresEngine) openCheckpoints() (*sql.DB, error) { return nil, nil }

func (e *postgresEngine) openError(err error) error {
	var ours *errs.Error
	if errors.As(err, &ours) {
		return err
	}
	return errs.New(errs.Unavailable, "store.unreachable", "the database cannot be reached").At(e.config.Host).Because(err)
}

func checkPostgres(ctx context.Context, conn *sql.Conn) error {
	var text string
	if err := conn.QueryRowContext(ctx, "SHOW server_version_num").Scan(&text); err != nil {
		return err
	}
	// A commit is answered when it is on the disk, whatever the server's configuration says.
	if _, err := conn.ExecContext(ctx, "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"); err != nil {
		return err
	}
	if version, err := strconv.Atoi(text); err != nil || version < oldestPostgres {
		return errs.New(errs.Unavailable, "store.engine_old", "PostgreSQL %s is too old: 15 or later is needed", text)
	}
	return nil
}

// postgresSession asks the connection: each answer of the server carries the state of the transaction.
type postgresSession struct{ conn *sql.Conn }

func (s *postgresSession) beginText() string {
	return "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
}

func (s *postgresSession) mark(bool) {}

func (s *postgresSession) committing(bool) {}

func (s *postgresSession) state() txState {
	state := noTx
	_ = s.conn.Raw(func(driverConn any) error {
		pg := driverConn.(*stdlib.Conn).Conn().PgConn()
		switch {
		case pg.IsClosed():
		case pg.TxStatus() == 'T':
			state = standingTx
		case pg.TxStatus() == 'E':
			state = abortedTx
		}
		return nil
	})
	return state
}

func (s *postgresSession) closed() bool {
	closed := true
	_ = s.conn.Raw(func(driverConn any) error {
		closed = driverConn.(*stdlib.Conn).Conn().PgConn().IsClosed()
		return nil
	})
	return closed
}

func (s *postgresSession) judge(err error) verdict {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || s.closed() {
			return lost
		}
		return harmless
	}
	switch pg.Code {
	case "40001", "40P01", "55P03":
		return again
	case "0A000":
		if strings.Contains(pg.Message, "cached plan") { // another node has migrated; the driver prepares anew
			return again
		}
	case "53100", "53200":
		return starved
	case "58030", "XX001", "XX002":
		return broken
	case "57P01", "57P02", "57P03", "57P05", "25006":
		return lost
	}
	if strings.HasPrefix(pg.Code, "08") || s.closed() {
		return lost
	}
	return harmless
}
