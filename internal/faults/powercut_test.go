package faults_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// disk is what a power cut would leave: of each file what was synced, and any part of what was written since.
type disk map[string]*file

type file struct {
	synced  []byte
	pending []deed // since the last sync
}

func (d disk) do(deed deed) {
	if deed.what == "remove" { // may be on disk at once
		delete(d, deed.file)
		return
	}
	f := d[deed.file]
	if f == nil {
		f = &file{}
		d[deed.file] = f
	}
	if deed.what != "sync" {
		f.pending = append(f.pending, deed)
		return
	}
	for _, pending := range f.pending {
		f.synced = pending.applied(f.synced)
	}
	f.pending = nil
}

// applied gives the content of a file after a write or truncation of it.
func (d deed) applied(content []byte) []byte {
	end := int(d.offset) + len(d.data)
	if grow := end - len(content); grow > 0 {
		content = append(content, make([]byte, grow)...)
	}
	if d.what == "truncate" {
		return content[:end]
	}
	copy(content[d.offset:], d.data)
	return content
}

// sector is what a disk writes whole or not at all.
const sector = 512

// cut gives the files after a power cut: of what was not synced, each write reached the disk with a probability drawn anew,
// wholly or by some of its sectors.
func (d disk) cut(draw *rand.Rand) map[string][]byte {
	left := map[string][]byte{}
	likely := draw.Float64()*2 - 0.5 // one time in four nothing, one time in four all of it
	for name, f := range d {
		content := append([]byte(nil), f.synced...)
		for _, pending := range f.pending {
			if draw.Float64() >= likely {
				continue
			}
			if whole := len(pending.data) / sector; pending.what == "write" && whole > 0 && draw.IntN(4) == 0 {
				pending.data = pending.data[:draw.IntN(whole)*sector]
			}
			content = pending.applied(content)
		}
		left[name] = content
	}
	return left
}

// cuts audits what power cuts leave of a job that was recorded: one after every so many deeds.
func cuts(t *testing.T, j job, every int) (v verdict, count int) {
	t.Helper()
	path := strings.TrimPrefix(j.DSN, "sqlite:")
	before, err := os.ReadFile(path)
	must(t, err)
	log := filepath.Join(t.TempDir(), "strace")
	if said := run(t, j, harm{wrapper: recorder(t, log)}); !said.closed || len(said.acknowledged) != j.End {
		t.Fatalf("the recorded worker did not finish: %+v", said)
	}
	d := disk{filepath.Base(path): {synced: before}}
	said := newTestimony()
	for i, deed := range recording(t, log) {
		switch {
		case deed.what == "tell":
			said.hear(strings.TrimSpace(string(deed.data)), time.Now())
		case strings.HasSuffix(deed.file, "-shm"): // rebuilt when the database is opened
		default:
			d.do(deed)
		}
		if i%every == every-1 {
			count++
			v = append(v, auditCut(t, j, said, d.cut(rand.New(rand.NewPCG(uint64(i), 3))), uint64(i))...)
		}
	}
	return v, count
}

func auditCut(t *testing.T, j job, said testimony, left map[string][]byte, seed uint64) verdict {
	t.Helper()
	folder, err := os.MkdirTemp(t.TempDir(), "cut")
	must(t, err)
	for name, content := range left {
		must(t, os.WriteFile(filepath.Join(folder, name), content, 0o600))
	}
	defer func() { must(t, os.RemoveAll(folder)) }()
	j.DSN, j.Scratch = "sqlite:"+filepath.Join(folder, "core.db"), true
	said.ready = 0
	return audit(t, j, said, seed)
}

// The power is cut at any moment, and of what was not synced any part is on the disk: nothing acknowledged is lost, nothing is
// done by half or twice. The writes of one run are recorded and replayed up to each cut.
func TestPowerCut_Rule_B_04(t *testing.T) {
	t.Parallel()
	every := 16
	if soaking {
		every = 1
	}
	v, count := cuts(t, job{DSN: founded(t), End: 100, Callers: 8}, every)
	for _, objection := range v {
		t.Error(objection)
	}
	t.Logf("%d cuts", count)
}

// The twin: a store that does not sync loses what it acknowledged.
func TestPowerCutWithoutSyncIsFoundOut(t *testing.T) {
	t.Parallel()
	if v, count := cuts(t, job{DSN: founded(t), End: 100, Callers: 8, Scratch: true}, 50); !v.has(lost) {
		t.Errorf("after %d cuts nothing acknowledged was lost: the test above shows nothing: %s", count, v)
	}
}
