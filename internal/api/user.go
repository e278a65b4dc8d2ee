package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"bellwether/internal/account"
	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Users are the active users of a project and what a change of them did.
type Users struct {
	Users     []string    `json:"users" doc:"Active users, in the order of names"`
	Credit    money.Micro `json:"credit" doc:"Kept as credit because it did not fill a day of the paid term"`
	Charged   money.Micro `json:"charged" doc:"Charged to keep the paid term as long as it was"`
	PaidUntil *civil.Date `json:"paid_until,omitempty" doc:"The first unpaid day"`
}

// ByUser names a user of a project.
type ByUser struct {
	Of
	User string `path:"user" minLength:"1" maxLength:"100"`
}

func userRoutes(a *API) {
	const tag = chapterTerms
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/users", id: "list-users", tag: tag, need: needRead, summary: "List active users",
	}, a.listUsers)
	write(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/users", id: "add-user", state: holdings, tag: tag, need: needWrite, status: http.StatusCreated,
		summary: "Add a user", text: "Beyond the plan's free users the paid term gets shorter, or its difference is charged now (Rule B-51).",
	}, a.addUser)
	for _, action := range []struct {
		method, path, id, summary string
		active                    bool
	}{
		{http.MethodDelete, "", "remove-user", "Remove a user", false},
		{http.MethodPost, "/block", "block-user", "Block a user without removing it", false},
		{http.MethodPost, "/unblock", "unblock-user", "Unblock a user", true},
	} {
		write(a, route{
			method: action.method, path: "/v1/projects/{project}/users/{user}" + action.path, id: action.id, state: holdings, tag: tag, need: needWrite,
			summary: action.summary, text: "The paid term gets longer or shorter by what the user costs (Rule B-51).",
		}, func(ctx context.Context, tx *store.Tx, in *ByUser) (Users, error) {
			return a.changeUser(ctx, tx, in, action.active)
		})
	}
}

func (a *API) users(ctx context.Context, q store.Querier, id ident.ProjectID) (Users, error) {
	if _, err := project.Get(ctx, q, id); err != nil {
		return Users{}, err
	}
	held, err := billing.GetConfiguration(ctx, q, id)
	if err != nil {
		return Users{}, err
	}
	st, err := billing.GetStanding(ctx, q, id)
	if err != nil {
		return Users{}, err
	}
	slices.Sort(held.Users)
	out := Users{Users: held.Users}
	if until, ok := pricing.PaidUntil(st.Term); ok {
		out.PaidUntil = &until
	}
	return out, nil
}

func (a *API) listUsers(ctx context.Context, in *struct{ Of }) (out Users, err error) {
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		out, err = a.users(ctx, q, in.id())
		return err
	})
}

// countedAs is the name under which whoever is called so counts as an active user: a program names people by an address or as it likes,
// the cabinet by their id, and one person is one user (Rule B-51). It is empty where they are none.
func countedAs(ctx context.Context, q store.Querier, id ident.ProjectID, name string) (string, error) {
	held, err := billing.GetConfiguration(ctx, q, id)
	if err != nil {
		return "", err
	}
	names := []string{name}
	u, err := account.GetUser(ctx, q, account.UserID(name))
	if errs.KindOf(err) == errs.NotFound {
		u, err = account.FindUser(ctx, q, name)
	}
	switch {
	case err == nil:
		names = append(names, string(u.ID), u.Email)
	case errs.KindOf(err) != errs.NotFound && errs.KindOf(err) != errs.Invalid:
		return "", err
	}
	if found := held.UsersNamed(names...); len(found) > 0 {
		return found[0], nil
	}
	return "", nil
}

func (a *API) addUser(ctx context.Context, tx *store.Tx, in *struct {
	Of
	Body struct {
		User          string `json:"user" minLength:"1" maxLength:"100"`
		PayDifference bool   `json:"pay_difference,omitempty" doc:"Charge the difference now instead of shortening the paid term"`
	}
},
) (Users, error) {
	if as, err := countedAs(ctx, tx, in.id(), in.Body.User); err != nil || as != "" && as != in.Body.User {
		if err == nil {
			err = errs.New(errs.Conflict, "billing.user_exists", "user %s is active, as %s", in.Body.User, as).At("user")
		}
		return Users{}, err
	}
	var credit, charged money.Micro
	var err error
	if in.Body.PayDifference {
		charged, err = a.parts.Billing.AddUserForDifference(ctx, tx, in.id(), in.Body.User, a.now())
	} else {
		credit, err = a.parts.Billing.AddUser(ctx, tx, in.id(), in.Body.User, a.now())
	}
	if err != nil {
		return Users{}, err
	}
	out, err := a.users(ctx, tx, in.id())
	out.Credit, out.Charged = credit, charged
	return out, err
}

func (a *API) changeUser(ctx context.Context, tx *store.Tx, in *ByUser, active bool) (Users, error) {
	change := a.parts.Billing.RemoveUser
	if active {
		change = a.parts.Billing.AddUser
	}
	as, err := countedAs(ctx, tx, in.id(), in.User)
	if err != nil {
		return Users{}, err
	}
	credit, err := change(ctx, tx, in.id(), cmp.Or(as, in.User), a.now())
	if err != nil {
		return Users{}, err
	}
	out, err := a.users(ctx, tx, in.id())
	out.Credit = credit
	return out, err
}
