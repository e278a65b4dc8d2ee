package ui

// Empty is what stands where there is nothing yet: why, and the one thing to do about it.
type Empty struct {
	Icon   Icon
	Title  string
	Text   string
	Action Button // nothing is drawn for the zero value
}

// Failure is a part of a page that could not be shown: what failed, what is safe, and the request's id for support.
type Failure struct {
	Title   string
	Text    string
	Retry   string // the address to try again; empty for none
	Request string
}
