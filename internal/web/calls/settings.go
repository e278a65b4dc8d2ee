package calls

import (
	"context"
	"strconv"
	"strings"

	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// bounds are the fields of whole numbers, with their most.
var bounds = []struct {
	name        string
	label, hint lang.Key
	unit        lang.Key
	most        int64
	of          func(*call.Settings) *int64
}{
	{"proper_seconds", "calls.proper_seconds", "calls.proper_seconds_hint", "calls.unit_seconds", call.MostSeconds, func(s *call.Settings) *int64 { return &s.ProperSeconds }},
	{"repeated_days", "calls.repeated_days", "calls.repeated_days_hint", "calls.unit_days", call.MostDays, func(s *call.Settings) *int64 { return &s.RepeatedDays }},
	{"keep_days", "calls.keep_days", "calls.keep_days_hint", "calls.unit_days", call.MostDays, func(s *call.Settings) *int64 { return &s.KeepDays }},
	{"voicemail_days", "calls.voicemail_days", "calls.voicemail_days_hint", "calls.unit_days", call.MostDays, func(s *call.Settings) *int64 { return &s.VoicemailDays }},
}

const categories = "categories"

// askSettings is GET /p/{project}/calls/settings: how the log is read, and how long recordings are kept.
func (s *section) askSettings(v *cabinet.Visit) error {
	var now call.Settings
	if err := v.Read(func(ctx context.Context, q store.Querier) (err error) {
		now, err = call.GetSettings(ctx, q, v.Project.ID)
		return err
	}); err != nil {
		return err
	}
	return v.Render(settingsPlace(v), settingsPage(v.Path(root+"/settings"), settingsFields(v, cabinet.NewForm(typed(now)))))
}

func settingsPlace(v *cabinet.Visit) ui.Page {
	p := page(v, "/settings")
	p.Narrow = true
	return p
}

// typed is settings as the form has them.
func typed(s call.Settings) map[string]string {
	values := map[string]string{categories: strings.Join(s.Categories, "\n")}
	for _, b := range bounds {
		values[b.name] = strconv.FormatInt(*b.of(&s), 10)
	}
	return values
}

func settingsFields(v *cabinet.Visit, form *cabinet.Form) (fields []ui.Field) {
	for _, b := range bounds {
		fields = append(fields, ui.Field{
			ID: strings.ReplaceAll(b.name, "_", "-"), Name: b.name, Label: v.T(b.label), Hint: v.T(b.hint), Unit: v.T(b.unit), Digits: true,
			Value: form.Get(b.name), Error: form.Wrong[b.name],
		})
	}
	return append(fields, ui.Field{
		ID: categories, Name: categories, Label: v.T("calls.categories"), Hint: v.T("calls.categories_hint"), Lines: 6, Value: form.Get(categories),
		Error: form.Wrong["labels"], Longest: call.MostCategories * (call.LongestLabel + 1),
	})
}

// agreed is the field that a reader adds who was shown what would be deleted.
const agreed = "agreed"

// askBeforeExpiry shows how many recordings settings would take away at once, before they do.
func (s *section) askBeforeExpiry(v *cabinet.Visit, form *cabinet.Form, wish call.Settings) (asked bool, err error) {
	n, err := call.WouldExpire(v.Context(), s.DB, v.Project.ID, wish, v.At)
	if err != nil || n == 0 || form.Get(agreed) == yes {
		return false, err
	}
	fields := []ui.Choice{{Value: agreed, Text: yes}, {Value: categories, Text: form.Get(categories)}}
	for _, b := range bounds {
		fields = append(fields, ui.Choice{Value: b.name, Text: form.Get(b.name)})
	}
	title := v.N("calls.expire_title", n)
	return true, v.Render(below(v, title), ui.Confirm{
		Title: title, Text: v.T("calls.expire_text"), Yes: v.T("calls.erase"), No: v.Path(root + "/settings"), Danger: true, Action: v.URL.Path, Fields: fields,
	}.Draw())
}

// setSettings is POST /p/{project}/calls/settings.
func (s *section) setSettings(v *cabinet.Visit) error {
	form := v.Form()
	wish := call.Settings{Categories: strings.Split(form.Get(categories), "\n")}
	names := []string{"labels"}
	for _, b := range bounds {
		names = append(names, b.name)
		n, bad := strconv.ParseInt(form.Get(b.name), 10, 64)
		if bad != nil {
			err := errs.New(errs.Invalid, "call.bad_setting", "%.20q is no whole number", form.Get(b.name)).At(b.name).With("Most", b.most)
			if err := form.Refuse(v, err, b.name); err != nil {
				return err
			}
		}
		*b.of(&wish) = n
	}
	if !form.Refused() {
		if asked, err := s.askBeforeExpiry(v, form, wish); asked || err != nil {
			return err
		}
		err := v.Change(func(ctx context.Context, tx *store.Tx) error { return call.SetSettings(ctx, tx, v.Permit, wish, v.At) })
		if err == nil {
			return v.Done(v.Path(root+"/settings"), ui.Toast{Text: v.T("calls.settings_saved")})
		}
		if err := form.Refuse(v, err, names...); err != nil {
			return err
		}
	}
	return v.RenderWrong(settingsPlace(v), settingsPage(v.Path(root+"/settings"), settingsFields(v, form)))
}
