package support

import (
	"context"

	"bellwether/internal/errs"
	"bellwether/internal/store"
	talk "bellwether/internal/support"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

const answersPath = deskBase + "/answers"

// answerForm is what the form of a saved answer holds.
type answerForm struct{ title, body, wrongTitle, wrongBody string }

// answers lists the saved answers, with a form for another.
func (p *pages) answers(v *cabinet.Visit) error { return p.showAnswers(v, answerForm{}) }

func (p *pages) showAnswers(v *cabinet.Visit, form answerForm) error {
	d, err := deskOf(v)
	if err != nil {
		return err
	}
	list, err := d.ListSaved(v.Context(), p.DB)
	if err != nil {
		return err
	}
	page := ui.Page{
		Title: v.T("support.answers"), Section: section, Lead: v.T("support.answers_lead"), Help: article, Narrow: true,
		Crumbs: []ui.Link{{Text: v.T("support.desk"), Href: deskBase}},
	}
	content := answersContent(list, form, d.MayEdit() == nil)
	if form.wrongTitle+form.wrongBody != "" {
		return v.RenderWrong(page, content)
	}
	return v.Render(page, content)
}

// keepAnswer saves an answer.
func (p *pages) keepAnswer(v *cabinet.Visit) error {
	d, err := deskOf(v)
	if err != nil {
		return err
	}
	form := answerForm{title: v.R.PostFormValue("title"), body: v.R.PostFormValue("text")}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		_, err := d.Keep(ctx, tx, form.title, form.body, v.At)
		return err
	})
	if errs.KindOf(err) == errs.Invalid {
		text, _ := v.Error(err)
		if errs.CodeOf(err) == "support.bad_title" {
			form.wrongTitle = text
		} else {
			form.wrongBody = text
		}
		return p.showAnswers(v, form)
	}
	if err != nil {
		return err
	}
	return v.Done(answersPath, ui.Toast{Text: v.T("support.answer_kept")})
}

func (p *pages) savedOf(v *cabinet.Visit) (talk.Desk, talk.Saved, error) {
	d, err := deskOf(v)
	if err != nil {
		return d, talk.Saved{}, err
	}
	s, err := d.GetSaved(v.Context(), p.DB, v.R.PathValue("answer"))
	return d, s, err
}

// askDropAnswer asks before a saved answer is deleted.
func (p *pages) askDropAnswer(v *cabinet.Visit) error {
	_, s, err := p.savedOf(v)
	if err != nil {
		return err
	}
	confirm := ui.Confirm{
		Title: v.T("support.drop_title", map[string]any{"Title": s.Title}), Text: v.T("support.drop_text"), Action: answersPath + "/" + s.ID + "/remove",
		Yes: v.T("support.drop"), No: answersPath, Danger: true,
	}
	page := ui.Page{Title: confirm.Title, Section: section, Narrow: true, Help: "/help/support", Crumbs: []ui.Link{{Text: v.T("support.answers"), Href: answersPath}}}
	return v.Render(page, confirm.Draw())
}

// dropAnswer deletes a saved answer.
func (p *pages) dropAnswer(v *cabinet.Visit) error {
	d, s, err := p.savedOf(v)
	if err != nil {
		return err
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		_, err := d.Drop(ctx, tx, s.ID, v.At)
		return err
	})
	if err != nil {
		return err
	}
	return v.Done(answersPath, ui.Toast{Text: v.T("support.answer_dropped")})
}
