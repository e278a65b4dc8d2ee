package pool

// outlook foresees what the scorer will say of calls to a number that goes from visit to visit in even gaps.
type outlook struct {
	shape     shape
	strangers float64 // weight of the unknown for each holder of the number
	confident float64
}

// outcome is what becomes of calls: shares of them all; the rest is unknown.
type outcome struct{ right, wrong float64 }

func newOutlook(w Weights) outlook {
	return outlook{shape: w.Delays.shape(), strangers: w.odds(), confident: w.Confident}
}

// of foresees the calls to a number with a reuse gap in seconds. A caller who calls within the gap is its last holder, and right where the scorer is
// confident of a last holder so recent (Rule C-11); one who calls later meets another last holder, and is wrong where it is confident of that one.
func (o *outlook) of(gap float64) outcome {
	right, trusted := 0.0, 0.0
	for i, end := range edges[1:] {
		begin := edges[i]
		if begin >= gap {
			break
		}
		end = min(end, gap)
		if o.trusts((begin+end)/2, gap) {
			right += o.shape.before(end) - o.shape.within[i]
			trusted += end - begin
		}
	}
	return outcome{right: right, wrong: (1 - o.shape.before(gap)) * trusted / gap}
}

// trusts reports whether the scorer is confident of a last holder whose visit began so long ago. Its rivals are the holders before it, a gap apart each.
func (o *outlook) trusts(ago, gap float64) bool {
	holders := edges[buckets] / gap
	last, before, unknown := o.shape.at(ago), o.shape.at(ago+gap), holders*o.strangers
	rivals := 0.0
	if ago+gap < edges[buckets] {
		rivals = holders * (1 - o.shape.before(ago+gap/2)) // the sum over all of them, by the middle of each gap
	}
	return last >= before && last >= unknown && last >= o.confident*(last+rivals+unknown)
}
