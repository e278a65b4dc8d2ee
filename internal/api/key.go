package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/ident"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Key is an API key without its secret.
type Key struct {
	ID         account.KeyID `json:"id"`
	Name       string        `json:"name"`
	Scope      account.Scope `json:"scope" enum:"operator,project:write,project:read,project:charge"`
	Project    string        `json:"project,omitempty" doc:"None for an operator's key"`
	CreatedAt  time.Time     `json:"created_at"`
	ExpiresAt  time.Time     `json:"expires_at,omitzero"`
	RevokedAt  time.Time     `json:"revoked_at,omitzero"`
	LastUsedAt time.Time     `json:"last_used_at,omitzero" doc:"About"`
}

func viewKey(k account.Key) Key {
	return Key{
		ID: k.ID, Name: k.Name, Scope: k.Scope, Project: string(k.Project), CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt,
		RevokedAt: k.RevokedAt, LastUsedAt: k.LastUsedAt,
	}
}

// NewKey is a key that was just made.
type NewKey struct {
	Key
	Secret string `json:"secret,omitempty" doc:"Shown this once: it is not kept, and a repetition of the request does not show it"`
}

// withoutSecret is what is kept for a repetition of the request.
func (k NewKey) withoutSecret() any { return NewKey{Key: k.Key} }

// CreateKey asks for a key.
type CreateKey struct {
	Name      string        `json:"name" minLength:"1" maxLength:"100" doc:"What it is for"`
	Scope     account.Scope `json:"scope" enum:"operator,project:write,project:read,project:charge"`
	Project   string        `json:"project,omitempty" maxLength:"64" doc:"The one project it is bound to; none for an operator's key"`
	ExpiresAt time.Time     `json:"expires_at,omitzero"`
}

func keyRoutes(a *API) {
	const tag = chapterOperator
	write(a, route{
		method: http.MethodPost, path: "/v1/keys", id: "create-key", tag: tag, need: needOperator, status: http.StatusCreated, ownRecord: true,
		summary: "Make an API key", text: "Keys are made with an operator's key only: else whoever finds a leaked one could make others that outlive it.",
	}, func(ctx context.Context, tx *store.Tx, in *struct{ Body CreateKey }) (NewKey, error) {
		b := in.Body
		secret, made, err := account.Create(ctx, tx, callerOf(ctx).actor(), rand.Reader, account.Key{
			Name: b.Name, Scope: b.Scope, Project: ident.ProjectID(b.Project), ExpiresAt: b.ExpiresAt,
			MadeBy: callerOf(ctx).key.MadeBy, // a key's keys may no more than who made the first
		}, a.now())
		return NewKey{Key: viewKey(made), Secret: secret}, err
	})
	read(a, route{
		method: http.MethodGet, path: "/v1/keys", id: "list-operator-keys", tag: tag, need: needOperator, summary: "List the operators' keys",
	}, func(ctx context.Context, in *struct{ Paging }) (Page[Key], error) {
		return a.listKeys(ctx, "", in.Paging)
	})
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/keys", id: "list-keys", tag: tag, need: needWrite, summary: "List the project's keys",
	}, func(ctx context.Context, in *struct {
		Of
		Paging
	},
	) (Page[Key], error) {
		if _, err := project.Get(ctx, a.parts.DB, in.id()); err != nil {
			return Page[Key]{}, err
		}
		return a.listKeys(ctx, in.id(), in.Paging)
	})
	revokeRoutes(a)
}

// revokeRoutes end keys: a project may end its own, for a leak is seen there first.
func revokeRoutes(a *API) {
	const text = "It is refused everywhere within 5 seconds."
	write(a, route{
		method: http.MethodDelete, path: "/v1/keys/{key}", id: "revoke-operator-key", tag: chapterOperator, need: needOperator, ownRecord: true,
		summary: "Revoke an operator's key", text: text,
	}, func(ctx context.Context, tx *store.Tx, in *struct {
		Key string `path:"key" maxLength:"64"`
	},
	) (Key, error) {
		key, err := account.Revoke(ctx, tx, callerOf(ctx).actor(), "", account.KeyID(in.Key), a.now())
		return viewKey(key), err
	})
	write(a, route{
		method: http.MethodDelete, path: "/v1/projects/{project}/keys/{key}", id: "revoke-key", tag: chapterOperator, need: needWrite, ownRecord: true,
		summary: "Revoke a key of the project", text: text,
	}, func(ctx context.Context, tx *store.Tx, in *struct {
		Of
		Key string `path:"key" maxLength:"64"`
	},
	) (Key, error) {
		if _, err := project.Get(ctx, tx, in.id()); err != nil {
			return Key{}, err
		}
		key, err := account.Revoke(ctx, tx, callerOf(ctx).actor(), in.id(), account.KeyID(in.Key), a.now())
		return viewKey(key), err
	})
}

func (a *API) listKeys(ctx context.Context, id ident.ProjectID, paging Paging) (Page[Key], error) {
	const list = "keys"
	after, err := paging.after(list)
	if err != nil {
		return Page[Key]{}, err
	}
	found, err := account.List(ctx, a.parts.DB, id, account.KeyID(after), paging.Limit+1)
	if err != nil {
		return Page[Key]{}, err
	}
	return newPage(list, paging.Limit, found, viewKey, func(k account.Key) string { return string(k.ID) }), nil
}
