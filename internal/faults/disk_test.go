package faults_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// straceWorks tells why faults cannot be put below a process, if they cannot.
var straceWorks = sync.OnceValue(func() string {
	path, err := exec.LookPath("strace")
	if err != nil {
		return "strace is not installed: apt-get install strace"
	}
	if out, err := exec.Command(path, "-f", "-qq", "-e", "trace=fsync", "true").CombinedOutput(); err != nil {
		return fmt.Sprintf("strace may not trace here (%v: %.200s): allow ptrace, in a container with --cap-add=SYS_PTRACE", err, out)
	}
	return ""
})

// injection is a fault that strace puts into some system calls of a worker, on one file where it names one.
type injection struct {
	calls, fault, log, file string
}

func inject(t *testing.T, calls, fault string) injection {
	t.Helper()
	if reason := straceWorks(); reason != "" {
		t.Skip(reason)
	}
	return injection{calls: calls, fault: fault, log: filepath.Join(t.TempDir(), "strace")}
}

func (i injection) wrapper() []string {
	command := []string{"strace", "-f", "-y", "-qq", "-s", "0", "-o", i.log, "-e", "trace=" + i.calls, "-e", "inject=" + i.calls + ":" + i.fault}
	if i.file != "" {
		command = append(command, "-P", i.file)
	}
	return command
}

// met tells whether the fault was met at all, and whether by the database: SQLite takes no notice of one that hits its folder.
func (i injection) met(t *testing.T) (met, database bool) {
	t.Helper()
	text, err := os.ReadFile(i.log)
	must(t, err)
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "(INJECTED)") {
			met = true
			database = database || strings.Contains(line, "core.db")
		}
	}
	return met, database
}

const (
	syncs  = "fsync,fdatasync"
	writes = "pwrite64"
)

// points are the counts a fault is placed at: a few, or from 1 on until the worker ends without having met it.
func points(few ...int) []int {
	if !soaking {
		return few
	}
	every := make([]int, 2000)
	for i := range every {
		every[i] = i + 1
	}
	return every
}

// shortJob ends by itself within a second, even under strace.
func shortJob(t *testing.T) job { return job{DSN: founded(t), End: 120, Callers: 8} }

// Killed at any fsync, or at any write of a page, a node loses nothing it acknowledged and does nothing twice. Counts are by
// thread; the store's writer has one of its own.
func TestKilledAtEveryFsync_Rule_B_04(t *testing.T) {
	t.Parallel()
	for calls, few := range map[string][]int{syncs: {1, 2, 5, 11, 20}, writes: {10, 33, 120}} {
		t.Run(calls, func(t *testing.T) {
			t.Parallel()
			for _, n := range points(few...) {
				j := shortJob(t)
				said := run(t, j, harm{wrapper: inject(t, calls, fmt.Sprint("signal=KILL:when=", n)).wrapper()})
				for _, objection := range audit(t, j, said, uint64(n)) {
					t.Errorf("killed at the %d. of %s: %s", n, calls, objection)
				}
				if said.closed {
					t.Logf("%d points", n-1)
					break
				}
			}
		})
	}
}

// Killed, or told of an error, while the write-ahead log is copied into the database, under traffic: the same. After an error
// nothing more is acknowledged, though the log is kept; where only room is short, copying waits and the traffic goes on.
func TestFaultsInCheckpoint_Rule_B_04(t *testing.T) {
	t.Parallel()
	faults := []string{"signal=KILL:when=40", "error=EIO:when=40", "error=ENOSPC:when=40..60"}
	if soaking {
		faults = append(faults, "error=EIO:when=1")
		for n := 1; n < 1200; n += 80 { // at least 1,300 pages differ
			faults = append(faults, fmt.Sprint("signal=KILL:when=", n))
		}
	}
	for seed, fault := range faults {
		j := shortJob(t)
		j.Bulk, j.End = 255, 400 // the log has 3,800 pages before the traffic and is copied after 4,000
		i := inject(t, syncs+","+writes, fault)
		i.file = strings.TrimPrefix(j.DSN, "sqlite:")
		said := run(t, j, harm{wrapper: i.wrapper()})
		killed, room := strings.HasPrefix(fault, "signal"), strings.HasPrefix(fault, "error=ENOSPC")
		if killed == said.closed || room != (len(said.acknowledged) == j.End) {
			t.Errorf("%s: %d acknowledged, closed %v: the checkpoint was not met", fault, len(said.acknowledged), said.closed)
		}
		if ill := slices.Equal(said.health, []string{"store.write_failed"}); !killed && !room && !ill {
			t.Errorf("%s: the store says of itself %q", fault, said.health)
		}
		for _, objection := range audit(t, j, said, uint64(seed)) {
			t.Errorf("%s: %s", fault, objection)
		}
	}
}

// Once an fsync or a write has failed nothing more is acknowledged and the store says that it is ill; after a restart
// everything acknowledged before is there. A disk that works again at once makes no difference.
func TestFailedFsyncIsNeverAcknowledged_Rule_B_04(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"%d", "%d+"} {
		for calls, few := range map[string][]int{syncs: {3, 9}, writes: {40}} {
			t.Run(calls+" "+when, func(t *testing.T) {
				t.Parallel()
				for _, n := range points(few...) {
					if !failedDisk(t, n, inject(t, calls, "error=EIO:when="+fmt.Sprintf(when, n))) {
						t.Logf("%d points", n-1)
						break
					}
				}
			})
		}
	}
}

// failedDisk runs a worker into an I/O error and reports whether it met it.
func failedDisk(t *testing.T, n int, fault injection) bool {
	t.Helper()
	j := shortJob(t)
	said := run(t, j, harm{wrapper: fault.wrapper()})
	for number, reason := range said.refused {
		if !strings.HasPrefix(reason, "store.write_failed") && said.health != nil {
			t.Errorf("fault %d: operation %d was refused with %s", n, number, reason)
		}
	}
	met, database := fault.met(t)
	if said.ready > 0 && said.health == nil {
		t.Errorf("fault %d: somebody never got an answer", n)
	}
	if ill := slices.Equal(said.health, []string{"store.write_failed"}); len(said.belated) > 0 || database && said.health != nil && !ill {
		t.Errorf("fault %d: the store went on: %d belated, health %q", n, len(said.belated), said.health)
	}
	for _, objection := range audit(t, j, said, uint64(n)) {
		t.Errorf("fault %d: %s", n, objection)
	}
	return met
}

// The twin: a node that acknowledges before it has the answer goes on when the disk fails or is full, and what it
// acknowledged is not there.
func TestHastyNodeOnABadDiskIsFoundOut(t *testing.T) {
	t.Parallel()
	for calls, fault := range map[string]string{syncs: "error=EIO:when=9+", writes: "error=ENOSPC:when=60+"} {
		j := shortJob(t)
		j.Hasty = true
		if said := run(t, j, harm{wrapper: inject(t, calls, fault).wrapper()}); !audit(t, j, said, 0).has(lost) {
			t.Errorf("%s: the tests above and that of the full disk show nothing", fault)
		}
	}
}
