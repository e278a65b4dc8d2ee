package faults_test

import (
	"fmt"
	"os/exec"
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

// strace is the command that runs a worker with a fault in some of its system calls.
func strace(t *testing.T, calls, fault string) []string {
	t.Helper()
	if reason := straceWorks(); reason != "" {
		t.Skip(reason)
	}
	return []string{"strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + calls, "-e", "inject=" + calls + ":" + fault}
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
				said := run(t, j, harm{wrapper: strace(t, calls, fmt.Sprint("signal=KILL:when=", n))})
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

// Once an fsync or a write has failed nothing more is acknowledged and the store says that it is ill; after a restart
// everything acknowledged before is there. A disk that fails while it is written to may work again: it makes no difference.
func TestFailedFsyncIsNeverAcknowledged_Rule_B_04(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"error=EIO:when=%d", "error=EIO:when=%d+"} {
		for calls, few := range map[string][]int{syncs: {3, 9}, writes: {40}} {
			t.Run(calls+" "+fault, func(t *testing.T) {
				t.Parallel()
				for _, n := range points(few...) {
					j := shortJob(t)
					said := run(t, j, harm{wrapper: strace(t, calls, fmt.Sprintf(fault, n))})
					if met := len(said.refused) > 0; !met && said.closed && said.health == "" {
						t.Logf("%d points", n-1)
						break
					}
					if len(said.belated) > 0 || said.checked && said.health != "store.write_failed" {
						t.Errorf("fault %d: the store went on: %d belated, health %q", n, len(said.belated), said.health)
					}
					for number, reason := range said.refused {
						if !strings.HasPrefix(reason, "store.") {
							t.Errorf("fault %d: operation %d was refused with %s", n, number, reason)
						}
					}
					for _, objection := range audit(t, j, said, uint64(n)) {
						t.Errorf("fault %d: %s", n, objection)
					}
				}
			})
		}
	}
}
