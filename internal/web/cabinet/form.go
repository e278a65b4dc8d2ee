package cabinet

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"bellwether/internal/errs"
)

// Form is what a reader filled in, and what is wrong with it. Pages draw it, empty or refused, with the same component.
type Form struct {
	Values url.Values
	Wrong  map[string]string // by the name of a field; "" for the form as a whole
}

// NewForm is a form that holds what is there, for the page on which it is first shown.
func NewForm(values map[string]string) *Form {
	f := &Form{Values: url.Values{}, Wrong: map[string]string{}}
	for name, value := range values {
		f.Values.Set(name, value)
	}
	return f
}

// Form reads what was posted. errs.Invalid `cabinet.bad_form` where it cannot be read, as where it is too long.
func (v *Visit) Form() (*Form, error) {
	if err := v.R.ParseForm(); err != nil {
		return nil, errs.New(errs.Invalid, "cabinet.bad_form", "the form could not be read").Try("send it again").Because(err)
	}
	return &Form{Values: v.R.PostForm, Wrong: map[string]string{}}, nil
}

// Get is the value of a field without the blanks around it.
func (f *Form) Get(name string) string { return strings.TrimSpace(f.Values.Get(name)) }

// Raw is the value of a field as it was typed: of a password.
func (f *Form) Raw(name string) string { return f.Values.Get(name) }

// Refuse notes what is wrong: beside the field that the error names, where the form has it, else above them all. It gives
// the error back where it is not the reader's to mend.
func (f *Form) Refuse(v *Visit, err error, fields ...string) error {
	var e *errs.Error
	if !errors.As(err, &e) || e.Kind == errs.Internal {
		return err
	}
	text, hint := v.Error(err)
	if hint != "" {
		text += ". " + hint
	}
	field := ""
	if slices.Contains(fields, e.Where) {
		field = e.Where
	}
	f.Wrong[field] = text
	return nil
}

// Refused reports whether anything is wrong.
func (f *Form) Refused() bool { return len(f.Wrong) > 0 }
