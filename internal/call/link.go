package call

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/vault"
)

// Links makes and reads addresses of recordings that open without signing in (Rule T-112): signed, for one recording of one
// project, and for a short time only.
type Links struct {
	Vault  *vault.Vault
	Origin string // the address people open: "https://cabinet.example.com"
}

// LinkPath is the path under which links open; the secret follows.
const LinkPath = "/recordings/"

// Address is what is passed on of a link.
func (l Links) Address(secret string) string {
	return strings.TrimSuffix(l.Origin, "/") + LinkPath + secret
}

// LinkLasts is for how long a link opens, where nothing else is asked for; LongestLink is the most.
const (
	LinkLasts   = time.Hour
	LongestLink = 7 * 24 * time.Hour
)

// Link is what the secret of a link says.
type Link struct {
	Project   ident.ProjectID
	Call      ID
	Recording int64
	Until     time.Time
	Action    access.Action  // by which right it was made: to listen, or to export
	For       account.UserID // whose right it is; empty for a key that nobody made
}

const (
	linkOwner = "recording link"
	linkParts = 6
)

// Make makes the secret of a link to a recording that the permit may hear, or with access.Export take away. Errors: those of
// Files.Hear but for the archive.
func (l Links) Make(ctx context.Context, q store.Querier, p access.Permit, a access.Action, id ID, n int64, lasts time.Duration, at time.Time) (secret string, until time.Time, err error) {
	r, err := recording(ctx, q, p, a, id, n)
	if err != nil {
		return "", time.Time{}, err
	}
	if lasts <= 0 {
		lasts = LinkLasts
	}
	until = at.Add(min(lasts, LongestLink)).Truncate(time.Second).UTC()
	text := strings.Join([]string{
		string(r.Call.Project), id.String(), strconv.FormatInt(n, 10), strconv.FormatInt(until.Unix(), 10), a.String(), string(p.Self),
	}, " ")
	return base64.RawURLEncoding.EncodeToString([]byte(text)) + "." + l.Vault.Sign(linkOwner, []byte(text)), until, nil
}

// Read reads a link's secret. Whoever is its For must still have the right: the caller asks. errs.NotFound `call.bad_link`
// where it was made up, changed, or is too old.
func (l Links) Read(secret string, at time.Time) (Link, error) {
	bad := errs.New(errs.NotFound, "call.bad_link", "the link opens nothing, or no longer").Try("ask for a new one")
	encoded, signature, _ := strings.Cut(secret, ".")
	text, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil || !l.Vault.Signed(linkOwner, text, signature) {
		return Link{}, bad
	}
	parts := strings.Split(string(text), " ")
	if len(parts) != linkParts {
		return Link{}, bad
	}
	var link Link
	if link.Call, err = ParseID(parts[1]); err != nil {
		return Link{}, bad
	}
	until, err := strconv.ParseInt(parts[3], 10, 64)
	if err != nil || !at.Before(time.Unix(until, 0)) {
		return Link{}, bad
	}
	if link.Recording, err = strconv.ParseInt(parts[2], 10, 64); err != nil || link.Action.UnmarshalText([]byte(parts[4])) != nil {
		return Link{}, bad
	}
	link.Project, link.Until, link.For = ident.ProjectID(parts[0]), time.Unix(until, 0).UTC(), account.UserID(parts[5])
	return link, nil
}
