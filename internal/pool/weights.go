package pool

// Weights are what the scorer believes (Rules C-14 to C-16). Every factor is a likelihood ratio: how many times as often the caller's own visit shows
// something as another's visit does. 1 says nothing.
type Weights struct {
	Version     int     `json:"version"`      // of these figures; a receipt names it
	Delays      Delays  `json:"delays"`       // how long after a visit people call: the prior and what was learnt
	Online      float64 `json:"online"`       // the visit is on the site now
	Contact     float64 `json:"contact"`      // it saw a page with contacts
	TelClick    float64 `json:"tel_click"`    // it tapped the number; never the truth (Rule C-19)
	SameRegion  float64 `json:"same_region"`  // caller and visitor are of one region
	OtherRegion float64 `json:"other_region"` // they are not
	KnownPhone  float64 `json:"known_phone"`  // the caller's number is known to be this visitor's
	Strangers   float64 `json:"strangers"`    // share of calls from nobody who saw the number within a Window, 0 to 1
	Confident   float64 `json:"confident"`    // from which probability on a candidate is the answer, if it also beats the unknown
}

// DefaultWeights are what the scorer believes before a project has taught it better (decided).
func DefaultWeights() Weights {
	return Weights{
		Version: 1, Delays: DefaultHabit.Delays(200), Online: 2, Contact: 2, TelClick: 8, SameRegion: 1.5, OtherRegion: 0.6, KnownPhone: 200,
		Strangers: 0.02, Confident: 0.2,
	}
}

// odds are how many calls come from strangers for each call of somebody who saw the number.
func (w Weights) odds() float64 { return w.Strangers / (1 - w.Strangers) }

// check refuses weights that mean nothing.
func (w Weights) check() error {
	for name, factor := range map[string]float64{
		"online": w.Online, "contact": w.Contact, "tel_click": w.TelClick, "same_region": w.SameRegion, "other_region": w.OtherRegion, "known_phone": w.KnownPhone,
	} {
		if !(factor > 0 && factor <= 1e6) {
			return wrong("weights."+name, "write how many times as often, above 0; 1 says nothing", "a factor of %v cannot be", factor)
		}
	}
	switch {
	case !(w.Strangers >= 0 && w.Strangers <= 0.9):
		return wrong("weights.strangers", "write a share from 0 to 0.9", "a share of %v strangers cannot be", w.Strangers)
	case !(w.Confident >= 0 && w.Confident <= 1):
		return wrong("weights.confident", "write a probability from 0 to 1", "a probability of %v cannot be", w.Confident)
	}
	return w.Delays.check()
}
