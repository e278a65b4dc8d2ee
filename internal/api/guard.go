package api

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// caller is who sent a request that was let in.
type caller struct {
	key     account.Key
	request *http.Request
}

type callerContext struct{}

func callerOf(ctx context.Context) caller {
	c, _ := ctx.Value(callerContext{}).(caller)
	return c
}

// actor is the caller as the trail of changes names them.
func (c caller) actor() audit.Actor {
	address, _, _ := net.SplitHostPort(c.request.RemoteAddr)
	return audit.Actor{
		User: string(c.key.MadeBy), Key: string(c.key.ID), Address: address, Agent: c.request.UserAgent(), Request: noteOf(c.request.Context()).id,
	}
}

// name is the caller as histories name it.
func (c caller) name() string { return "key " + string(c.key.ID) }

// guard lets a request through to its operation or answers it. It is the one place where a permission is checked, and it
// comes before the request's parameters and body are looked at, so that a stranger learns nothing from them. What the operation
// changes asks the caller's permit again, below it (Rule A-18).
func (a *API) guard(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	needed, _ := ctx.Operation().Metadata[needMetadata].(need)
	key, permit, err := a.admit(r, needed)
	if err != nil {
		a.refuse(w, r, err)
		return
	}
	known := context.WithValue(ctx.Context(), callerContext{}, caller{key: key, request: r})
	next(huma.WithContext(ctx, store.Guarded(known, permit)))
}

// admit finds the caller's key and asks whether it may do what it needs to the project of the path. The permit is what it may there;
// where nothing in particular is needed it is none.
func (a *API) admit(r *http.Request, needed need) (account.Key, access.Permit, error) {
	key, err := a.Authenticate(r)
	if err != nil {
		return account.Key{}, access.Permit{}, err
	}
	noted := noteOf(r.Context())
	noted.key = key.ID
	if needed == needAnyKey {
		return key, access.Permit{}, nil
	}
	id := ident.ProjectID(r.PathValue(projectParam))
	if id != "" {
		if _, err := ident.ParseProjectID(string(id)); err != nil {
			return account.Key{}, access.Permit{}, project.NotFound(id)
		}
		noted.project = id
	}
	permit, err := a.allow(r, key, needed, id)
	return key, permit, err
}

// allow asks whether a key may do what an operation needs. What only the operator may is asked of the operator's
// organisation, also where it is done to a project: a key of the project learns that it may not, another's that there is no
// such project.
func (a *API) allow(r *http.Request, key account.Key, needed need, id ident.ProjectID) (access.Permit, error) {
	who := access.ByKey(key, caller{key: key, request: r}.actor())
	org := ident.Operator
	if id != "" {
		org = ident.ProjectOrg(id)
	}
	permit, err := a.parts.Gate.Enter(r.Context(), who, org, a.now())
	if err != nil {
		return access.Permit{}, err
	}
	if needed == needOperator && id != "" {
		if permit, err = a.parts.Gate.Enter(r.Context(), who, ident.Operator, a.now()); err != nil {
			return access.Permit{}, err
		}
	}
	if _, err = permit.May(rights[needed].action, rights[needed].object); err == nil && needed == needOperator && !permit.Whole() {
		err = errs.New(errs.Denied, "access.denied", "this needs the whole role of an operator, and whoever made the key has less").Try("let an operator make the key")
	}
	return permit, err
}

// shown is the key that a request shows, as `Authorization: Bearer bw_...` or, as programs for Ringostat and K50 do, as `Auth-key:
// bw_...` and `apiKey: bw_...`; empty for none.
func shown(r *http.Request) string {
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if scheme == "" {
		return strings.TrimSpace(cmp.Or(r.Header.Get("Auth-key"), r.Header.Get("apiKey")))
	}
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(secret)
}

// Authenticate finds the key a request shows. Failures are counted by the caller's
// address, and after too many of them it must wait (errs.Unavailable `api.too_many_failures`), unless its key is one that
// worked lately: nobody is locked out by a neighbour's mistakes.
func (a *API) Authenticate(r *http.Request) (account.Key, error) {
	secret := shown(r)
	from := addressOf(r)
	if err := a.throttle.check(from, secret); err != nil {
		return account.Key{}, err
	}
	if secret == "" {
		return account.Key{}, errs.New(errs.Unauthenticated, "api.no_key", "this needs an API key").
			Try("send the header Authorization: Bearer bw_...")
	}
	key, err := a.parts.Keys.Authenticate(r.Context(), secret, a.now())
	switch {
	case errs.KindOf(err) == errs.Unauthenticated:
		a.throttle.failed(from)
		a.parts.Log.Warn("authentication failed", "address", from, "request", noteOf(r.Context()).id)
	case err == nil:
		a.throttle.worked(secret)
	}
	return key, err
}
