package door

import (
	"context"
	"crypto/rand"
	"net/http"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/idem"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// projectFields are those of a form that opens a project.
var projectFields = []string{"company", "country", "time_zone", "currency", "book"}

// guessed fills a form with what the browser tells of itself; its script may know better.
func (d *door) guessed(v *cabinet.Visit) map[string]string {
	c := guess(v.R.Header.Get("Accept-Language"))
	return map[string]string{"country": c.Code, "time_zone": c.Zones[0], "currency": currencyIn(d.Books, c.Code), "book": cabinet.UsualBook}
}

// choices are the lists of a form that opens a project.
type choices struct {
	countries, zones, currencies, books []ui.Choice
	guesses                             string
}

func (d *door) choicesFor(v *cabinet.Visit, f *cabinet.Form) choices {
	c := choices{countries: cabinet.CountryChoices(v.Lang), zones: cabinet.ZoneChoices(v.At, f.Get("time_zone")), guesses: guesses(d.Books), books: cabinet.TariffChoices(v, d.Books)}
	seen := map[money.Currency]bool{}
	for _, name := range d.Books.Names() {
		book, err := d.Books.At(name, civil.DateIn(v.At, v.Zone()))
		if err != nil {
			continue // it begins later
		}
		for _, currency := range book.Currencies {
			if !seen[currency] {
				seen[currency] = true
				c.currencies = append(c.currencies, ui.Choice{Value: string(currency), Text: string(currency)})
			}
		}
	}
	return c
}

// found opens the project of a form and makes its owner.
func (d *door) found(ctx context.Context, tx *store.Tx, v *cabinet.Visit, f *cabinet.Form, owner account.UserID) (ident.ProjectID, error) {
	if f.Get("company") == "" {
		return "", errs.New(errs.Invalid, "door.no_company", "a project needs a name").At("company")
	}
	id, err := d.freeID(ctx, tx, f.Get("company"))
	if err != nil {
		return "", err
	}
	book, plan := cabinet.TariffOf(f.Get("book"))
	opening := project.Opening{
		ID: id, Name: f.Get("company"), Country: f.Get("country"), Currency: money.Currency(f.Get("currency")), TimeZone: f.Get("time_zone"), Book: book, Plan: plan,
	}
	if err := tx.Freely(func() error { // to sign up is to open a project of one's own
		_, err := d.Billing.Open(ctx, tx, opening, 0, v.At)
		return err
	}); err != nil {
		return "", err
	}
	by := v.From()
	by.User = string(owner)
	if err := audit.Write(ctx, tx, by, v.At, audit.Change{
		Org: ident.ProjectOrg(id), Object: "project", ObjectID: string(id), Action: "open", After: opening,
	}); err != nil {
		return "", err
	}
	_, err = access.FoundProject(ctx, tx, by, id, owner, v.At)
	return id, err
}

func (d *door) showNewProject(v *cabinet.Visit) error {
	values := d.guessed(v)
	values["id"] = rand.Text()
	return d.renderNewProject(v, http.StatusOK, cabinet.NewForm(values))
}

func (d *door) renderNewProject(v *cabinet.Visit, status int, f *cabinet.Form) error {
	return v.RenderPlain(status, ui.Page{Title: v.T("door.new_project"), Lead: v.T("door.new_project_lead")}, newProjectPage(f, d.choicesFor(v, f)))
}

// longestForm bounds the id of a form.
const longestForm = 100

// newProject opens a project of whoever signed up: one for a form, however often it is sent.
func (d *door) newProject(v *cabinet.Visit) error {
	f := v.Form()
	form := f.Get("id")
	if form == "" || len(form) > longestForm {
		return errs.New(errs.Invalid, "door.bad_form", "the form has no id").At("id").Try("open the form anew")
	}
	var parts [][]byte
	for _, field := range projectFields {
		parts = append(parts, []byte(f.Get(field)))
	}
	var answer idem.Answer
	if err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		answer, err = idem.Do(ctx, tx, "cabinet/new-project/"+string(v.User.ID), form, idem.Hash(parts...), func() (int, []byte, error) {
			id, err := d.found(ctx, tx, v, f, v.User.ID)
			return http.StatusOK, []byte(id), err
		})
		return err
	}); err != nil {
		if wrong := d.refuseProject(v, f, err); wrong != nil {
			return wrong
		}
		return d.renderNewProject(v, statusOf(err), f)
	}
	return v.Into(ident.ProjectOrg(ident.ProjectID(answer.Body)), ui.Toast{Text: v.T("door.project_open", map[string]any{"Name": f.Get("company")})})
}
