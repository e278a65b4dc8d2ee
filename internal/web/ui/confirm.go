package ui

// Confirm asks before something that cannot be undone, or that costs money, and shows its effect first. It is a page of
// its own, and a link to it with Button.Dialog opens it over the page one came from.
type Confirm struct {
	Title  string
	Text   string
	Effect []Effect
	Action string   // takes the decision by POST
	Fields []Choice // what the form posts besides: Value is the name, Text the value
	Yes    string   // the verb: "Switch on", "Delete 3 numbers"
	No     string   // the address to go back to
	Danger bool
}

// Effect is one line of what will change.
type Effect struct {
	Text   string
	Before string
	After  string
	Tone   Tone
}

func (c Confirm) kind() ButtonKind {
	if c.Danger {
		return Danger
	}
	return Primary
}

// Toast says what has just been done, and how to undo it.
type Toast struct {
	Tone   Tone
	Text   string
	Undo   string   // the path that undoes it by POST; empty where it cannot be
	Fields []Choice // what undoing posts: Value is the name, Text the value
}
