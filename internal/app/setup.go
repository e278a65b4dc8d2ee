package app

import (
	"context"
	"crypto/rand"
	"net/url"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// SetupPath is the page of the first run.
const SetupPath = "/setup"

// SetupLink makes the one-time link by which the first operator sets the installation up, good for a week; the one made before
// opens nothing any more. errs.Conflict `access.has_operator` where there is an operator.
func SetupLink(ctx context.Context, db *store.DB, origin string, at time.Time) (link string, err error) {
	var secret string
	err = db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		secret, err = access.OfferSetup(ctx, tx, rand.Reader, at)
		return err
	})
	return origin + SetupPath + "?" + url.Values{"code": {secret}}.Encode(), err
}

// OfferSetup is SetupLink for a node that starts; the link is empty where nobody needs it.
func (a *App) OfferSetup(ctx context.Context) (link string, err error) {
	link, err = SetupLink(ctx, a.DB, a.Config.PublicURL, a.clock())
	if errs.CodeOf(err) == "access.has_operator" {
		return "", nil
	}
	return link, err
}
