package call

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

const viewing = access.View

// LongestNote is how many characters a note has.
const LongestNote = 4000

var noteIDs ident.Sequence

// mark locks a call that the holder of a permit may edit.
func mark(ctx context.Context, tx *store.Tx, p access.Permit, id ID) (Call, error) {
	w, err := Look(p, access.Edit)
	if err != nil {
		return Call{}, err
	}
	c, err := lock(ctx, tx, w.project, id)
	if err == nil && !w.sees(c) {
		err = w.hidden(c)
	}
	return c, err
}

// hidden is the answer about a call that may not be edited: one that may be seen is refused, another is not there.
func (w Window) hidden(c Call) error {
	if view, err := Look(w.permit, viewing); err != nil || !view.sees(c) {
		return noCall()
	}
	return errs.New(errs.Denied, "call.not_yours", "this call is somebody else's").At("call").Try("ask whoever is responsible for it")
}

// record writes who changed a call.
func (c Call) record(ctx context.Context, tx *store.Tx, p access.Permit, action string, before, after any, at time.Time) error {
	return audit.Write(ctx, tx, p.Actor(), at, audit.Change{Org: p.Org, Object: "call", ObjectID: c.ID.String(), Action: action, Before: before, After: after})
}

// AddNote writes a note to a call (Rule T-108). The trail keeps that there is one, not what it says. Errors: errs.Denied
// `access.denied`, `call.not_yours`, errs.NotFound `call.not_found`, errs.Invalid `call.empty_note`, `call.note_too_long`.
func AddNote(ctx context.Context, tx *store.Tx, p access.Permit, id ID, text string, at time.Time) (Note, error) {
	c, err := mark(ctx, tx, p, id)
	if err != nil {
		return Note{}, err
	}
	text = lines(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return Note{}, errs.New(errs.Invalid, "call.empty_note", "a note needs text").At("text").Try("write something")
	case n > LongestNote:
		return Note{}, errs.New(errs.Invalid, "call.note_too_long", "a note has up to %d characters, this one has %d", LongestNote, n).At("text").
			Try("shorten it").With("Longest", LongestNote)
	}
	n := Note{ID: noteIDs.Next(tx.Now()), Call: id, At: whole(at), Author: author(p), Text: text}
	if err := tx.Insert(ctx, "call_note", []string{"project_id", "call_id", "note_id", "at", "author", "body", "folded"},
		[][]any{{string(c.Project), int64(c.ID), n.ID, micros(n.At), n.Author, n.Text, strings.ToLower(n.Text)}}); err != nil {
		return n, err
	}
	if _, err := tx.Exec(ctx, `UPDATE call_log SET notes = notes + 1 WHERE project_id = $1 AND call_id = $2`, string(c.Project), int64(c.ID)); err != nil {
		return n, err
	}
	return n, c.record(ctx, tx, p, "note", nil, map[string]string{"note": strconv.FormatInt(n.ID, 10)}, at)
}

func author(p access.Permit) string {
	if key := p.Actor().Key; key != "" {
		return "key " + key
	}
	return string(p.Self)
}

// RemoveNote removes one's own note, or, for whoever may edit all calls, any; it gives back what it said. Errors: as AddNote,
// and errs.NotFound `call.no_note`.
func RemoveNote(ctx context.Context, tx *store.Tx, p access.Permit, id ID, note int64, at time.Time) (text string, err error) {
	c, err := mark(ctx, tx, p, id)
	if err != nil {
		return "", err
	}
	notes, err := notesOf(ctx, tx, c)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(notes, func(n Note) bool { return n.ID == note })
	if i < 0 {
		return "", errs.New(errs.NotFound, "call.no_note", "there is no such note").At("note")
	}
	if reach, err := p.May(access.Edit, access.Calls); err != nil || reach.Level != access.All && notes[i].Author != author(p) {
		return "", errs.New(errs.Denied, "call.not_yours", "this note is somebody else's").At("note").Try("ask whoever wrote it")
	}
	if _, err := tx.Exec(ctx, `DELETE FROM call_note WHERE project_id = $1 AND call_id = $2 AND note_id = $3`, string(c.Project), int64(c.ID), note); err != nil {
		return "", err
	}
	if _, err := tx.Exec(ctx, `UPDATE call_log SET notes = notes - 1 WHERE project_id = $1 AND call_id = $2`, string(c.Project), int64(c.ID)); err != nil {
		return "", err
	}
	return notes[i].Text, c.record(ctx, tx, p, "remove note", map[string]string{"note": strconv.FormatInt(note, 10)}, nil, at)
}

// SetTags replaces a call's tags. Errors: errs.Denied, errs.NotFound as AddNote, errs.Invalid `call.label_too_long`,
// `call.too_many_labels`.
func SetTags(ctx context.Context, tx *store.Tx, p access.Permit, id ID, tags []string, at time.Time) error {
	c, err := mark(ctx, tx, p, id)
	if err != nil {
		return err
	}
	if tags, err = labels(tags, MostTags); err != nil || slices.Equal(tags, c.Tags) {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE call_log SET tags = $3 WHERE project_id = $1 AND call_id = $2`, string(c.Project), int64(c.ID), joinLines(tags)); err != nil {
		return err
	}
	for _, tag := range c.Tags {
		if _, err := tx.Exec(ctx, `DELETE FROM call_tag WHERE project_id = $1 AND tag = $2 AND call_id = $3`, string(c.Project), tag, int64(c.ID)); err != nil {
			return err
		}
	}
	rows := make([][]any, len(tags))
	for i, tag := range tags {
		rows[i] = []any{string(c.Project), tag, int64(c.ID)}
	}
	if err := tx.Insert(ctx, "call_tag", []string{"project_id", "tag", "call_id"}, rows); err != nil {
		return err
	}
	return c.record(ctx, tx, p, "tag", c.Tags, tags, at)
}

// SetCategory says what a call was about: one of the project's categories, or none. Errors: as SetTags, and errs.Invalid
// `call.no_category`.
func SetCategory(ctx context.Context, tx *store.Tx, p access.Permit, id ID, category string, at time.Time) error {
	c, err := mark(ctx, tx, p, id)
	if err != nil || category == c.Category {
		return err
	}
	settings, err := GetSettings(ctx, tx, c.Project)
	if err != nil {
		return err
	}
	if category != "" && !slices.Contains(settings.Categories, category) {
		return errs.New(errs.Invalid, "call.no_category", "%.60q is not a category of the project", category).At("category").Try("choose one of its settings")
	}
	if _, err := tx.Exec(ctx, `UPDATE call_log SET category = $3 WHERE project_id = $1 AND call_id = $2`, string(c.Project), int64(c.ID), category); err != nil {
		return err
	}
	return c.record(ctx, tx, p, "categorise", c.Category, category, at)
}
