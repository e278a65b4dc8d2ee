package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/errs"
)

// Tx is the transaction a function given to [DB.Write] works in. It is the function's until it returns, and belongs to
// one goroutine.
//
// Statements run one at a time: rows are closed before the next one. After a statement failed, for whatever reason, the
// transaction takes no further ones and the function's effects are undone, also where it returns nil: PostgreSQL works
// like that and SQLite is made to. A statement that is expected to fail goes into Try.
//
// The contexts given to its methods are not looked at: a caller's context that ends inside a statement would undo the
// whole batch.
type Tx struct {
	link   *link
	engine engine
	now    time.Time
	guard  Guard     // of whoever it is for; nil where nobody asks
	rows   *sql.Rows // the last query's, perhaps still open
	failed error     // the first statement that failed
	depth  int       // of Try
	over   bool
}

// Dialect is the engine in use.
func (t *Tx) Dialect() Dialect { return t.engine.dialect() }

// Now is the time at which the transaction began. It is the same for all functions of a batch and later than that of any
// batch before, also where the clock was set back meanwhile.
func (t *Tx) Now() time.Time { return t.now }

// Exec runs a statement that gives no rows.
func (t *Tx) Exec(_ context.Context, text string, args ...any) (sql.Result, error) {
	if err := t.ready(text); err != nil {
		return nil, err
	}
	result, err := t.link.exec(writerContext, text, values(args)...)
	return result, t.note(err)
}

// Query runs a statement that gives rows. The caller closes them before the next statement.
func (t *Tx) Query(_ context.Context, text string, args ...any) (*sql.Rows, error) {
	if err := t.ready(text); err != nil {
		return nil, err
	}
	rows, err := t.link.query(writerContext, text, values(args)...)
	if err != nil {
		return nil, t.note(err)
	}
	t.rows = rows
	return rows, nil
}

// QueryRow runs a statement that gives one row; its error comes out of Scan, which must be called.
func (t *Tx) QueryRow(_ context.Context, text string, args ...any) *sql.Row {
	if err := t.ready(text); err != nil {
		return refusedRow(err)
	}
	row := t.link.queryRow(writerContext, text, values(args)...)
	_ = t.note(row.Err())
	return row
}

// Try runs fn in a savepoint of its own. Where fn fails, its effects are undone, its error is returned and the
// transaction goes on.
func (t *Tx) Try(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if err := t.ready(""); err != nil {
		return err
	}
	t.depth++
	defer func() { t.depth-- }()
	name := "s" + strconv.Itoa(t.depth)
	if err := t.link.savepoint(name); err != nil {
		return t.note(err)
	}
	err := fn(ctx, t)
	failure := t.settle()
	if failure != nil && t.link.session.judge(failure) != harmless {
		return failure
	}
	if err == nil {
		err = failure
	}
	return errors.Join(err, t.leave(name, err == nil))
}

// leave ends a savepoint and keeps or undoes what was done in it. An error means that the transaction is lost.
func (t *Tx) leave(name string, keep bool) error {
	if keep {
		return t.note(t.link.keep(name))
	}
	err := t.link.undo(name)
	if err == nil {
		t.failed = nil
	}
	return t.note(err)
}

// ready refuses a statement where the transaction cannot take one, and any that would end it under the writer.
func (t *Tx) ready(text string) error {
	if t.over {
		return errs.New(errs.Internal, "store.tx_over", "a transaction was used after its function returned")
	}
	if t.rows != nil {
		if _, err := t.rows.Columns(); err == nil {
			return t.note(errs.New(errs.Internal, "store.rows_open", "rows must be closed before the next statement"))
		}
	}
	if failure := t.settle(); failure != nil {
		return errs.New(errs.Internal, "store.tx_failed", "an earlier statement of this transaction failed").Because(failure)
	}
	if controlsTransaction(text) {
		return t.note(errs.New(errs.Internal, "store.tx_control", "a function must not control its transaction: %.40q", text))
	}
	return nil
}

func controlsTransaction(text string) bool {
	word, _, _ := strings.Cut(strings.TrimLeft(text, " \t\n"), " ")
	switch strings.ToUpper(strings.TrimRight(word, ";\n")) {
	case "BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "START", "ABORT":
		return true
	}
	return false
}

// settle closes what is open and gives the first failure of the transaction, also one that only its rows know of.
func (t *Tx) settle() error {
	if t.rows != nil {
		_ = t.rows.Close()
		_ = t.note(t.rows.Err())
		t.rows = nil
	}
	if t.failed == nil && t.link.session.state() != standingTx {
		t.failed = errGone
	}
	return t.failed
}

// errGone stands for an error nobody saw: the transaction is not there any more.
var errGone = errors.New("the transaction was rolled back by the database")

func (t *Tx) note(err error) error {
	if err != nil && t.failed == nil {
		t.failed = err
	}
	return err
}
