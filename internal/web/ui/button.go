package ui

// Button is a button that submits the form it stands in, or, with Href, a link that looks like one.
type Button struct {
	Text    string
	Icon    Icon
	Href    string // where it leads; such a button is a link
	Kind    ButtonKind
	Small   bool
	Bare    bool   // shows its icon only; Text is its name
	Dialog  bool   // its page opens in the dialog over this one, where scripts run
	Name    string // what it adds to its form
	Value   string
	Off     bool   // cannot be pressed
	Why     string // why it is off, or what it does; shown when pointed at
	Palette bool   // opens the palette
	Whole   bool   // as wide as its place
}

// ButtonKind is how much a button stands out.
type ButtonKind string

// The kinds. The zero value is an ordinary button; a page has one Primary, Danger is for what cannot be undone.
const (
	Ordinary ButtonKind = ""
	Primary  ButtonKind = "primary"
	Danger   ButtonKind = "danger"
	Quiet    ButtonKind = "quiet"
)

func (b Button) class() string {
	class := "button"
	if b.Kind != Ordinary {
		class += " button-" + string(b.Kind)
	}
	if b.Small {
		class += " button-small"
	}
	if b.Bare {
		class += " button-bare"
	}
	if b.Whole {
		class += " button-whole"
	}
	return class
}
