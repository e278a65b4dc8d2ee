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
		Strangers: 0.02, Confident: 0.25,
	}
}
