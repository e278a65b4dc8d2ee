package store

import (
	"context"
	"testing"
)

// SQLite forgets a transaction by itself on some errors, and what follows would be committed statement by statement. On the
// writer's connection that is refused, whoever sends it.
func TestNothingIsCommittedOutsideTheWritersCommit(t *testing.T) {
	t.Parallel()
	db, err := Open(context.Background(), Options{DSN: "sqlite:" + t.TempDir() + "/core.db"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	err = db.Write(context.Background(), func(ctx context.Context, tx *Tx) error {
		if _, err := tx.Exec(ctx, "CREATE TABLE probe (id BIGINT)"); err != nil {
			return err
		}
		if _, err := tx.link.exec(writerContext, "ROLLBACK"); err != nil { // behind the transaction's back
			return err
		}
		if state := tx.link.session.state(); state != noTx {
			t.Errorf("the session believes in a transaction: %v", state)
		}
		if _, err := tx.link.exec(writerContext, "CREATE TABLE sneaked (id BIGINT)"); err == nil {
			t.Error("a statement without a transaction was taken")
		}
		if _, err := tx.Exec(ctx, "CREATE TABLE sneaked (id BIGINT)"); err == nil {
			t.Error("the transaction took a statement after its end")
		}
		return nil
	})
	if err == nil {
		t.Error("the function succeeded")
	}
	for _, name := range []string{"probe", "sneaked"} {
		if there, err := db.hasTable(context.Background(), name); there || err != nil {
			t.Errorf("the table %s was made: %v", name, err)
		}
	}
}
