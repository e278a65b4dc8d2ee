package pool

import "math"

// outlook foresees what the scorer will say of calls to the numbers of a site (Rule C-11).
type outlook struct {
	shape     shape
	length    float64 // of visits, seconds
	strangers float64 // weight of the unknown for each holder of a number
	confident float64
	visits    Profile
	total     float64         // visits of a day
	earlier   [24][26]float64 // by hour: what speaks for the visits that came so many hours before it, or earlier, all numbers together
}

func newOutlook(p Plan) *outlook {
	o := &outlook{
		shape: p.Weights.Delays.shape(), length: p.Length.Seconds(), strangers: p.Weights.odds(),
		confident: p.Weights.Confident, visits: p.Visits, total: p.Visits.Total(),
	}
	for hour := range o.earlier {
		for ago := 24; ago >= 0; ago-- {
			begin, end := around(ago)
			o.earlier[hour][ago] = o.earlier[hour][ago+1] + o.came(hour, ago)*(o.shape.before(end)-o.shape.before(begin))
		}
	}
	return o
}

// around is the delays, in seconds, that count as so many hours.
func around(hours int) (begin, end float64) {
	return max(float64(hours)-0.5, 0) * 3600, (float64(hours) + 0.5) * 3600
}

// came is how many visits came in the hour so many hours before an hour.
func (o *outlook) came(hour, ago int) float64 { return o.visits[(hour-ago+48)%24] }

// hour is what becomes of a pool in an hour of the day.
type hour struct {
	gaps    [2]float64 // reuse gaps in seconds, a short and a long one, equally frequent
	right   float64    // share of the callers whose visit is in this hour that the scorer will find
	trusted float64    // share of this hour's time at which it is confident of whoever held a number last
}

// day foresees the hours of a day with so many numbers.
func (o *outlook) day(numbers float64) (hours [24]hour) {
	for i := range hours {
		h := &hours[i]
		h.gaps = o.reuse(i, numbers)
		sum := 0.0
		for _, gap := range h.gaps {
			right, trusted := o.within(i, gap, numbers)
			h.right, h.trusted, sum = h.right+right/2, h.trusted+trusted, sum+gap
		}
		h.trusted /= sum
	}
	return hours
}

// reuse is how many seconds pass from the beginning of a visit in an hour until its number goes to another: until as many visits have come as there are
// numbers, for then all of them have gone round. Visits differ in length, and come at random: the gap is shorter or longer by its standard deviation.
func (o *outlook) reuse(hour int, numbers float64) [2]float64 {
	mean := o.round(hour, numbers)
	rate := numbers / mean
	deviation := min(math.Sqrt(o.length*o.length+numbers/(rate*rate)), mean/2)
	return [2]float64{min(mean-deviation, edges[buckets]), min(mean+deviation, edges[buckets])}
}

// round is how many seconds it takes from the middle of an hour until so many visits have come, at most two Windows.
func (o *outlook) round(hour int, visits float64) float64 {
	for later := range 48 {
		begin, end := around(later)
		if came := o.visits[(hour+later)%24] * (end - begin) / 3600; came < visits {
			visits -= came
			continue
		}
		return max(begin+visits/o.visits[(hour+later)%24]*3600, 1)
	}
	return 2 * edges[buckets]
}

// within foresees the calls within a gap: a caller who calls before the number went to another visit is its last holder, and right where the scorer is
// confident of a last holder so recent. right is the share of all callers who do; trusted, for how many seconds of the gap it is confident.
func (o *outlook) within(hour int, gap, numbers float64) (right, trusted float64) {
	for i, end := range edges[1:] {
		begin := edges[i]
		if begin >= gap {
			break
		}
		end = min(end, gap)
		if o.trusts(hour, (begin+end)/2, gap, numbers) {
			right += o.shape.before(end) - o.shape.within[i]
			trusted += end - begin
		}
	}
	return right, trusted
}

// trusts reports whether the scorer is confident of a last holder whose visit began so many seconds ago. Its rivals are the holders before it.
func (o *outlook) trusts(hour int, ago, gap, numbers float64) bool {
	last, before, unknown := o.shape.at(ago), o.shape.at(ago+gap), max(o.total/numbers, 1)*o.strangers
	rivals := 0.0
	if since := ago + gap/2; since < edges[buckets] { // they are a gap apart: each stands for half a gap before it and half a gap after
		hours := int(since/3600 + 0.5)
		_, end := around(hours)
		rivals = 24 / numbers * (o.earlier[hour][hours+1] + o.came(hour, hours)*(o.shape.before(end)-o.shape.before(since)))
	}
	return last >= before && last >= unknown && last >= o.confident*(last+rivals+unknown)
}

// expect is the share of all calls whose visit will be right, and of those that will be put down to a wrong one: calls that come after the number went to
// another visit, at a time at which the scorer is confident of that one. A late caller of noon calls in the evening, when numbers go round slowly.
func (o *outlook) expect(numbers float64) (right, wrong float64) {
	hours := o.day(numbers)
	for i, h := range hours {
		share := o.visits[i] / o.total
		right += share * h.right
		for later := range 25 {
			begin, end := around(later)
			for _, gap := range h.gaps {
				if end > gap {
					late := o.shape.before(end) - o.shape.before(max(begin, gap))
					wrong += share * late / 2 * hours[(i+later)%24].trusted
				}
			}
		}
	}
	return right, wrong
}
