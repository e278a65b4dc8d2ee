package ui

import (
	"strconv"

	"github.com/a-h/templ"

	"bellwether/internal/lang"
)

// ProgressView is a long job.
type ProgressView struct {
	ID     string
	Text   string
	Done   int
	Total  int
	Cancel string // the path that cancels it by POST; empty where it cannot be
}

func (p ProgressView) max() string   { return strconv.Itoa(max(1, p.Total)) }
func (p ProgressView) value() string { return strconv.Itoa(min(p.Done, max(1, p.Total))) }

func (p ProgressView) values(v *View) lang.Values {
	return lang.Values{"Done": v.Int(p.Done), "Total": v.Int(p.Total)}
}

// StepperView is a row of steps; Now is the index of the one at hand, len(Steps) when all is done.
type StepperView struct {
	Label string
	Steps []Link
	Now   int
}

func (s StepperView) class(i int) string {
	switch {
	case i < s.Now:
		return "step step-done"
	case i == s.Now:
		return "step step-now"
	default:
		return "step"
	}
}

func currentStep(now bool) templ.Attributes {
	if !now {
		return nil
	}
	return templ.Attributes{"aria-current": "step"}
}

// SwitchView is a switch: what it switches, and where that is done.
type SwitchView struct {
	Label  string // what is on or off, for screen readers
	On     bool
	Off    bool   // it cannot be switched
	Action string // takes the new state by POST, as Name=on or Name=off
	Name   string
	Href   string // or: the page that shows the effect and asks
}

func (s SwitchView) checked() string { return strconv.FormatBool(s.On) }

func (s SwitchView) other() string {
	if s.On {
		return "off"
	}
	return "on"
}
