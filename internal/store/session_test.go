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

func TestTheConnectionsAreSetUpToBeDurable(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	db, err := Open(ctx, Options{DSN: "sqlite:" + t.TempDir() + "/core.db"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	settings := func(q Querier, want map[string]string) {
		for name, value := range want {
			var got string
			if err := q.QueryRow(ctx, "PRAGMA "+name).Scan(&got); err != nil || got != value {
				t.Errorf("%s is %s, want %s; %v", name, got, value, err)
			}
		}
	}
	settings(db, map[string]string{"query_only": "1", "foreign_keys": "1", "journal_mode": "wal"})
	if err := db.Write(ctx, func(_ context.Context, tx *Tx) error {
		settings(tx, map[string]string{
			"synchronous": "2", "journal_mode": "wal", "wal_autocheckpoint": "0", "foreign_keys": "1", "query_only": "0",
		})
		return nil
	}); err != nil {
		t.Error(err)
	}
}

func TestOldSQLiteIsRefused(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{
		"3.51.3": false, "3.51.4": false, "3.53.0": false, "4.0.0": false, "3.53": false,
		"3.51.2": true, "3.50.9": true, "2.99.99": true, "": true, "x": true,
	} {
		if got := tooOld(version); got != want {
			t.Errorf("%s: too old is %v", version, got)
		}
	}
}
