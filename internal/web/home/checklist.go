package home

import (
	"context"
	"slices"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/ledger"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// checklist is what the list is called where it is put away.
const checklist = "checklist"

// step is one of the first things to do.
type step struct {
	text, why string
	done      bool
	button    ui.Button
}

// steps measures the first steps that the reader may take; none are shown where all are done.
func (p pages) steps(ctx context.Context, q store.Querier, f facts) ([]step, error) {
	var list []step
	v := f.v
	if v.May(access.Edit, access.Products) {
		list = append(list, step{
			text: v.T("home.step_product"), why: v.T("home.step_product_why"), done: len(f.config.Products) > 0,
			button: ui.Button{Text: v.T("home.to_products"), Href: v.Path("/funds/products")},
		})
	}
	if v.May(access.Edit, access.Numbers) {
		list = append(list, step{
			text: v.T("home.step_number"), why: v.T("home.step_number_why"), done: len(f.config.Numbers) > 0,
			button: ui.Button{Text: v.T("home.to_numbers"), Href: v.Path("/numbers")},
		})
	}
	if v.May(access.Edit, access.Pools) && slices.Contains(f.config.Products, "call_tracking") {
		sites, err := tracking.Sites(ctx, q, v.Project.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, step{
			text: v.T("home.step_site"), why: v.T("home.step_site_why"), done: len(sites) > 0,
			button: ui.Button{Text: v.T("home.to_sites"), Href: v.Path("/tracking")},
		})
	}
	if v.May(access.Edit, access.Payments) {
		funds, err := ledger.GetAccount(ctx, q, v.Project.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, step{
			text: v.T("home.step_funds"), why: v.T("home.step_funds_why"), done: funds.Balance() > 0,
			button: ui.Button{Text: v.T("home.to_pay"), Href: v.Path("/funds/pay")},
		})
	}
	if v.May(access.Edit, access.People) {
		others, err := hasOthers(ctx, q, v)
		if err != nil {
			return nil, err
		}
		list = append(list, step{
			text: v.T("home.step_people"), why: v.T("home.step_people_why"), done: others,
			button: ui.Button{Text: v.T("home.to_invite"), Href: v.Path("/people/invite")},
		})
	}
	guarded, err := isGuarded(ctx, q, v)
	if err != nil {
		return nil, err
	}
	list = append(list, step{
		text: v.T("home.step_sign_in"), why: v.T("home.step_sign_in_why"), done: guarded,
		button: ui.Button{Text: v.T("home.to_security"), Href: "/me/security"},
	})
	if done(list) == len(list) {
		return nil, nil
	}
	return list, nil
}

func done(list []step) (n int) {
	for _, s := range list {
		if s.done {
			n++
		}
	}
	return n
}

// hasOthers tells whether anybody else is in the project, or was invited.
func hasOthers(ctx context.Context, q store.Querier, v *cabinet.Visit) (bool, error) {
	members, err := access.Members(ctx, q, v.Permit, "", 2)
	if err != nil || len(members) > 1 {
		return len(members) > 1, err
	}
	invitations, err := access.Invitations(ctx, q, v.Permit, v.At)
	return len(invitations) > 0, err
}

// isGuarded tells whether more than a password opens the reader's account.
func isGuarded(ctx context.Context, q store.Querier, v *cabinet.Visit) (bool, error) {
	if v.User.TOTP {
		return true, nil
	}
	keys, err := account.ListPasskeys(ctx, q, v.User.ID)
	return len(keys) > 0, err
}

// putAway hides the checklist, or shows it again.
func (p pages) putAway(v *cabinet.Visit) error {
	away := v.R.PostFormValue("away") != "no"
	if err := v.PutAway(checklist, away); err != nil {
		return err
	}
	toast := ui.Toast{Text: v.T("home.list_back")}
	if away {
		toast = ui.Toast{Text: v.T("home.list_away"), Undo: v.Path("/checklist"), Fields: []ui.Choice{{Value: "away", Text: "no"}}}
	}
	return v.Done(v.Path(""), toast)
}
