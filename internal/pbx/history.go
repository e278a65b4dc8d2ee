package pbx

import (
	"time"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
)

// clock tells the instants of a call's history: they go on as time does, whatever becomes of the clock on the wall, so that a replay
// measures what the call measured.
type clock struct {
	began time.Time // by the clock on the wall and by the monotonic one
	at    time.Time // of the last step
}

func (c *clock) tick(now time.Time) {
	if c.began.IsZero() {
		c.began = now
	}
	c.at = c.began.Round(0).UTC().Add(now.Sub(c.began))
}

// remember keeps what happens to the call (Rule T-116).
func (j *journal) remember(h dialplan.Happened) {
	if j.steps.After+len(j.steps.Steps) >= call.MostSteps {
		return
	}
	if arrived, ok := h.Event.(dialplan.Arrived); ok {
		rest, shared := arrived.Split()
		basis, err := call.NewBasis(shared)
		if err != nil {
			j.call.pbx.Log.Error("what a call arrives on cannot be kept", "call", j.call.ref.ID, "err", err)
			return
		}
		h.Event, j.basis, j.steps.Plan = rest, &basis, basis.Hash
	}
	j.steps.Steps = append(j.steps.Steps, h)
}

// basisOf is what calls of a project arrive on.
type basisOf struct {
	project ident.ProjectID
	hash    string
}

// mostBases is how many bases are known to be kept.
const mostBases = 10_000

// keeps tells whether a basis is known to be kept, so that it need not be written with each call.
func (p *PBX) keeps(project ident.ProjectID, b call.Basis) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bases[basisOf{project, b.Hash}]
}

func (p *PBX) kept(project ident.ProjectID, b *call.Basis) {
	if b == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.bases) >= mostBases {
		clear(p.bases)
	}
	p.bases[basisOf{project, b.Hash}] = true
}
