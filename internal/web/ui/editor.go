package ui

import "github.com/a-h/templ"

// Editor is a form of numbered steps, with a trial of them beside it that follows what is filled in. Its children are what stands in the
// form: cards, and what adds or saves them. One stands on a page.
type Editor struct {
	Path   string // takes what is filled in; its buttons are named "do"
	Locked bool   // the reader looks and tries, and saves nothing
	Wrong  string // what is wrong as a whole

	State   templ.Component   // of what is saved
	Unsaved string            // says that what stands here is not saved; empty where it is
	Tools   []templ.Component // beside the state

	Trial   string          // what the trial is called
	Fields  templ.Component // of the trial
	Try     string          // what its button says
	TryPath string          // answers with the page, or with the outcome alone where a part is asked for
	Outcome templ.Component
}

// StepCard is one of an Editor's steps. Its children are its fields.
type StepCard struct {
	ID     string // where links to the step lead
	Index  int    // from 0
	Spoken string // what a screen reader says before the title: "Step 3:"
	Title  string
	Badges []templ.Component
	Tools  []Button // up, down, out
	Wrong  []string
}
