package store_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// The test binary runs itself as a child that is meant to be killed: childDSN names its database, childMode what it does.
const (
	childDSN  = "BELLWETHER_STORE_CHILD"
	childMode = "BELLWETHER_STORE_CHILD_MODE"
)

func childCommand(dsn, mode string, wrapper ...string) *exec.Cmd {
	args := append(wrapper, os.Args[0])
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), childDSN+"="+dsn, childMode+"="+mode)
	return cmd
}

// child opens the database and, unless its mode is "open", stores transfers from many goroutines until it is killed, each
// two rows that belong together, and says which were acknowledged. In the mode "hasty" it says so too early; in the mode
// "finite" it closes the database after 400, which empties the write-ahead log.
func child(dsn string) {
	ctx, mode := context.Background(), os.Getenv(childMode)
	db, err := store.Open(ctx, store.Options{DSN: dsn})
	if err != nil {
		fmt.Println(errs.CodeOf(err))
		os.Exit(1)
	}
	if mode == "open" {
		return
	}
	fmt.Println("open")
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := worker; mode != "finite" || i < 400; i += 8 {
				err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
					if mode == "hasty" {
						fmt.Println("ack", i)
					}
					return tx.Insert(ctx, "transfer", []string{"id", "side"}, [][]any{{i, -1}, {i, 1}})
				})
				if err != nil {
					fmt.Println("failed", errs.CodeOf(err))
					return
				}
				if mode != "hasty" {
					fmt.Println("ack", i)
				}
			}
		})
	}
	wg.Wait()
	_ = db.Close()
}

// crashed runs a child until it has said ack so many times, or to its own end, kills it, and gives what it acknowledged.
func crashed(t *testing.T, cmd *exec.Cmd, acks int) (acknowledged []int) {
	t.Helper()
	output, err := cmd.StdoutPipe()
	must(t, err, cmd.Start())
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		if number, ok := strings.CutPrefix(lines.Text(), "ack "); ok {
			n, err := strconv.Atoi(number)
			must(t, err)
			acknowledged = append(acknowledged, n)
		}
		if len(acknowledged) == acks {
			must(t, cmd.Process.Kill())
		}
	}
	_ = cmd.Wait()
	return acknowledged
}

// audit opens the database again and counts transfers that were acknowledged and are not there, and half ones.
func audit(t *testing.T, dsn string, acknowledged []int) (missing, half int) {
	t.Helper()
	db := storetest.Open(t, store.Options{DSN: dsn})
	rows, err := db.Query(context.Background(), "SELECT id, COUNT(*) FROM transfer GROUP BY id")
	must(t, err)
	defer func() { _ = rows.Close() }()
	there := map[int]bool{}
	for rows.Next() {
		var id, sides int
		must(t, rows.Scan(&id, &sides))
		there[id] = true
		if sides != 2 {
			half++
		}
	}
	must(t, rows.Err())
	for _, id := range acknowledged {
		if !there[id] {
			missing++
		}
	}
	must(t, db.Health(context.Background()))
	return missing, half
}

func transfers(t *testing.T, dsn string) {
	t.Helper()
	db, err := store.Open(context.Background(), store.Options{DSN: dsn})
	must(t, err)
	write(t, db, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, "CREATE TABLE transfer (id BIGINT, side INTEGER, PRIMARY KEY (id, side))")
		return err
	})
	must(t, db.Close())
}

// After kill -9 in the middle of concurrent writing everything acknowledged is there and nothing is there by half.
func TestNothingAcknowledgedIsLostWhenTheProcessIsKilled(t *testing.T) {
	t.Parallel()
	for name, dsn := range dsns {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := dsn(t)
			transfers(t, address)
			acknowledged := crashed(t, childCommand(address, "write"), 300)
			if missing, half := audit(t, address, acknowledged); missing > 0 || half > 0 || len(acknowledged) < 300 {
				t.Errorf("of %d acknowledged %d are missing; %d by half", len(acknowledged), missing, half)
			}
		})
	}
}

// The twin: a store that acknowledges before it has committed is found out.
func TestAHastyAcknowledgementIsFoundOut(t *testing.T) {
	t.Parallel()
	for range 20 {
		dsn := storetest.SQLiteDSN(t)
		transfers(t, dsn)
		acknowledged := crashed(t, childCommand(dsn, "hasty"), 20)
		if missing, _ := audit(t, dsn, acknowledged); missing > 0 {
			return
		}
	}
	t.Error("twenty times nothing was missing: the test above shows nothing")
}
