package project_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

func TestRename(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
		rename := func(id ident.ProjectID, name string) (p *project.Project, err error) {
			err = db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				p, err = project.Rename(ctx, tx, id, name)
				return err
			})
			return p, err
		}
		var made *project.Project
		err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
			made, err = project.Create(ctx, tx, opening, at)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		renamed, err := rename("demo", "Вікна «Альфа»")
		if err != nil || renamed.Name != "Вікна «Альфа»" || renamed.Revision <= made.Revision {
			t.Errorf("%+v, %v", renamed, err)
		}
		for _, name := range []string{"", " ", strings.Repeat("x", 201), "a\u200bb", "\xff"} {
			if _, err := rename("demo", name); errs.CodeOf(err) != "project.bad_name" {
				t.Errorf("%q: %v", name, err)
			}
		}
		if _, err := rename("nothing", "x"); errs.CodeOf(err) != "project.not_found" {
			t.Errorf("a project that is not there: %v", err)
		}
	})
}

// Rule B-70.
func TestLimitsThatMeanNothing(t *testing.T) {
	t.Parallel()
	less, calls, fine := money.MustParse("-0.000001"), int64(-1), money.MustParse("0")
	for place, l := range map[string]project.Limits{
		"per_minute": {PerMinute: &less}, "per_day": {PerDay: &less}, "concurrent_calls": {ConcurrentCalls: &calls}, "countries": {Countries: []string{"UA", "Ukraine"}},
	} {
		var wrong *errs.Error
		if err := l.Check(); !errors.As(err, &wrong) || wrong.Code != "project.bad_limit" || wrong.Where != place {
			t.Errorf("%s: %v", place, err)
		}
	}
	none := int64(0)
	if err := (project.Limits{PerMinute: &fine, PerDay: &fine, ConcurrentCalls: &none, Countries: []string{project.OwnCountry, "PL"}}).Check(); err != nil {
		t.Error(err)
	}
}
