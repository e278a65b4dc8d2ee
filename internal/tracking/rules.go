package tracking

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/swap"
)

// Rules is a version of a site's substitution rules (Rule C-73).
type Rules struct {
	Site    SiteID      `json:"site"`
	Version int64       `json:"version"` // 0 where there never were any
	Rules   []swap.Rule `json:"rules"`
	At      time.Time   `json:"at"`
	By      string      `json:"by"`
}

// SetRules puts rules in force on a site, as its next version; basis is the version they were made from. Errors: errs.Denied
// `access.denied`; errs.NotFound `tracking.no_site`; errs.Conflict `tracking.rules_changed` where somebody else was faster;
// errs.Invalid `tracking.bad_rules` for a pool, target or number that is not there, and those of swap.Check.
func (s *Service) SetRules(ctx context.Context, tx *store.Tx, p access.Permit, id SiteID, rules []swap.Rule, basis int64, at time.Time) (Rules, error) {
	if err := may(p, access.Edit); err != nil {
		return Rules{}, err
	}
	site, err := GetSite(ctx, tx, p.Org.Project(), id)
	if err != nil {
		return Rules{}, err
	}
	before, err := GetRules(ctx, tx, site.Project, id)
	if err != nil {
		return Rules{}, err
	}
	if before.Version != basis {
		return Rules{}, errs.New(errs.Conflict, "tracking.rules_changed", "the rules were changed meanwhile: version %d is in force", before.Version).
			Try("look at it, then change it")
	}
	if err := s.checkRules(ctx, tx, site, rules); err != nil {
		return Rules{}, err
	}
	made := Rules{Site: id, Version: basis + 1, Rules: rules, At: at, By: p.Actor().Name()}
	body, err := json.Marshal(rules)
	if err != nil {
		return Rules{}, err
	}
	if err := tx.Insert(ctx, "tracking_rules", []string{"project_id", "site_id", "version", "body", "at", "by_whom"},
		[][]any{{p.Org.ID, string(id), made.Version, string(body), at.UnixMicro(), made.By}}); err != nil {
		return Rules{}, err
	}
	return made, changed(ctx, tx, p, audit.Change{Object: objectRules, ObjectID: string(id), Action: "set", Before: before, After: made}, at)
}

// checkRules checks rules and that what they name is there.
func (s *Service) checkRules(ctx context.Context, tx *store.Tx, site Site, rules []swap.Rule) error {
	if err := swap.Check(rules); err != nil {
		return err
	}
	pools, err := Pools(ctx, tx, site.Project)
	if err != nil {
		return err
	}
	known, targets := map[string]bool{}, map[string]bool{}
	for _, p := range pools {
		known[string(p.ID)] = true
	}
	for _, t := range site.Targets {
		targets[t.ID] = true
	}
	for i, r := range rules {
		for j, show := range r.Show {
			where := fmt.Sprintf("rules[%d].show[%d]", i, j)
			switch {
			case !targets[show.Target]:
				return errs.New(errs.Invalid, "tracking.bad_rules", "the site has no target %.40q", show.Target).At(where + ".target").Try("add it to the site first")
			case show.Do == swap.Lease && !known[show.Pool]:
				return errs.New(errs.Invalid, "tracking.bad_rules", "there is no pool %.40q", show.Pool).At(where + ".pool").Try("choose one of the project's")
			case show.Do == swap.Fixed:
				if err := s.mustHold(ctx, tx, site.Project, show.Number, where+".number"); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// GetRules reads the rules in force on a site; version 0 without any where there never were.
func GetRules(ctx context.Context, q store.Querier, project ident.ProjectID, id SiteID) (Rules, error) {
	all, err := versions(ctx, q, project, id, 1)
	if err != nil || len(all) == 0 {
		return Rules{Site: id}, err
	}
	return all[0], nil
}

// mostVersions is how many versions a history shows.
const mostVersions = 200

// History lists the versions of a site's rules, the latest first.
func History(ctx context.Context, q store.Querier, project ident.ProjectID, id SiteID) ([]Rules, error) {
	return versions(ctx, q, project, id, mostVersions)
}

func versions(ctx context.Context, q store.Querier, project ident.ProjectID, id SiteID, most int) (all []Rules, err error) {
	return all, store.EachRow(ctx, q, `SELECT version, body, at, by_whom FROM tracking_rules WHERE project_id = $1 AND site_id = $2 ORDER BY version DESC LIMIT $3`,
		[]any{string(project), string(id), most}, func(rows *sql.Rows) error {
			r := Rules{Site: id}
			var body string
			var at int64
			if err := rows.Scan(&r.Version, &body, &at, &r.By); err != nil {
				return err
			}
			r.At = instant(at)
			all = append(all, r)
			return json.Unmarshal([]byte(body), &all[len(all)-1].Rules)
		})
}

// refuseNamed refuses to end a pool that rules in force name.
func refuseNamed(ctx context.Context, q store.Querier, project ident.ProjectID, id PoolID) error {
	sites, err := Sites(ctx, q, project)
	if err != nil {
		return err
	}
	for _, site := range sites {
		rules, err := GetRules(ctx, q, project, site.ID)
		if err != nil {
			return err
		}
		for _, r := range rules.Rules {
			for _, show := range r.Show {
				if show.Pool == string(id) {
					return errs.New(errs.Conflict, "tracking.in_use", "rule %.100q of site %.100q shows numbers of the pool", r.Name, site.Name).Try("change the rule first")
				}
			}
		}
	}
	return nil
}
