package tracking

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base32"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
)

// SiteID names a site of a project.
type SiteID string

// Site is a website of a project's, with the tag on it (Rule C-70).
type Site struct {
	ID         SiteID          `json:"id"`
	Project    ident.ProjectID `json:"-"`
	Key        string          `json:"key"` // public
	Name       string          `json:"name"`
	Hosts      []string        `json:"hosts"`                // its own, each with all below it: hits come from pages of these alone
	Targets    []Target        `json:"targets"`              // numbers that stand in its pages
	Consent    string          `json:"consent"`              // how the tag learns of consent: one of Consents
	Exclusions []string        `json:"exclusions,omitempty"` // hosts that are no source, such as payment providers
	Cookies    []string        `json:"cookies,omitempty"`    // that rules ask about
	Features   []string        `json:"features,omitempty"`   // of the tag: some of Features
	Contacts   []string        `json:"contacts,omitempty"`   // pages with contacts: paths, "*" stands for any text
	GPC        Consent         `json:"gpc,omitempty"`        // highest level for a browser that sends Global Privacy Control
	Collector  string          `json:"collector,omitempty"`  // host of the client's own that leads to us: "t.shop.example"
	Domain     string          `json:"domain,omitempty"`     // of cookies: one of Hosts; empty: the page's own host
	Off        bool            `json:"off,omitempty"`        // nothing is swapped or counted
	MadeAt     time.Time       `json:"-"`

	secret string
}

// Target is a place of a site where numbers are swapped: one number, however often and in whichever form it stands there.
type Target struct {
	ID      string         `json:"id"` // "t1"
	Name    string         `json:"name"`
	Numbers []phone.Number `json:"numbers"` // that stand in the pages
}

// Consents are how the tag learns what the visitor allows: from an attribute, a function, Google Consent Mode, TCF; or always the
// same.
var Consents = []string{"attr", "function", "gcm", "tcf", "full", "session", "none"}

// Features are what the tag loads where it is wanted.
var Features = []string{"forms", "clicks", "promo"}

const (
	mostSites   = 50
	mostTargets = 20
	mostHosts   = 50
	mostTexts   = 100
	longestName = 100
	longestText = 200
	keyBytes    = 10
)

// AddSite makes a site with a key of its own; ID and Key of s are ignored. Errors: errs.Denied `access.denied`; errs.Invalid
// `tracking.bad_site`; errs.Conflict `tracking.too_many`.
func (s *Service) AddSite(ctx context.Context, tx *store.Tx, p access.Permit, site Site, at time.Time) (Site, error) {
	if err := may(p, access.Edit); err != nil {
		return Site{}, err
	}
	all, err := Sites(ctx, tx, p.Org.Project())
	if err != nil {
		return Site{}, err
	}
	if len(all) >= mostSites {
		return Site{}, tooMany("sites", mostSites)
	}
	id, err := s.newID(at)
	if err != nil {
		return Site{}, err
	}
	site.ID, site.Project, site.MadeAt = SiteID(id), p.Org.Project(), at
	if site.Key, err = s.letters(); err != nil {
		return Site{}, err
	}
	if site.secret, err = s.letters(); err != nil {
		return Site{}, err
	}
	if err := site.check(); err != nil {
		return Site{}, err
	}
	body, err := json.Marshal(site)
	if err != nil {
		return Site{}, err
	}
	if err := tx.Insert(ctx, "tracking_site", []string{"project_id", "site_id", "site_key", "secret", "body", "made_at"},
		[][]any{{p.Org.ID, id, site.Key, site.secret, string(body), at.UnixMicro()}}); err != nil {
		return Site{}, err
	}
	return site, changed(ctx, tx, p, audit.Change{Object: objectSite, ObjectID: id, Action: "create", After: site}, at)
}

// EditSite makes a site what is given; its key stays. Errors as AddSite, and errs.NotFound `tracking.no_site`.
func (s *Service) EditSite(ctx context.Context, tx *store.Tx, p access.Permit, site Site, at time.Time) (Site, error) {
	if err := may(p, access.Edit); err != nil {
		return Site{}, err
	}
	before, err := GetSite(ctx, tx, p.Org.Project(), site.ID)
	if err != nil {
		return Site{}, err
	}
	site.Project, site.Key, site.MadeAt, site.secret = before.Project, before.Key, before.MadeAt, before.secret
	if err := site.check(); err != nil {
		return Site{}, err
	}
	body, err := json.Marshal(site)
	if err != nil {
		return Site{}, err
	}
	if _, err := tx.Exec(ctx, `UPDATE tracking_site SET body = $3 WHERE project_id = $1 AND site_id = $2`, p.Org.ID, string(site.ID), string(body)); err != nil {
		return Site{}, err
	}
	return site, changed(ctx, tx, p, audit.Change{Object: objectSite, ObjectID: string(site.ID), Action: "edit", Before: before, After: site}, at)
}

// RemoveSite ends a site: its key is answered no more. Its visits and the versions of its rules stay.
func (s *Service) RemoveSite(ctx context.Context, tx *store.Tx, p access.Permit, id SiteID, at time.Time) error {
	if err := may(p, access.Delete); err != nil {
		return err
	}
	before, err := GetSite(ctx, tx, p.Org.Project(), id)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM tracking_site WHERE project_id = $1 AND site_id = $2`, p.Org.ID, string(id)); err != nil {
		return err
	}
	return changed(ctx, tx, p, audit.Change{Object: objectSite, ObjectID: string(id), Action: "delete", Before: before}, at)
}

func (s *Service) letters() (string, error) {
	random := s.Random
	if random == nil {
		random = rand.Reader
	}
	var raw [keyBytes]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", err
	}
	return strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(raw[:])), nil
}

func tooMany(what string, most int) error {
	return errs.New(errs.Conflict, "tracking.too_many", "there are at most %d %s", most, what).Try("remove one that is not used")
}

// Sites lists those of a project, oldest first.
func Sites(ctx context.Context, q store.Querier, id ident.ProjectID) (sites []Site, err error) {
	return sites, store.EachRow(ctx, q, `SELECT project_id, site_id, site_key, secret, body, made_at FROM tracking_site WHERE project_id = $1 ORDER BY site_id`,
		[]any{string(id)}, func(rows *sql.Rows) error {
			site, err := scanSite(rows.Scan)
			sites = append(sites, site)
			return err
		})
}

// GetSite reads a site of a project; errs.NotFound `tracking.no_site`.
func GetSite(ctx context.Context, q store.Querier, project ident.ProjectID, id SiteID) (Site, error) {
	return oneSite(q.QueryRow(ctx, `SELECT project_id, site_id, site_key, secret, body, made_at FROM tracking_site WHERE project_id = $1 AND site_id = $2`,
		string(project), string(id)))
}

// SiteByKey finds the site of a public key; errs.NotFound `tracking.no_site`.
func SiteByKey(ctx context.Context, q store.Querier, key string) (Site, error) {
	return oneSite(q.QueryRow(ctx, `SELECT project_id, site_id, site_key, secret, body, made_at FROM tracking_site WHERE site_key = $1`, key))
}

func oneSite(row *sql.Row) (Site, error) {
	site, err := scanSite(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Site{}, errs.New(errs.NotFound, "tracking.no_site", "there is no such site").Try("look at the list of sites")
	}
	return site, err
}

func scanSite(scan func(...any) error) (site Site, err error) {
	var project, id, key, secret, body string
	var at int64
	if err := scan(&project, &id, &key, &secret, &body, &at); err != nil {
		return Site{}, err
	}
	err = json.Unmarshal([]byte(body), &site)
	site.Project, site.ID, site.Key, site.secret, site.MadeAt = ident.ProjectID(project), SiteID(id), key, secret, instant(at)
	return site, err
}
