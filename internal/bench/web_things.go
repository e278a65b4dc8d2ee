package bench

import (
	"context"
	"crypto/rand"
	"fmt"
	"regexp"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
)

// agencyOfTown runs the first of the town's projects.
const agencyOfTown = "metro"

// things are who asks for the town's pages, and of what there is one to show.
type things struct {
	operator, agent, owner string            // tokens of their sessions
	ids                    map[string]string // by the beginning of a pattern that ends in a wildcard
}

// tokenFor is the session of whoever a page is for.
func (th things) tokenFor(path string) string {
	switch {
	case strings.HasPrefix(path, "/p/"):
		return th.owner
	case strings.HasPrefix(path, "/a/"):
		return th.agent
	}
	return th.operator
}

// at is the address of a route; unknown is a wildcard for which the town has nothing.
func (th things) at(path string) (at, unknown string) {
	segments := strings.Split(path, "/")
	whole := make([]string, len(segments))
	for i, segment := range segments {
		whole[i] = segment
		if !wildcard.MatchString(segment) {
			continue
		}
		id, ok := th.ids[strings.Join(segments[:i+1], "/")]
		if !ok {
			return "", segment
		}
		whole[i] = id
	}
	return strings.Join(whole, "/"), ""
}

var wildcard = regexp.MustCompile(`^\{[a-z]+\}$`)

// people brings the operator, an agency with its projects and whoever runs it, and the owner of the shop, and names one of each thing
// that the town has.
func (t *town) people(ctx context.Context, a *app.App) (th things, err error) {
	operator, token, err := t.signIn(ctx, a, "operator@example.com", nil)
	if err != nil {
		return th, err
	}
	th.operator = token
	permit := func(org ident.Org) (access.Permit, error) {
		return a.Gate.Enter(ctx, access.ByKey(account.Key{ID: "bench", Scope: account.Operator}, audit.Program("bench")), org, t.now())
	}
	if err := t.openAgency(ctx, a, permit); err != nil {
		return th, err
	}
	member := func(email string, org ident.Org, role access.RoleID) (id account.UserID, token string, err error) {
		p, err := permit(org)
		if err != nil {
			return "", "", err
		}
		return t.signIn(ctx, a, email, func(ctx context.Context, tx *store.Tx, id account.UserID) error {
			_, err := access.AddMember(ctx, tx, p, id, role, t.now())
			return err
		})
	}
	agent, token, err := member("agent@example.com", ident.AgencyOrg(agencyOfTown), access.AgencyRole)
	if err != nil {
		return th, err
	}
	th.agent = token
	owner, token, err := member("owner@example.com", ident.ProjectOrg(t.shop()), access.Owner)
	if err != nil {
		return th, err
	}
	th.owner = token
	th.ids, err = t.named(ctx, a, operator, agent, owner)
	return th, err
}

// openAgency puts the first of the town's projects into an agency.
func (t *town) openAgency(ctx context.Context, a *app.App, permit func(ident.Org) (access.Permit, error)) error {
	p, err := permit(ident.Operator)
	if err != nil {
		return err
	}
	err = a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := access.OpenAgency(ctx, tx, p, agencyOfTown, "Metro", t.now())
		return err
	})
	if err != nil {
		return err
	}
	return t.inGroupsOf(ctx, a.DB, t.agency, func(ctx context.Context, tx *store.Tx, n int) error {
		return access.MoveProject(ctx, tx, p, t.project(int64(n), t.projects), agencyOfTown, t.now())
	})
}

// named are the ids of what the town has one of, by the beginning of the patterns that show it.
func (t *town) named(ctx context.Context, a *app.App, operator, agent, owner account.UserID) (map[string]string, error) {
	shop := ident.ProjectOrg(t.shop())
	entries, err := ledger.Entries(ctx, a.DB, ledger.Filter{Project: t.shop(), Newest: true, Limit: 1})
	if err != nil || len(entries) == 0 {
		return nil, fmt.Errorf("the shop has no entry: %w", err)
	}
	ids := map[string]string{
		"/p/{project}": string(t.shop()), "/a/{agency}": agencyOfTown, "/op/projects/{project}": string(t.shop()), "/op/agencies/{agency}": agencyOfTown,
		"/p/{project}/funds/days/{day}": (civil.DateIn(opened, time.UTC) + civil.Date(t.days-1)).String(), "/p/{project}/funds/entries/{entry}": fmt.Sprint(int64(entries[0].ID)),
		"/p/{project}/funds/book/versions/{version}": "2022-07-01",
		"/p/{project}/funds/calls/{leg}":             "d000-00000", "/op/people/everyone/{user}": string(owner), "/help/{article}": "balance",
	}
	for base, one := range map[string]struct {
		user account.UserID
		role access.RoleID
	}{"/op": {operator, access.OperatorRole}, "/a/{agency}": {agent, access.AgencyRole}, "/p/{project}": {owner, access.ReadOnly}} {
		ids[base+"/people/users/{user}"], ids[base+"/people/roles/{role}"] = string(one.user), string(one.role)
	}
	operatorOrg := ident.Operator
	for base, org := range map[string]*ident.Org{"/op/audit/{entry}": &operatorOrg, "/p/{project}/people/audit/{entry}": &shop} {
		trail, err := audit.List(ctx, a.DB, audit.Filter{Org: org}, 0, 1)
		if err != nil {
			return nil, err
		}
		for _, e := range trail {
			ids[base] = fmt.Sprint(e.ID)
		}
	}
	return ids, nil
}

// pages are the addresses of every page of which the town has something to show, and of those that show most; left are the routes of
// the others, each with the reason.
func (t *town) pages(routes []cabinet.Route, th things) (pages, left []string) {
	shop := "/p/" + string(t.shop())
	pages = []string{
		shop + "/search?q=380", "/op/search?q=s10000-0", shop + "/funds/movement?period=90d", shop + "/funds/entries?after=",
		"/op/projects?sort=-balance", "/a/" + agencyOfTown + "/projects?sort=-balance",
	}
	for _, route := range routes {
		path, isPage := strings.CutPrefix(route.Pattern, "GET ")
		if !isPage {
			continue
		}
		whole, unknown := th.at(path)
		switch {
		case route.Need.Open:
			left = append(left, path+" (for strangers)")
		case aside[path] != "":
			left = append(left, path+" ("+aside[path]+")")
		case unknown != "" || strings.HasSuffix(path, "{$}"):
			left = append(left, path+" (of one thing, which the town does not have)")
		default:
			pages = append(pages, whole)
		}
	}
	return pages, left
}

// signIn makes a person and opens a session for them: the first operator, who may see every page, or whoever join makes a member of
// something.
func (t *town) signIn(ctx context.Context, a *app.App, email string, join func(context.Context, *store.Tx, account.UserID) error) (id account.UserID, token string, err error) {
	hasher, err := account.NewHasher(account.ForTests)
	if err != nil {
		return "", "", err
	}
	hashed, err := hasher.Hash(context.Background(), "a bell for every sheep", email)
	if err != nil {
		return "", "", err
	}
	by := audit.Program("bench")
	err = a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		u, err := t.register(ctx, tx, account.NewUser{Email: email, Name: email, Language: "en", Password: hashed}, join == nil)
		if err != nil {
			return err
		}
		id = u.ID
		if join != nil {
			if err := join(ctx, tx, u.ID); err != nil {
				return err
			}
		}
		token, _, err = account.OpenSession(ctx, tx, by, rand.Reader, account.NewSession{User: u.ID, Method: account.ByPassword, Lifetime: account.Signed}, t.now())
		return err
	})
	return id, token, err
}

// aside are routes that no page of the town's people opens, each with its reason.
var aside = map[string]string{
	"/live":                                        "a stream",
	"/a/{agency}":                                  "leads on to its projects",
	"/me/support":                                  "leads on to the desk",
	"/me/view/end":                                 "nobody is viewed as",
	"/a/{agency}/people/roles/{role}/edit":         "a built-in role is not changed",
	"/a/{agency}/people/roles/{role}/retire":       "a built-in role is not changed",
	"/op/people/roles/{role}/edit":                 "a built-in role is not changed",
	"/op/people/roles/{role}/retire":               "a built-in role is not changed",
	"/p/{project}/people/roles/{role}/edit":        "a built-in role is not changed",
	"/p/{project}/people/roles/{role}/retire":      "a built-in role is not changed",
	"/p/{project}/funds/days/{day}/fee":            "the book has no fee of the day",
	"/p/{project}/funds/products/plan":             "the book has no plans",
	"/p/{project}/funds/products/term":             "the book is not sold by term",
	"/p/{project}/funds/products/switch/{product}": "the form of the products leads there",
	"/p/{project}/numbers/own/new":                 "a step of a form",
	"/p/{project}/numbers/rent/new":                "a step of a form",
	"/p/{project}/people/seats/recount":            "the seats are those that are counted",
	"/p/{project}/people/seats/take":               "a step of a form",
	"/p/{project}/people/seats/unused":             "a step of a form",
	"/p/{project}/settings/zone":                   "a step of a form",
}

// register makes a person, or by the link of a new installation the first operator.
func (t *town) register(ctx context.Context, tx *store.Tx, n account.NewUser, first bool) (account.User, error) {
	by := audit.Program("bench")
	if !first {
		return account.CreateUser(ctx, tx, by, rand.Reader, n, true, t.now())
	}
	offer, err := access.OfferSetup(ctx, tx, rand.Reader, t.now())
	if err != nil {
		return account.User{}, err
	}
	u, _, err := access.AcceptNew(ctx, tx, by, rand.Reader, offer, n, t.now())
	return u, err
}
