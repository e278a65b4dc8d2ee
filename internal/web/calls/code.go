package calls

import (
	"context"

	"bellwether/internal/call"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// rescore is POST /p/{project}/calls/{call}/rescore: the call is scored by what is known now (Rule C-102), and what came of it is said.
func (s *section) rescore(v *cabinet.Visit) error {
	c, err := s.chosenCall(v)
	if err != nil {
		return err
	}
	changed, err := s.Rescore(v.Context(), v.Permit, c.ID)
	if err != nil {
		return err
	}
	said := v.T("calls.rescored_same")
	if changed {
		said = v.T("calls.rescored")
	}
	return v.Done(v.Path(callPath(c.ID)), ui.Toast{Text: said})
}

// setCode is POST /p/{project}/calls/{call}/code, with the code that the caller saw on the site and said (Rule C-94).
func (s *section) setCode(v *cabinet.Visit) error {
	form := v.Form()
	c, err := s.chosenCall(v)
	if err != nil {
		return err
	}
	origin, err := s.Promo(v.Context(), v.Permit, c.ID, form.Get("promo"))
	if err == nil {
		err = v.Change(func(ctx context.Context, tx *store.Tx) error {
			return call.Confirm(ctx, tx, v.Permit, c.ID, origin, v.At)
		})
	}
	if err != nil {
		return s.refuse(v, form, err, "promo", func(content *callContent) {
			content.code.Value, content.code.Error = form.Raw("promo"), form.Wrong["promo"]
		})
	}
	return v.Done(v.Path(callPath(c.ID)), ui.Toast{Text: v.T("calls.code_saved")})
}
