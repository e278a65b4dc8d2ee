package pool

import (
	"cmp"
	"slices"
	"time"
)

// MostCandidates is how many holders of a number a receipt names: the latest, besides those with a promo code, a known phone or a tapped number. Older
// ones have their delays in it, and speak for the unknown.
const MostCandidates = 50

// Score says whose call it is: each candidate's weight is the factor of its delay times those of its facts, the unknown's is its share
// of all calls to such a number, and probabilities are shares of the sum (Rules C-14 to C-16). Candidates come in any order; a
// visit that is named twice counts once, one that began after the call or a Window or more before it not at all.
func Score(call Call, candidates []Candidate, w Weights) Receipt {
	named, older := eligible(call, candidates)
	return score(Receipt{Revision: 1, Call: call, Older: older}, named, w)
}

// Rescore scores the call anew, by other weights or by what became known since of the candidates, by visit (Rule C-21). The receipt itself stays
// as it is, for history.
func (r Receipt) Rescore(w Weights, known map[string]Facts) Receipt {
	named := make([]Candidate, len(r.Candidates))
	for i, scored := range r.Candidates {
		named[i] = scored.Candidate
		if facts, found := known[scored.Visit]; found {
			named[i].Facts = facts
		}
	}
	return score(Receipt{Revision: r.Revision + 1, Call: r.Call, Older: r.Older}, named, w)
}

// score fills in a receipt.
func score(r Receipt, named []Candidate, w Weights) Receipt {
	r.Weights, r.Candidates = w.Version, make([]Scored, len(named))
	delays := w.Delays.shape()
	unknown := float64(len(named)+len(r.Older)) * w.odds()
	for _, ago := range r.Older {
		unknown += delays.at(float64(ago))
	}
	sum := unknown
	for i, c := range named {
		weight, reasons := w.weigh(&delays, r.Call, c)
		sum += weight
		r.Candidates[i] = Scored{c, weight, reasons}
	}
	r.settle(unknown, sum)
	slices.SortStableFunc(r.Candidates, func(a, b Scored) int {
		return cmp.Or(cmp.Compare(b.Probability, a.Probability), latest(a.Candidate, b.Candidate))
	})
	r.Visit, r.Source = r.answer(w.Confident)
	return r
}

// eligible are the candidates that a receipt names, and how many seconds ago the visits of the others began.
func eligible(call Call, candidates []Candidate) (named []Candidate, older []int64) {
	list := make([]Candidate, 0, len(candidates))
	for _, c := range candidates {
		if delay := call.At.Sub(c.From); delay >= 0 && (delay < Window || c.PromoCode) {
			list = append(list, c)
		}
	}
	if !slices.IsSortedFunc(list, latest) {
		slices.SortStableFunc(list, latest)
	}
	list = slices.CompactFunc(list, func(a, b Candidate) bool { return a.Visit == b.Visit })
	for i, c := range list {
		if i < MostCandidates || c.PromoCode || c.KnownPhone || c.TelClick {
			named = append(named, c)
		} else {
			older = append(older, int64(call.At.Sub(c.From)/time.Second))
		}
	}
	return named, older
}

// latest orders candidates, the latest visit first.
func latest(a, b Candidate) int { return cmp.Or(b.From.Compare(a.From), cmp.Compare(a.Visit, b.Visit)) }

// weigh multiplies the factors of what is known of a candidate.
func (w Weights) weigh(delays *shape, call Call, c Candidate) (float64, []Reason) {
	delay := call.At.Sub(c.From)
	reasons := []Reason{{Code: ReasonDelay, Factor: delays.at(delay.Seconds()), Seconds: int64(delay / time.Second)}}
	add := func(holds bool, code Code, factor float64, region string) {
		if holds {
			reasons = append(reasons, Reason{Code: code, Factor: factor, Region: region})
		}
	}
	placed := call.Region != "" && c.Region != ""
	add(c.Online, ReasonOnline, w.Online, "")
	add(c.Contact, ReasonContact, w.Contact, "")
	add(c.TelClick, ReasonTelClick, w.TelClick, "")
	add(placed && call.Region == c.Region, ReasonSameRegion, w.SameRegion, c.Region)
	add(placed && call.Region != c.Region, ReasonOtherRegion, w.OtherRegion, c.Region)
	add(c.KnownPhone, ReasonKnownPhone, w.KnownPhone, "")
	weight := 1.0
	for _, reason := range reasons {
		weight *= reason.Factor
	}
	add(c.PromoCode, ReasonPromoCode, 0, "")
	return weight, reasons
}

// settle turns weights into probabilities. A promo code is certain (Rule C-16): the latest visit whose code was said takes all.
func (r *Receipt) settle(unknown, sum float64) {
	said := slices.IndexFunc(r.Candidates, func(c Scored) bool { return c.PromoCode })
	for i := range r.Candidates {
		c := &r.Candidates[i]
		switch {
		case said == i:
			c.Probability = 1
		case said >= 0 || sum == 0:
			c.Probability = 0
		default:
			c.Probability /= sum
		}
	}
	switch {
	case said >= 0:
		r.Unknown = 0
	case sum == 0:
		r.Unknown = 1
	default:
		r.Unknown = unknown / sum
	}
}

// half is how likely a source must be where its visit is not known, so that the largest source does not take what nobody knows.
const half = 0.5

// answer is the visit and the source to which the call is attributed: those that are as likely as is asked, and likelier than the unknown (Rule C-15). A visit
// brings its source; where none is confident, visits of one source may be so together.
func (r *Receipt) answer(confident float64) (visit, source string) {
	if len(r.Candidates) == 0 {
		return "", ""
	}
	enough := max(confident, r.Unknown)
	if best := r.Candidates[0]; best.Probability >= enough {
		return best.Visit, best.Source
	}
	best := 0.0
	bySource := map[string]float64{}
	for _, c := range r.Candidates {
		bySource[c.Source] += c.Probability
		if bySource[c.Source] > best {
			best, source = bySource[c.Source], c.Source
		}
	}
	if best >= max(enough, half) {
		return "", source
	}
	return "", ""
}
