package pool

// Interval is an estimated share with its 95 % interval (Rule C-18).
type Interval struct {
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Verdict is what became of calls whose truth is known.
type Verdict struct {
	Right   int `json:"right"`
	Wrong   int `json:"wrong"`
	Unknown int `json:"unknown"` // no candidate was confident: not right (Rule C-17)
}
