package recall_test

import (
	"testing"
	"time"

	"bellwether/internal/recall"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestMemoryBelievesForThreeSeconds(t *testing.T) {
	t.Parallel()
	m := recall.NewMemory[string, int](2)
	m.Put("a", 1, noon)
	for _, c := range []struct {
		after time.Duration
		known bool
	}{{0, true}, {2999 * time.Millisecond, true}, {3 * time.Second, false}, {-time.Microsecond, false}, {time.Hour, false}} {
		if _, ok := m.Get("a", noon.Add(c.after)); ok != c.known {
			t.Errorf("%v after it was read: known is %v", c.after, ok)
		}
	}
	m.Forget("a")
	if _, ok := m.Get("a", noon); ok {
		t.Error("what was forgotten is known")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	m := recall.NewMemory[int, int](2)
	for i := range 3 {
		m.Put(i, i, noon)
	}
	known := 0
	for i := range 3 {
		if _, ok := m.Get(i, noon); ok {
			known++
		}
	}
	if known > 2 {
		t.Errorf("a memory of two knows %d", known)
	}
	m.Put(2, 7, noon) // a newer value of a known key takes no room
	if got, _ := m.Get(2, noon); got != 7 {
		t.Errorf("the newer value is %d", got)
	}
}

func TestNotesAreOneAMinute(t *testing.T) {
	t.Parallel()
	n := recall.NewNotes[string]()
	for second := range 50 {
		n.Note("a", noon.Add(time.Duration(second)*time.Second), time.Time{})
	}
	n.Note("saved", noon, noon.Add(-59*time.Second))
	if diff := cmp.Diff([]recall.Note[string]{{Key: "a", At: noon}}, n.Take(noon.Add(50*time.Second))); diff != "" {
		t.Errorf("within a minute (-want +got):\n%s", diff)
	}
	n.Note("a", noon.Add(59*time.Second), time.Time{})
	if got := n.Take(noon.Add(59 * time.Second)); got != nil {
		t.Errorf("noted twice within a minute: %v", got)
	}
	n.Note("a", noon.Add(time.Minute), noon)
	if got := n.Take(noon.Add(time.Minute)); len(got) != 1 {
		t.Errorf("after a minute: %v", got)
	}
}
