package door

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// showSetup is the first run: one screen, filled in as far as the browser tells.
func (d *door) showSetup(v *cabinet.Visit) error {
	code := v.R.URL.Query().Get("code")
	if err := d.setupAllowed(v, code); err != nil {
		return err
	}
	values := d.guessed(v)
	values["code"], values["language"] = code, string(v.Lang)
	return d.renderSetup(v, http.StatusOK, cabinet.NewForm(values))
}

// setupAllowed refuses what is not the link of the first run.
func (d *door) setupAllowed(v *cabinet.Visit, code string) error {
	i, _, err := access.InvitationOf(v.Context(), d.DB, code, v.At)
	if err == nil && (i.Org != ident.Operator || i.Email != "") {
		err = errs.New(errs.Invalid, "access.bad_invitation", "this link is not for setting up")
	}
	if errs.CodeOf(err) == "access.bad_invitation" {
		return errs.New(errs.Invalid, "door.bad_setup", "the link of the first run is not valid: it was used, is older than a week, or a newer one was made").
			Try("make a new one with: bellwether setup-link")
	}
	return err
}

func (d *door) renderSetup(v *cabinet.Visit, status int, f *cabinet.Form) error {
	return v.RenderPlain(status, ui.Page{Title: v.T("door.setup"), Lead: v.T("door.setup_lead")}, setupPage(f, d.choicesFor(v, f)))
}

// setup makes the first operator and the first project, and signs the operator in.
func (d *door) setup(v *cabinet.Visit) error {
	f := v.Form()
	if err := d.setupAllowed(v, f.Raw("code")); err != nil {
		return err
	}
	if err := d.setUp(v, f); err != nil {
		if wrong := d.refuseProject(v, f, err, "name", "email", "password"); wrong != nil {
			return wrong
		}
		return d.renderSetup(v, statusOf(err), f)
	}
	return v.Go("/op/welcome")
}

func (d *door) setUp(v *cabinet.Visit, f *cabinet.Form) error {
	n, err := d.newUser(v, f, f.Get("email"))
	if err != nil {
		return err
	}
	return d.begin(v, func(ctx context.Context, tx *store.Tx) (account.User, error) {
		u, _, err := access.AcceptNew(ctx, tx, v.From(), d.Random, f.Raw("code"), n, v.At)
		if err != nil {
			return account.User{}, err
		}
		_, err = d.found(ctx, tx, v, f, u.ID)
		return u, err
	})
}

// places tell which field of the form an error of a domain is about, where it names its own or none.
var places = map[string]string{
	"project.bad_name": "company", "project.bad_country": "country", "project.bad_zone": "time_zone", "pricing.unknown_plan": "book",
	"pricing.no_price_list": "currency", "pricebook.unknown_book": "book",
}

// refuseProject notes what is wrong with a form that opens a project, besides other fields of it.
func (d *door) refuseProject(v *cabinet.Visit, f *cabinet.Form, err error, others ...string) error {
	var e *errs.Error
	if errors.As(err, &e) {
		if place, ok := places[e.Code]; ok {
			e.Where = place
		}
	}
	return f.Refuse(v, err, slices.Concat(projectFields, others)...)
}

// welcome is where one may go from the first run.
type welcome struct {
	demo   bool   // demo data can be loaded
	loaded string // the page of the demo that was loaded already; empty for none
	own    string // the page of the reader's project, with its first steps
}

// showWelcome is what comes next: demo data, or one's own site.
func (d *door) showWelcome(v *cabinet.Visit) error {
	w := welcome{demo: d.Demo.Project != "", own: "/"}
	if w.demo {
		mark, err := project.GetDemo(v.Context(), d.DB, d.Demo.Project)
		if err != nil && errs.KindOf(err) != errs.NotFound {
			return err
		}
		if err == nil && mark.Complete {
			w.loaded = cabinet.Base(ident.ProjectOrg(d.Demo.Project))
		}
	}
	belongings, err := d.Gate.Belongings(v.Context(), v.Principal, v.At)
	if err != nil {
		return err
	}
	for _, b := range belongings {
		if id := b.Org.Project(); id != "" && id != d.Demo.Project {
			w.own = cabinet.Base(b.Org)
			break
		}
	}
	return v.RenderPlain(http.StatusOK, ui.Page{Title: v.T("door.welcome"), Lead: v.T("door.welcome_lead")}, welcomePage(w))
}
