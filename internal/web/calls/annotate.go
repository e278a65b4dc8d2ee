package calls

import (
	"context"
	"strconv"
	"strings"

	"bellwether/internal/call"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// addNote is POST /p/{project}/calls/{call}/note, with its text.
func (s *section) addNote(v *cabinet.Visit) error {
	form := v.Form()
	c, err := s.chosenCall(v)
	if err != nil {
		return err
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		_, err := call.AddNote(ctx, tx, v.Permit, c.ID, form.Raw("text"), v.At)
		return err
	})
	if err != nil {
		return s.refuse(v, form, err, "text", func(content *callContent) {
			content.note.Value, content.note.Error = form.Raw("text"), form.Wrong["text"]
		})
	}
	return v.Done(v.Path(callPath(c.ID)), ui.Toast{Text: v.T("calls.note_added")})
}

// refuse shows the page of the call again, with what was typed and what is wrong with it.
func (s *section) refuse(v *cabinet.Visit, form *cabinet.Form, err error, field string, fill func(*callContent)) error {
	if err := form.Refuse(v, err, field); err != nil {
		return err
	}
	if wrong := form.Wrong[""]; wrong != "" {
		return err // it is not what was typed
	}
	content, err := s.content(v)
	if err != nil {
		return err
	}
	fill(content)
	return v.RenderWrong(below(v, content.title), content.draw())
}

// removeNote is POST /p/{project}/calls/{call}/note/{note}/remove. It can be undone by writing it again.
func (s *section) removeNote(v *cabinet.Visit) error {
	c, err := s.chosenCall(v)
	if err != nil {
		return err
	}
	note, _ := strconv.ParseInt(v.R.PathValue("note"), 10, 64)
	toast := ui.Toast{Text: v.T("calls.note_removed")}
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		text, err := call.RemoveNote(ctx, tx, v.Permit, c.ID, note, v.At)
		toast.Undo, toast.Fields = v.Path(callPath(c.ID)+"/note"), []ui.Choice{{Value: "text", Text: text}}
		return err
	}); err != nil {
		return err
	}
	return v.Done(v.Path(callPath(c.ID)), toast)
}

// setLabels is POST /p/{project}/calls/{call}/labels, with the category and the tags, parted by commas.
func (s *section) setLabels(v *cabinet.Visit) error {
	form := v.Form()
	c, err := s.chosenCall(v)
	if err != nil {
		return err
	}
	undo := []ui.Choice{{Value: "tags", Text: strings.Join(c.Tags, ", ")}, {Value: "category", Text: c.Category}}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		if err := call.SetTags(ctx, tx, v.Permit, c.ID, strings.Split(form.Raw("tags"), ","), v.At); err != nil {
			return err
		}
		if !form.Values.Has("category") {
			return nil // a project without categories has no such field
		}
		return call.SetCategory(ctx, tx, v.Permit, c.ID, form.Get("category"), v.At)
	})
	if err != nil {
		return s.refuse(v, form, err, "labels", func(content *callContent) {
			content.tags.Value, content.tags.Error = form.Raw("tags"), form.Wrong["labels"]
		})
	}
	return v.Done(v.Path(callPath(c.ID)), ui.Toast{Text: v.T("calls.labels_saved"), Undo: v.Path(callPath(c.ID) + "/labels"), Fields: undo})
}
