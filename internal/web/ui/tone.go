package ui

// Tone is what a colour says. It never says it alone: an icon or a word stands beside it.
type Tone string

// The tones. The zero value is neutral.
const (
	Neutral Tone = ""
	Good    Tone = "good"
	Notice  Tone = "info"
	Warning Tone = "warn"
	Bad     Tone = "bad"
)

// icon is the drawing that says the same as the tone.
func (t Tone) icon() Icon {
	switch t {
	case Good:
		return IconDone
	case Warning:
		return IconWarning
	case Bad:
		return IconBad
	default:
		return IconInfo
	}
}

// class joins a class with the class of a tone.
func (t Tone) class(base string) string {
	if t == Neutral {
		return base
	}
	return base + " " + base + "-" + string(t)
}

// Link is a text that leads somewhere.
type Link struct {
	Text string
	Href string
	Icon Icon
	Here bool // it leads to what is shown now
}
