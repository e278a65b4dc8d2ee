package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// Cluster is a private PostgreSQL in a temporary folder, reachable through a socket in it. Unless it was started to be
// durable it trades that for speed: fsync is off.
type Cluster struct {
	folder string
	bin    string // folder of the binaries
	owner  *syscall.Credential
	server string    // settings of the server
	life   io.Closer // the watchdog removes the cluster when this is closed, by us or by the end of the process
}

// errNoPostgres says how to get what is missing.
var errNoPostgres = errors.New("PostgreSQL is not installed: run `apt-get install -y postgresql`, or set BELLWETHER_SKIP_POSTGRES=1")

// NewCluster starts a cluster for one test that means to harm it.
func NewCluster(t testing.TB) *Cluster {
	t.Helper()
	skipUnwanted(t)
	c, err := startCluster()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// StartDurable starts a cluster that syncs every commit to disk, as a production server does: for benchmarks.
func StartDurable() (*Cluster, error) { return start(durable) }

// Close stops the server and removes the cluster.
func (c *Cluster) Close() error { return c.life.Close() }

// Create makes an empty database and gives its address.
func (c *Cluster) Create(database string) (dsn string, err error) {
	return c.DSN(database), c.command("createdb", "-h", c.folder, "-U", "postgres", database)
}

func startCluster() (*Cluster, error) { return start(quick) }

func start(server string) (*Cluster, error) {
	c := &Cluster{server: server}
	if err := c.findBinaries(); err != nil {
		return nil, err
	}
	if err := c.makeFolder(); err != nil {
		return nil, err
	}
	if err := c.watch(); err != nil {
		return nil, err
	}
	if err := c.command("initdb", "-D", c.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"); err != nil {
		return nil, err
	}
	return c, c.Start()
}

// DSN is the address of a database in the cluster.
func (c *Cluster) DSN(database string) string {
	query := url.Values{"host": {c.folder}, "user": {"postgres"}}
	return "postgres:///" + database + "?" + query.Encode()
}

// The settings of a server: quick ones for tests, that keep it small and never wait for the disk, and durable ones.
const (
	quick = "-c listen_addresses= -c fsync=off -c full_page_writes=off -c shared_buffers=16MB -c max_connections=100" +
		" -c wal_level=minimal -c max_wal_senders=0 -c autovacuum=off -c jit=off"
	durable = "-c listen_addresses= -c shared_buffers=512MB -c max_connections=100 -c max_wal_size=4GB"
)

// Start starts the server and waits until it takes connections.
func (c *Cluster) Start() error {
	return c.command("pg_ctl", "-D", c.data(), "-w", "-s", "-l", filepath.Join(c.folder, "log"),
		"-o", c.server+" -c unix_socket_directories="+c.folder, "start")
}

// Kill stops the server at once, without a checkpoint, as a crash would.
func (c *Cluster) Kill() error {
	return c.command("pg_ctl", "-D", c.data(), "-w", "-s", "-m", "immediate", "stop")
}

func (c *Cluster) data() string { return filepath.Join(c.folder, "data") }

// findBinaries looks in Debian's folders, newest version first, then in PATH.
func (c *Cluster) findBinaries() error {
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	newest := 0
	for _, path := range folders {
		bin := filepath.Dir(path)
		if version, err := strconv.Atoi(filepath.Base(filepath.Dir(bin))); err == nil && version > newest {
			newest, c.bin = version, bin
		}
	}
	if c.bin == "" {
		path, err := exec.LookPath("initdb")
		if err != nil {
			return errNoPostgres
		}
		c.bin = filepath.Dir(path)
	}
	return nil
}

// makeFolder makes the cluster's folder, owned by the user postgres where we are root: initdb refuses root.
func (c *Cluster) makeFolder() error {
	folder, err := os.MkdirTemp("/tmp", "bellwether-pg-") // a socket's path is at most 107 bytes: not below a long TMPDIR
	if err != nil {
		return err
	}
	c.folder = folder
	if os.Geteuid() != 0 {
		return nil
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		return fmt.Errorf("%w (%w)", errNoPostgres, err)
	}
	uid, err1 := strconv.ParseUint(account.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(account.Gid, 10, 32)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	c.owner = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(folder, int(uid), int(gid))
}

// watch starts a process that waits for the end of ours and then stops the server and removes its folder.
func (c *Cluster) watch() error {
	script := fmt.Sprintf(`trap '' INT TERM HUP; cat; %s -D %s -m immediate -t 20 -s stop; rm -rf %s`, filepath.Join(c.bin, "pg_ctl"), c.data(), c.folder)
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	life, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	c.life = life
	return c.asOwner(cmd).Start()
}

func (c *Cluster) asOwner(cmd *exec.Cmd) *exec.Cmd {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Credential = c.owner
	return cmd
}

func (c *Cluster) command(name string, args ...string) error {
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.Dir = c.folder
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if name == "pg_ctl" { // the server it starts would hold a pipe open
		cmd.Stdout, cmd.Stderr = nil, nil
	}
	if err := c.asOwner(cmd).Run(); err != nil {
		log, _ := os.ReadFile(filepath.Join(c.folder, "log"))
		return fmt.Errorf("%s: %w\n%s%s", name, err, said.Bytes(), log)
	}
	return nil
}
