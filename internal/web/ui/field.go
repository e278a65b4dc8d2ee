package ui

import (
	"strings"

	"github.com/a-h/templ"

	"bellwether/internal/civil"
)

// Field is one line or, with Lines, several lines of text to fill in.
type Field struct {
	ID           string // unique in the page
	Name         string
	Label        string
	Hint         string // what to write, before it is written
	Error        string // what is wrong with what was written, and what to write instead
	Value        string
	Type         string // of the input: text, email, password, tel, number, date, search, url; text where empty
	Unit         string // shown behind the input: "₴"
	Autocomplete string
	Placeholder  string
	Required     bool
	Off          bool
	Lines        int
	Longest      int    // characters, 0 for no limit
	List         string // the id of a datalist with what is offered while one types; empty for none
	Digits       bool   // a code or an amount: digits of equal width, a keyboard of digits
}

// Select is a list to choose one value from.
type Select struct {
	ID, Name, Label, Hint, Error, Value string
	Any                                 string // the text of no value; empty where one must be chosen
	Choices                             []Choice
	Off                                 bool
}

// Check is a box to tick.
type Check struct {
	ID, Name, Label, Hint, Error string
	Value                        string // "on" where empty
	On, Off                      bool
}

// Radio is a group of which one is chosen, each with what it means.
type Radio struct {
	ID, Name, Label, Hint, Error, Value string
	Choices                             []RadioChoice
}

// FileField takes files of an UploadForm.
type FileField struct {
	ID, Name, Label, Hint, Error string
	Accept                       string // ".csv,text/csv"
	Many, Required               bool
}

// RadioChoice is one of a Radio.
type RadioChoice struct {
	Value, Text, Hint string
	Off               bool
}

// inputType is text where what was typed is no date: a field for dates could not show it.
func (f Field) inputType() string {
	if _, err := civil.ParseDate(f.Value); f.Type == "" || f.Type == "date" && f.Value != "" && err != nil {
		return "text"
	}
	return f.Type
}

// described names the elements that say more about a control, and whether what it holds is wrong.
func described(id, hint, wrong string) templ.Attributes {
	var by []string
	attributes := templ.Attributes{}
	if hint != "" {
		by = append(by, id+"-hint")
	}
	if wrong != "" {
		by = append(by, id+"-error")
		attributes["aria-invalid"] = "true"
	}
	if len(by) > 0 {
		attributes["aria-describedby"] = strings.Join(by, " ")
	}
	return attributes
}

func orOn(value string) string {
	if value == "" {
		return "on"
	}
	return value
}

// limits are the attributes of a field that are there only where they mean something.
func (f Field) limits() templ.Attributes {
	attributes := described(f.ID, f.Hint, f.Error)
	if f.Longest > 0 {
		attributes["maxlength"] = f.Longest
	}
	if f.Autocomplete != "" {
		attributes["autocomplete"] = f.Autocomplete
	}
	if f.Placeholder != "" {
		attributes["placeholder"] = f.Placeholder
	}
	if f.List != "" {
		attributes["list"] = f.List
	}
	if f.Digits {
		attributes["inputmode"] = "decimal"
		attributes["class"] = "digits"
	}
	return attributes
}

// describedGroup is described for a group, which cannot be invalid itself.
func describedGroup(id, hint, wrong string) templ.Attributes {
	attributes := described(id, hint, wrong)
	delete(attributes, "aria-invalid")
	return attributes
}
