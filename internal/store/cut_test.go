package store_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// A connection that is cut before the commit costs nothing. One that is cut while committing leaves the outcome open, and
// the store says so instead of guessing: run again, the change might be made twice.
func TestAConnectionCutWhileCommittingLeavesTheOutcomeOpen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at      string // the text of the message at which the line is cut
		forward bool   // the server still gets it
		want    func(error) bool
		rows    int
	}{
		"before the insert":            {"INSERT INTO probe", false, isNil, 1},
		"after the insert":             {"INSERT INTO probe", true, isNil, 1},
		"before the server commits":    {"COMMIT\x00", false, code("store.outcome_unknown"), 0},
		"after the server committed":   {"COMMIT\x00", true, code("store.outcome_unknown"), 1},
		"while a function is cut out":  {"ROLLBACK TO SAVEPOINT", true, isNil, 1},
		"while another one is started": {"SAVEPOINT f\x00", false, isNil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			line := newLine(t, storetest.PostgresDSN(t))
			db := storetest.Open(t, store.Options{DSN: line.dsn})
			table(t, db)
			arm := sync.OnceFunc(func() { line.cut(c.at, c.forward) })
			outcomes := together(t, db, func(context.Context, *store.Tx) error { arm(); return errRefused }, add(1, "a"))
			if !c.want(outcomes[1]) {
				t.Error(outcomes[1])
			}
			if errs.CodeOf(outcomes[1]) == "store.outcome_unknown" && errs.KindOf(outcomes[1]) != errs.Unavailable {
				t.Error("the caller is not told to try again")
			}
			if line.armed.Load() != nil {
				t.Error("the line was not cut: the test shows nothing")
			}
			if n := len(ids(t, db)); n != c.rows {
				t.Errorf("%d rows, want %d", n, c.rows)
			}
			write(t, db, add(2, "b"))
		})
	}
}

// line is a proxy in front of a server that can be told to break.
type line struct {
	dsn   string
	armed atomic.Pointer[cut]
}

type cut struct {
	at      []byte
	forward bool
}

func (l *line) cut(at string, forward bool) { l.armed.Store(&cut{[]byte(at), forward}) }

func newLine(t *testing.T, dsn string) *line {
	t.Helper()
	server, err := pgx.ParseConfig(dsn)
	must(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	l := &line{dsn: fmt.Sprintf("postgres://%s:%s@%s/%s?sslmode=disable", server.User, server.Password, listener.Addr(), server.Database)}
	network, address := "tcp", net.JoinHostPort(server.Host, fmt.Sprint(server.Port))
	if strings.HasPrefix(server.Host, "/") {
		network, address = "unix", fmt.Sprintf("%s/.s.PGSQL.%d", server.Host, server.Port)
	}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go l.serve(client, network, address)
		}
	}()
	return l
}

func (l *line) serve(client net.Conn, network, address string) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial(network, address)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	var broken atomic.Bool
	go func() {
		defer func() { _ = client.Close() }()
		buffer := make([]byte, 1<<16)
		for {
			n, err := server.Read(buffer)
			if err != nil || broken.Load() { // the answer never arrives
				return
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	}()
	buffer := make([]byte, 1<<16)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		if c := l.armed.Load(); c != nil && bytes.Contains(buffer[:n], c.at) && l.armed.CompareAndSwap(c, nil) {
			broken.Store(true)
			if !c.forward {
				return
			}
			_, _ = server.Write(buffer[:n])
			_, _ = io.Copy(io.Discard, client) // until the other half has closed it
			return
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}
