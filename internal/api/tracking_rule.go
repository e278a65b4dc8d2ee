package api

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/errs"
	"bellwether/internal/phone"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/swap"
	"bellwether/internal/tracking"
)

// SiteRules are a version of a site's substitution rules.
type SiteRules struct {
	Version int64           `json:"version" doc:"0 where there never were any"`
	Rules   json.RawMessage `json:"rules"`
	At      *time.Time      `json:"at,omitempty"`
	By      string          `json:"by,omitempty"`
}

// SetRules are rules to be in force.
type SetRules struct {
	Basis int64            `json:"basis" minimum:"0" doc:"The version they were made from; 0 for the first"`
	Rules []map[string]any `json:"rules" maxItems:"100" doc:"In their order: {id, name, off, when: {any, conditions: [{field, name, op, values, not}], groups}, schedule, show: [{target, do: pool|number|keep, pool, number}]} (Rules C-60 to C-67)"`
}

// TryVisit is a visit to try rules with.
type TryVisit struct {
	URL      string            `json:"url" minLength:"1" maxLength:"2000" doc:"Of the landing page, whole"`
	Referrer string            `json:"referrer,omitempty" maxLength:"2000"`
	Address  string            `json:"ip,omitempty" maxLength:"64"`
	Device   string            `json:"device,omitempty" enum:"desktop,mobile,tablet"`
	Language string            `json:"language,omitempty" maxLength:"20"`
	Country  string            `json:"country,omitempty" maxLength:"2" doc:"ISO 3166"`
	Region   string            `json:"region,omitempty" maxLength:"10" doc:"ISO 3166-2"`
	City     string            `json:"city,omitempty" maxLength:"100"`
	Custom   map[string]string `json:"custom,omitempty" doc:"Cookies and other values of the site, by name"`
	At       time.Time         `json:"at,omitzero" doc:"Now where left out"`
	Rules    []map[string]any  `json:"rules,omitempty" maxItems:"100" doc:"To try; those in force where left out"`
}

// TriedRules are what a visit would see, and why (Rule C-68).
type TriedRules struct {
	Source   string           `json:"source"`
	Medium   string           `json:"medium"`
	Campaign string           `json:"campaign,omitempty"`
	Channel  string           `json:"channel"`
	Shows    []WouldShow      `json:"shows"`
	Rules    []map[string]any `json:"rules" doc:"Of each rule: whether it decided, and how its conditions held"`
}

// WouldShow is what a target would show.
type WouldShow struct {
	Target string          `json:"target"`
	Do     swap.Do         `json:"do" enum:"pool,number,keep"`
	Pool   tracking.PoolID `json:"pool,omitempty"`
	Number phone.Number    `json:"number,omitempty" doc:"Which number a new visit would be shown now"`
	How    string          `json:"how,omitempty" doc:"Of a pool: leased, taken, overflowed, refused"`
	RuleID string          `json:"rule_id,omitempty"`
	Rule   int             `json:"rule,omitempty" doc:"Its place, from 1; left out where no rule speaks of the target"`
}

func ruleRoutes(a *API) {
	const tag, all = chapterTracking, "/v1/projects/{project}/sites/{site}/rules"
	read(a, route{method: http.MethodGet, path: all, id: "get-rules", tag: tag, need: needPools, summary: "See the rules in force on a site"}, func(ctx context.Context, in *BySite) (SiteRules, error) {
		if _, err := tracking.GetSite(ctx, a.parts.DB, in.id(), in.site()); err != nil {
			return SiteRules{}, err
		}
		rules, err := tracking.GetRules(ctx, a.parts.DB, in.id(), in.site())
		if err != nil {
			return SiteRules{}, err
		}
		return viewRules(rules)
	})
	read(a, route{method: http.MethodGet, path: all + "/versions", id: "list-rule-versions", tag: tag, need: needPools, summary: "List the versions of a site's rules, the latest first"}, a.listRules)
	write(a, route{
		method: http.MethodPut, path: all, id: "set-rules", tag: tag, need: needPoolsWrite, ownRecord: true, summary: "Put rules in force on a site",
		text: "As its next version; refused with `tracking.rules_changed` where somebody else was faster (Rule C-73). To put an older version in force again, send its rules.",
	}, a.setRules)
	read(a, route{
		method: http.MethodPost, path: all + "/try", id: "try-rules", tag: tag, need: needPools, summary: "What would a visit see?",
		text: "By the code that decides for visits: for each target the rule, the pool and the number, and of every rule why it did or did not decide (Rule C-68). Nothing is leased.",
	}, a.tryRules)
}

func viewRules(r tracking.Rules) (SiteRules, error) {
	text, err := json.Marshal(append([]swap.Rule{}, r.Rules...))
	return SiteRules{r.Version, text, happened(r.At), r.By}, err
}

// RuleVersions are those of a site.
type RuleVersions struct {
	Versions []SiteRules `json:"versions"`
}

func (a *API) listRules(ctx context.Context, in *BySite) (out RuleVersions, err error) {
	out.Versions = []SiteRules{}
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		if _, err := tracking.GetSite(ctx, q, in.id(), in.site()); err != nil {
			return err
		}
		all, err := tracking.History(ctx, q, in.id(), in.site())
		if err != nil {
			return err
		}
		out.Versions = make([]SiteRules, len(all))
		for i, r := range all {
			if out.Versions[i], err = viewRules(r); err != nil {
				return err
			}
		}
		return nil
	})
}

// readRules reads rules; a field that they do not have is refused.
func readRules(body []map[string]any) (rules []swap.Rule, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&rules); err != nil {
		return nil, errs.New(errs.Invalid, "tracking.bad_rules", "the rules cannot be read: %v", err).At("rules").Try("look at how the rules in force are written")
	}
	return rules, nil
}

func (a *API) setRules(ctx context.Context, tx *store.Tx, in *struct {
	BySite
	Body SetRules
},
) (SiteRules, error) {
	rules, err := readRules(in.Body.Rules)
	if err != nil {
		return SiteRules{}, err
	}
	return asTracker(ctx, a, in.Of, func(p access.Permit) (SiteRules, error) {
		made, err := a.parts.Tracking.SetRules(ctx, tx, p, in.site(), rules, in.Body.Basis, a.now())
		if err != nil {
			return SiteRules{}, err
		}
		return viewRules(made)
	})
}

func (a *API) tryRules(ctx context.Context, in *struct {
	BySite
	Body TryVisit
},
) (out TriedRules, err error) {
	b := in.Body
	t := tracking.Trial{
		At: b.At, URL: b.URL, Referrer: b.Referrer, Device: b.Device, Language: b.Language, Custom: b.Custom,
		Place: tracking.Place{Country: b.Country, Region: b.Region, City: b.City},
	}
	if t.At.IsZero() {
		t.At = a.now()
	}
	if b.Address != "" {
		if t.Address, err = netip.ParseAddr(b.Address); err != nil {
			return out, errs.New(errs.Invalid, "tracking.bad_address", "%.40q is no IP address", b.Address).At("ip").Try("write it like 203.0.113.7")
		}
	}
	site, err := tracking.GetSite(ctx, a.parts.DB, in.id(), in.site())
	if err != nil {
		return out, err
	}
	home, err := project.Get(ctx, a.parts.DB, in.id())
	if err != nil {
		return out, err
	}
	rules, err := readRules(b.Rules)
	if err == nil && b.Rules == nil {
		var inForce tracking.Rules
		inForce, err = tracking.GetRules(ctx, a.parts.DB, in.id(), in.site())
		rules = inForce.Rules
	}
	if err != nil {
		return out, err
	}
	found, from, err := tracking.Try(site, rules, home.Calendar.Zone(home.Calendar.DayAt(t.At)), t)
	if err != nil {
		return out, err
	}
	out = TriedRules{Source: from.Name, Medium: from.Medium, Campaign: from.Campaign, Channel: string(from.Channel), Shows: []WouldShow{}}
	for _, target := range site.Targets {
		shows := WouldShow{Target: target.ID, Do: swap.Keep}
		for _, answer := range found.Answers {
			if answer.Target == target.ID {
				shows = WouldShow{Target: target.ID, Do: answer.Do, Pool: tracking.PoolID(answer.Pool), Number: answer.Number, RuleID: answer.RuleID, Rule: answer.Rule}
			}
		}
		if shows.Do == swap.Lease {
			if shows.Number, shows.How, err = tracking.WouldLease(ctx, a.parts.DB, a.parts.Events, in.id(), shows.Pool, a.now()); err != nil {
				return out, err
			}
		}
		out.Shows = append(out.Shows, shows)
	}
	out.Rules, err = asObjects(found.Rules)
	return out, err
}

// asObjects is a list as JSON objects, for shapes that the documentation describes in words.
func asObjects(list any) (objects []map[string]any, err error) {
	text, err := json.Marshal(list)
	if err != nil {
		return nil, err
	}
	objects = []map[string]any{}
	err = json.Unmarshal(text, &objects)
	return objects, err
}
