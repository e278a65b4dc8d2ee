package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress tells how far a long command is: a bar where somebody watches, a few plain lines where the output is kept.
type progress struct {
	what  string
	err   io.Writer
	bar   *progressbar.ProgressBar // nil until the total is known, and where nobody watches
	drawn bool
	quiet bool
	next  int64 // tenths of the work after which the next plain line is due
}

// The two answers to what a command prints about its progress where nobody watches.
const (
	quiet   = true
	spoken  = false
	inTotal = 4 // plain lines of a spoken progress
)

func (p *Program) progress(what string, silent bool) *progress {
	return &progress{what: what, err: p.Err, drawn: p.Terminal, quiet: silent && !p.Terminal, next: 1}
}

// at says that so much is done.
func (g *progress) at(done, total int64) {
	switch {
	case g.quiet || total <= 0:
	case g.drawn:
		g.draw(done, total)
	case done*inTotal >= total*g.next:
		fmt.Fprintf(g.err, "%s: %d of %d\n", g.what, done, total)
		g.next = done*inTotal/total + 1
	}
}

func (g *progress) draw(done, total int64) {
	if g.bar == nil {
		g.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(g.err), progressbar.OptionSetDescription(fmt.Sprintf("%-20s", g.what)),
			progressbar.OptionSetWidth(32), progressbar.OptionShowCount(), progressbar.OptionThrottle(50*time.Millisecond),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false))
	}
	g.bar.ChangeMax64(total)
	_ = g.bar.Set64(done)
}

// end wipes the bar.
func (g *progress) end() {
	if g.bar != nil {
		_ = g.bar.Clear()
	}
}
