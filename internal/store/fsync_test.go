package store_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"bellwether/internal/store/storetest"
)

// The process is killed at its n-th fsync or write, or that one and all later ones fail: whatever n, everything
// acknowledged is there. A few points in every run, many with BELLWETHER_SOAK=1.
func TestEveryFsyncAndWriteIsAPointToDieAt(t *testing.T) {
	t.Parallel()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed: apt-get install strace")
	}
	points := []int{1, 5, 12, 61}
	if os.Getenv("BELLWETHER_SOAK") == "1" {
		points = points[:0]
		for n := 1; n <= 120; n++ {
			points = append(points, n)
		}
	}
	for _, fault := range []struct{ name, calls, effect string }{
		{"killed at fsync", "fsync,fdatasync", "signal=KILL:when=%d"},
		{"EIO from fsync", "fsync,fdatasync", "error=EIO:when=%d+"},
		{"killed at write", "pwrite64", "signal=KILL:when=%d"},
		{"ENOSPC from write", "pwrite64", "error=ENOSPC:when=%d+"},
	} {
		for _, n := range points {
			t.Run(fmt.Sprint(fault.name, " ", n), func(t *testing.T) {
				t.Parallel()
				dsn := storetest.SQLiteDSN(t)
				transfers(t, dsn)
				log := filepath.Join(t.TempDir(), "strace")
				cmd := childCommand(dsn, "finite", strace, "-f", "-qq", "-o", log, "-e", "trace="+fault.calls,
					"-e", "inject="+fault.calls+":"+fmt.Sprintf(fault.effect, n))
				acknowledged := crashed(t, cmd, -1)
				if missing, half := audit(t, dsn, acknowledged); missing > 0 || half > 0 {
					t.Errorf("of %d acknowledged %d are missing; %d by half", len(acknowledged), missing, half)
				}
				t.Log(len(acknowledged))
			})
		}
	}
}
