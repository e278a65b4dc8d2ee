package ops

import (
	"errors"
	"io"
	"mime/multipart"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// form is a page that asks for something.
type form struct {
	page   ui.Page
	action string
	fields []templ.Component
	submit string // the verb
	back   string
	danger bool
	upload bool
	wrong  string // with the form as a whole
}

// kind is how its button looks.
func (f form) kind() ui.ButtonKind {
	if f.danger {
		return ui.Danger
	}
	return ui.Primary
}

// ask answers with the form.
func ask(v *cabinet.Visit, f form) error {
	f.page.Narrow = true
	return v.Render(f.page, f.draw())
}

// mistakes are what is wrong with a form, by field; under "" with it as a whole.
type mistakes map[string]string

// wrongly tells what an error says of a form whose fields have those names; where it is not the reader's to mend, it is handed on.
func wrongly(v *cabinet.Visit, err error, fields ...string) (mistakes, error) {
	var known *errs.Error
	if !errors.As(err, &known) || known.Kind != errs.Invalid && known.Kind != errs.Conflict && known.Kind != errs.NotFound && known.Kind != errs.Unpaid {
		return nil, err
	}
	said, hint := v.Error(known)
	if hint != "" {
		first, size := utf8.DecodeRuneInString(hint)
		said += ". " + string(unicode.ToUpper(first)) + hint[size:]
	}
	for _, field := range fields {
		if known.Where == field {
			return mistakes{field: said}, nil
		}
	}
	return mistakes{"": said}, nil
}

// askAgain answers with the form as it was filled in, and what is wrong with it.
func askAgain(v *cabinet.Visit, f form) error {
	f.page.Narrow = true
	return v.RenderWrong(f.page, f.draw())
}

// amountIn reads an amount of a form.
func amountIn(text string) (money.Micro, error) {
	amount, err := lang.ReadAmount(text)
	if err != nil {
		return 0, errs.New(errs.Invalid, "ops.bad_amount", "%.40q is not an amount", text).At("amount").Try("write digits, such as 12.50")
	}
	return amount, nil
}

// value is a field of the form that was sent, without blanks around it.
func value(v *cabinet.Visit, name string) string { return strings.TrimSpace(v.R.PostFormValue(name)) }

const mostInMemory = 8 << 20

// filesIn reads the files of an upload under a field, by their names.
func filesIn(v *cabinet.Visit, field string) (map[string]string, error) {
	if err := v.R.ParseMultipartForm(mostInMemory); err != nil {
		return nil, errs.New(errs.Invalid, "ops.bad_upload", "the files cannot be read: they are too large or broken off").At(field)
	}
	found := map[string]string{}
	for _, header := range v.R.MultipartForm.File[field] {
		text, err := contentOf(header)
		if err != nil {
			return nil, err
		}
		found[header.Filename] = text
	}
	return found, nil
}

func contentOf(header *multipart.FileHeader) (text string, err error) {
	file, err := header.Open()
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	data, err := io.ReadAll(file)
	return string(data), err
}
