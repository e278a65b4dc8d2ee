package cabinet

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
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

// secret are the fields that are not tidied: what is typed there is compared, and never shown.
var secret = []string{"password", "old"}

// tidy reads the form of a request before its action does, and takes out of its fields what nobody can see (Rule A-16):
// whoever pasted it there could not find it. errs.Invalid `cabinet.bad_form` where what was posted cannot be read, as where
// it is too long; what is wrong with uploaded files, the action finds and says.
func tidy(r *http.Request) error {
	if err := r.ParseForm(); err != nil && r.Method != http.MethodGet && r.Method != http.MethodHead {
		return errs.New(errs.Invalid, "cabinet.bad_form", "the form could not be read").Try("send it again").Because(err)
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		const inMemory = 8 << 20
		_ = r.ParseMultipartForm(inMemory) // asked for its files, it fails again
	}
	for _, form := range []url.Values{r.Form, r.PostForm} {
		for name, values := range form {
			if slices.Contains(secret, name) {
				continue
			}
			for i := range values {
				values[i] = ident.Visible(values[i])
			}
		}
	}
	return nil
}

// Form is what was posted.
func (v *Visit) Form() *Form { return &Form{Values: v.R.PostForm, Wrong: map[string]string{}} }

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
