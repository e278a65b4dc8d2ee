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

// While the disk is full requests are refused with a clear answer and nothing is done by half; when there is space again the
// node goes on without a restart. Here the system says for a while that there is no space.
func TestDiskFullForAWhile_Rule_B_04(t *testing.T) {
	t.Parallel()
	windows := [][2]int{{40, 90}}
	if soaking {
		windows = nil
		for first := 20; first < 400; first += 7 { // a database is not even opened without space
			windows = append(windows, [2]int{first, first + 40})
		}
	}
	for _, w := range windows {
		j := shortJob(t)
		j.End = 200
		said := run(t, j, harm{wrapper: inject(t, writes, fmt.Sprintf("error=ENOSPC:when=%d..%d", w[0], w[1])).wrapper()})
		said.refusedForSpace(t)
		if !slices.Equal(said.health, []string{""}) || len(said.acknowledged) == 0 {
			t.Errorf("window %v: it does not go on: health %q, %d acknowledged", w, said.health, len(said.acknowledged))
		}
		for _, objection := range audit(t, j, said, uint64(w[0])) {
			t.Errorf("window %v: %s", w, objection)
		}
	}
}

func (said testimony) refusedForSpace(t *testing.T) {
	t.Helper()
	if len(said.refused) == 0 {
		t.Error("nothing was refused: the disk was not full")
	}
	for number, reason := range said.refused {
		if !strings.HasPrefix(reason, "store.full ") {
			t.Errorf("operation %d was refused with %s", number, reason)
		}
	}
}

// mountWorks tells why no small file system can be made for a worker, if it cannot.
var mountWorks = sync.OnceValue(func() string {
	args := inSmallDisk("", "", "true")
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		return fmt.Sprintf("no file system can be mounted here (%v: %.200s): run as root, or allow user namespaces", err, out)
	}
	return ""
})

// inSmallDisk is the command that runs another with a file system of its own, of 24 MB, in a folder: a database is copied
// into it and the rest is filled with ballast but for a few pages.
func inSmallDisk(folder, database string, command ...string) []string {
	unshare := []string{"unshare", "--mount"}
	if os.Geteuid() != 0 {
		unshare = append(unshare, "--map-root-user")
	}
	script := `set -e
		test -n "$1" || { mount -t tmpfs none /mnt; exit; }
		mount -t tmpfs -o size=24m none "$1"
		cp "$2" "$1/core.db"
		head -c 400k /dev/zero > "$1/room"
		cat /dev/zero > "$1/ballast" 2>/dev/null || true
		rm "$1/room"
		shift 2; exec "$@"`
	return append(append(unshare, "sh", "-c", script, "sh", folder, database), command...)
}

// The same on a disk that really is full, until something else on it is removed.
func TestDiskReallyFull_Rule_B_04(t *testing.T) {
	t.Parallel()
	if reason := mountWorks(); reason != "" {
		t.Skip(reason)
	}
	folder, kept := t.TempDir(), filepath.Join(t.TempDir(), "core.db")
	j := job{
		DSN: "sqlite:" + filepath.Join(folder, "core.db"), End: 300, Callers: 8, Ballast: filepath.Join(folder, "ballast"), Keep: kept,
	}
	said := run(t, j, harm{wrapper: inSmallDisk(folder, strings.TrimPrefix(founded(t), "sqlite:"))})
	said.refusedForSpace(t)
	if len(said.health) != 2 || said.health[1] != "" || len(said.acknowledged) != j.End || !said.closed {
		t.Errorf("health %q, %d of %d acknowledged in the end", said.health, len(said.acknowledged), j.End)
	}
	j.DSN = "sqlite:" + kept
	for _, objection := range audit(t, j, said, 0) {
		t.Error(objection)
	}
}
