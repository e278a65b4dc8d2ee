package storetest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

const childVariable = "BELLWETHER_STORETEST_CHILD"

// TestMain runs the tests, or is the child that starts a cluster and waits to be killed.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run())
	}
	c, err := startCluster()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(c.folder)
	_, _ = io.Copy(io.Discard, os.Stdin) // until we are killed: a bare select would be a deadlock, and end us
}

// However a test process ends, its server ends with it and its folder is removed.
func TestNothingIsLeftOfAKilledTestProcess(t *testing.T) {
	t.Parallel()
	skipUnwanted(t)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"=1")
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cmd.StdinPipe(); err != nil { // open until the process ends
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(output).ReadString('\n')
	folder := strings.TrimSpace(line)
	if err != nil || !strings.Contains(folder, "bellwether-pg-") {
		t.Fatalf("%s, %v", line, err)
	}
	server, err := pgx.Connect(context.Background(), (&Cluster{folder: folder}).DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if _, err := server.WaitForNotification(context.Background()); err == nil { // returns when the server has gone
		t.Error("the server spoke")
	}
	for {
		if _, err := os.Stat(folder); os.IsNotExist(err) {
			return
		}
		runtime.Gosched()
	}
}

func TestDatabasesAreSeparate(t *testing.T) {
	t.Parallel()
	if a, b := PostgresDSN(t), PostgresDSN(t); a == b {
		t.Errorf("two tests share %s", a)
	}
	if a, b := SQLiteDSN(t), SQLiteDSN(t); a == b {
		t.Errorf("two tests share %s", a)
	}
}
