package store

import (
	"context"
	"database/sql"
	"errors"
)

// link is the writer's one connection. Only the writer's goroutine uses it.
type link struct {
	pool       *sql.DB // holds conn and no other
	conn       *sql.Conn
	session    session
	inserts    map[insertKey]string
	unreleased string               // a savepoint that was kept and is still open, on PostgreSQL
	prepared   map[string]*sql.Stmt // by text, for SQLite; nil on PostgreSQL, whose driver keeps statements by itself

	columnWidths map[copyKey][]int // of columns as COPY takes them, on PostgreSQL
	copied       []byte            // room for rows to be copied
}

// session is what the engine knows about the transaction on the writer's connection.
type session interface {
	// beginText is the statement that begins a transaction.
	beginText() string
	// mark is told that a transaction has begun (true) or was ended by us (false).
	mark(open bool)
	// state is where the transaction is now.
	state() txState
	// committing allows or forbids the engine to commit: outside the writer's own commit nothing may.
	committing(allowed bool)
	// judge says what an error means for the transaction it happened in.
	judge(err error) verdict
}

// txState is where a transaction is.
type txState uint8

const (
	noTx       txState = iota // none is open: the next statement would commit by itself
	standingTx                // open and sound
	abortedTx                 // open, but only good for a rollback
)

func (l *link) begin() error {
	l.unreleased = ""
	_, err := l.exec(writerContext, l.session.beginText())
	if err == nil {
		l.session.mark(true)
	}
	return err
}

func (l *link) commit() error {
	l.session.committing(true)
	_, err := l.exec(writerContext, "COMMIT")
	l.session.committing(false)
	if err == nil {
		l.session.mark(false)
	}
	return err
}

// rollback ends the transaction if one is open.
func (l *link) rollback() error {
	if l.session.state() == noTx {
		return nil
	}
	_, err := l.exec(writerContext, "ROLLBACK")
	if err == nil {
		l.session.mark(false)
	}
	return err
}

// savepoint opens a savepoint. On PostgreSQL the one kept before is released in the same round trip.
func (l *link) savepoint(name string) error {
	text := "SAVEPOINT " + name
	if l.unreleased != "" {
		text = "RELEASE SAVEPOINT " + l.unreleased + ";" + text
		l.unreleased = ""
	}
	_, err := l.exec(writerContext, text)
	return err
}

// keep ends a savepoint and keeps what was done in it.
func (l *link) keep(name string) error {
	if l.prepared == nil {
		l.unreleased = name // a commit or the next savepoint releases it
		return nil
	}
	_, err := l.exec(writerContext, "RELEASE SAVEPOINT "+name)
	return err
}

// undo ends a savepoint and undoes what was done in it.
func (l *link) undo(name string) error {
	_, err := l.exec(writerContext, "ROLLBACK TO SAVEPOINT "+name)
	if err == nil {
		err = l.keep(name)
	}
	return err
}

// mostPrepared bounds the statements kept on the connection; lists of varying length could fill the memory otherwise.
const mostPrepared = 1000

// statement prepares text once a connection.
func (l *link) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	if statement, ok := l.prepared[text]; ok {
		return statement, nil
	}
	if len(l.prepared) >= mostPrepared {
		l.forget()
	}
	statement, err := l.conn.PrepareContext(ctx, sqliteText(text))
	if err != nil {
		return nil, err
	}
	l.prepared[text] = statement
	return statement, nil
}

func (l *link) forget() {
	for text, statement := range l.prepared {
		_ = statement.Close()
		delete(l.prepared, text)
	}
}

func (l *link) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if l.prepared == nil {
		return l.conn.ExecContext(ctx, text, args...)
	}
	statement, err := l.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	return statement.ExecContext(ctx, args...)
}

func (l *link) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if l.prepared == nil {
		return l.conn.QueryContext(ctx, text, args...)
	}
	statement, err := l.statement(ctx, text)
	if err != nil {
		return nil, err
	}
	return statement.QueryContext(ctx, args...)
}

func (l *link) queryRow(ctx context.Context, text string, args ...any) *sql.Row {
	if l.prepared == nil {
		return l.conn.QueryRowContext(ctx, text, args...)
	}
	statement, err := l.statement(ctx, text)
	if err != nil { // the connection reports the same error once more, inside the row
		return l.conn.QueryRowContext(ctx, text, args...)
	}
	return statement.QueryRowContext(ctx, args...)
}

func newLink(pool *sql.DB, conn *sql.Conn, session session) *link {
	return &link{pool: pool, conn: conn, session: session, inserts: map[insertKey]string{}, columnWidths: map[copyKey][]int{}}
}

func (l *link) close() error {
	if l == nil {
		return nil
	}
	l.forget()
	return errors.Join(l.conn.Close(), l.pool.Close())
}
