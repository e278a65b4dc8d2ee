package settings

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"

	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// caps are the anti-fraud caps as they are written in the form: empty for the price book's.
type caps struct {
	perMinute, perDay, concurrent, countries string
	premium                                  string // "refuse", "allow", or "" for the price book's
}

// nowhere stands for a list of no countries.
const nowhere = "-"

// ownCaps writes the caps of a project.
func ownCaps(l project.Limits) (c caps) {
	if l.PerMinute != nil {
		c.perMinute = l.PerMinute.String()
	}
	if l.PerDay != nil {
		c.perDay = l.PerDay.String()
	}
	if l.ConcurrentCalls != nil {
		c.concurrent = strconv.FormatInt(*l.ConcurrentCalls, 10)
	}
	if l.Countries != nil {
		c.countries = cmp.Or(strings.Join(l.Countries, ", "), nowhere)
	}
	if l.RefusePremium != nil {
		c.premium = map[bool]string{true: "refuse", false: "allow"}[*l.RefusePremium]
	}
	return c
}

// fields are the caps as a form posts them.
func (c caps) fields() []ui.Choice {
	return []ui.Choice{
		{Value: "per_minute", Text: c.perMinute},
		{Value: "per_day", Text: c.perDay},
		{Value: "concurrent_calls", Text: c.concurrent},
		{Value: "countries", Text: c.countries},
		{Value: "refuse_premium", Text: c.premium},
	}
}

// postedCaps are those of a request.
func postedCaps(v *cabinet.Visit) caps {
	post := func(name string) string { return strings.TrimSpace(v.R.PostFormValue(name)) }
	return caps{post("per_minute"), post("per_day"), post("concurrent_calls"), post("countries"), post("refuse_premium")}
}

// limits reads the caps; an error's place is the name of the field.
func (c caps) limits() (l project.Limits, err error) {
	if l.PerMinute, err = amount("per_minute", c.perMinute); err != nil {
		return l, err
	}
	if l.PerDay, err = amount("per_day", c.perDay); err != nil {
		return l, err
	}
	if c.concurrent != "" {
		n, err := strconv.ParseInt(c.concurrent, 10, 64)
		if err != nil {
			return l, badCap("concurrent_calls", c.concurrent)
		}
		l.ConcurrentCalls = &n
	}
	if c.countries != "" {
		l.Countries = readCountries(c.countries)
	}
	switch c.premium {
	case "":
	case "refuse", "allow":
		refuse := c.premium == "refuse"
		l.RefusePremium = &refuse
	default:
		return l, badCap("refuse_premium", c.premium)
	}
	return l, l.Check()
}

func amount(field, text string) (*money.Micro, error) {
	if text == "" {
		return nil, nil
	}
	parsed, err := lang.ReadAmount(text)
	if err != nil {
		return nil, badCap(field, text)
	}
	return &parsed, nil
}

func badCap(field, text string) error {
	return errs.New(errs.Invalid, "project.bad_limit", "%.40q is not a limit", text).At(field)
}

// readCountries reads codes parted by commas or blanks, in either case.
func readCountries(text string) []string {
	list := []string{}
	for _, code := range strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ' ' || c == ';' }) {
		switch {
		case strings.EqualFold(code, project.OwnCountry):
			list = append(list, project.OwnCountry)
		case code != nowhere:
			list = append(list, strings.ToUpper(code))
		}
	}
	return list
}

// capsForm is the caps as they are filled in, with the price book's beside them.
type capsForm struct {
	fields  []ui.Field
	premium ui.Radio
}

// field gives a field by its name.
func (f *capsForm) field(name string) *ui.Field {
	for i := range f.fields {
		if f.fields[i].Name == name {
			return &f.fields[i]
		}
	}
	return nil
}

func capsOf(v *cabinet.Visit, t pricing.Tariff, own caps) capsForm {
	book, off := t.Book.Limits, !canEdit(v)
	beside := func(value string) string { return v.T("settings.book_has", map[string]any{"Value": value}) }
	premium := v.T("settings.premium_allowed")
	if book.RefusePremium {
		premium = v.T("settings.premium_refused")
	}
	countries := v.T("settings.countries_hint", map[string]any{"Value": countriesOf(v, book.Countries), "Home": v.Project.Country})
	return capsForm{
		fields: []ui.Field{
			{ID: "per-minute", Name: "per_minute", Label: v.T("settings.per_minute"), Digits: true, Unit: unitOf(v), Value: own.perMinute, Hint: beside(v.Money(book.PerMinute[t.Currency], t.Currency)), Off: off},
			{ID: "per-day", Name: "per_day", Label: v.T("settings.per_day"), Digits: true, Unit: unitOf(v), Value: own.perDay, Hint: beside(v.Money(book.PerDay[t.Currency], t.Currency)), Off: off},
			{ID: "concurrent", Name: "concurrent_calls", Label: v.T("settings.concurrent"), Digits: true, Value: own.concurrent, Hint: beside(v.Int(int(book.ConcurrentCalls))), Off: off},
			{ID: "countries", Name: "countries", Label: v.T("settings.countries"), Value: own.countries, Hint: countries, Off: off, Longest: 1000, Autocomplete: "off"},
		},
		premium: ui.Radio{ID: "premium", Name: "refuse_premium", Label: v.T("settings.premium"), Value: own.premium, Choices: []ui.RadioChoice{
			{Value: "", Text: beside(premium), Off: off},
			{Value: "refuse", Text: v.T("settings.premium_refuse"), Off: off},
			{Value: "allow", Text: v.T("settings.premium_allow"), Hint: v.T("settings.premium_allow_hint"), Off: off},
		}},
	}
}

// countriesOf writes countries that may be dialled for people.
func countriesOf(v *cabinet.Visit, codes []string) string {
	words := make([]string, len(codes))
	for i, code := range codes {
		words[i] = strings.ReplaceAll(code, project.OwnCountry, v.Project.Country)
	}
	return cmp.Or(strings.Join(words, ", "), nowhere)
}

// setCaps is POST /p/{project}/settings/caps, with a field for each cap; an empty one is the price book's (Rule B-70).
func (s *section) setCaps(v *cabinet.Visit) error {
	wish := postedCaps(v)
	limits, err := wish.limits()
	var old project.Limits
	if err == nil {
		err = s.change(v, "set limits", func(ctx context.Context, tx *store.Tx, now *project.Project) (before, after any, err error) {
			old = now.Limits
			_, err = project.SetLimits(ctx, tx, now.ID, limits)
			return old, limits, err
		})
	}
	var wrong *errs.Error
	if errors.As(err, &wrong) && wrong.Kind == errs.Invalid {
		return s.refuseCaps(v, wish)
	}
	if err != nil {
		return err
	}
	return v.Done(v.Path(root), ui.Toast{Text: v.T("settings.caps_done"), Undo: v.Path(root + "/caps"), Fields: ownCaps(old).fields()})
}

// refuseCaps shows the form as it was filled in, with what is wrong at each field.
func (s *section) refuseCaps(v *cabinet.Visit, wish caps) error {
	wrong := wish.wrong()
	return s.refuse(v, func(c *content) {
		for _, one := range wish.fields() {
			f := c.caps.field(one.Value)
			if f == nil {
				continue
			}
			f.Value = one.Text
			if wrong[one.Value] {
				f.Error = v.T("settings.bad_cap")
				if one.Value == "countries" {
					f.Error = v.T("settings.bad_countries")
				}
			}
		}
		c.caps.premium.Value = wish.premium
		if wrong["refuse_premium"] {
			c.caps.premium.Error = v.T("settings.bad_cap")
		}
	})
}

// wrong tells which fields cannot be read, each by itself: all are said at once.
func (c caps) wrong() map[string]bool {
	found := map[string]bool{}
	for _, one := range []caps{{perMinute: c.perMinute}, {perDay: c.perDay}, {concurrent: c.concurrent}, {countries: c.countries}, {premium: c.premium}} {
		_, err := one.limits()
		var known *errs.Error
		if errors.As(err, &known) {
			found[known.Where] = true
		}
	}
	return found
}
