package mail

import (
	_ "embed"
	"html/template"
	"strings"
)

// sheet is what both forms of a mail, text and HTML, are filled with.
type sheet struct {
	Lang, Subject, Lead, Button, Note, Link, Origin, Sender string
}

//go:embed sheet.html
var sheetText string

var sheetForm = template.Must(template.New("sheet").Parse(sheetText))

func (s sheet) letter() (letter, error) {
	var page strings.Builder
	if err := sheetForm.Execute(&page, s); err != nil {
		return letter{}, err
	}
	return letter{Subject: s.Subject, Text: s.text(), HTML: page.String()}, nil
}

// text is the form for readers of plain text: the link stands on a line of its own.
func (s sheet) text() string {
	return strings.Join([]string{s.Lead, s.Button + ":\n" + s.Link, s.Note, "-- \n" + s.Sender + "\n" + s.Origin}, "\n\n") + "\n"
}
