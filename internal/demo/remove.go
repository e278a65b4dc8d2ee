package demo

import (
	"context"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/errs"
	outbox "bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/number"
	"bellwether/internal/phone"
	"bellwether/internal/project"
	"bellwether/internal/routing"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/trunk"
	"bellwether/internal/webhook"
)

// Remove removes the shop and everything of it, its people too, in one transaction, then its recordings, as if it had never been loaded. Those of its
// people who belong to something else by now stay, as does the trail of who did what, and the operator's says who removed it. Days must not be closed meanwhile. Where no demo was loaded: errs.NotFound
// `project.not_found`, and errs.Conflict `demo.no_demo` where a project that is none has its name.
func Remove(ctx context.Context, parts Parts, by audit.Actor, at time.Time) error {
	db, files := parts.DB, parts.Files
	var numbers []phone.Number
	for _, item := range stock() {
		numbers = append(numbers, phone.Number(item.Number))
	}
	if err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		p, err := project.Get(ctx, tx, Project)
		if err != nil {
			return err
		}
		if mark, err := project.GetDemo(ctx, tx, Project); err != nil || !mark.Marked {
			return orNoDemo(err)
		}
		if err := audit.Write(ctx, tx, by, at, audit.Change{
			Org: ident.Operator, Object: "project", ObjectID: string(Project), Action: "delete", Before: map[string]string{"name": p.Name},
		}); err != nil {
			return err
		}
		if err := number.Forget(ctx, tx, Project, numbers); err != nil {
			return err
		}
		for _, forget := range []func(context.Context, *store.Tx, ident.ProjectID) error{
			webhook.Forget, tracking.Forget, trunk.Forget, routing.Forget, staff.Forget, access.Forget, call.Forget, charging.Forget, billing.Forget, ledger.Forget, outbox.Forget, project.Forget,
		} {
			if err := forget(ctx, tx, Project); err != nil {
				return err
			}
		}
		return dismiss(ctx, tx, by, at)
	}); err != nil {
		return err
	}
	if err := forgetTracking(ctx, parts.Events); err != nil || files == nil {
		return err
	}
	return files.Forget(Project)
}

// dismiss removes the story's people; one of them who has come to belong to something else stays.
func dismiss(ctx context.Context, tx *store.Tx, by audit.Actor, at time.Time) error {
	for _, m := range members {
		u, err := account.FindUser(ctx, tx, m.email)
		if errs.KindOf(err) == errs.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		if err := access.ForgetUser(ctx, tx, by, u.ID, at); err != nil {
			return err
		}
	}
	return nil
}

// orNoDemo refuses to touch a project that has the demo's name and was not opened as a demo.
func orNoDemo(err error) error {
	if err != nil {
		return err
	}
	return errs.New(errs.Conflict, "demo.no_demo", "project %s was not opened as a demo", Project).At("project").
		Try("leave it as it is: demo data can be loaded only where no project has this name")
}
