package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/widget"
)

// TrackedSite is a website with the tag on it, as it is written (Rule C-70).
type TrackedSite struct {
	Name       string          `json:"name" minLength:"1" maxLength:"100"`
	Hosts      []string        `json:"hosts" minItems:"1" maxItems:"50" doc:"Its own, each with all below it" example:"[\"shop.example\"]"`
	Targets    []TrackedTarget `json:"targets" minItems:"1" maxItems:"20" doc:"The numbers that stand in its pages"`
	Consent    string          `json:"consent" enum:"attr,function,gcm,tcf,full,session,none" doc:"How the tag learns of consent"`
	Exclusions []string        `json:"exclusions,omitempty" maxItems:"100" doc:"Hosts that are no source, such as payment services"`
	Cookies    []string        `json:"cookies,omitempty" maxItems:"100" doc:"That rules ask about"`
	Features   []string        `json:"features,omitempty" maxItems:"3" doc:"Of the tag: forms, clicks, promo"`
	Contacts   []string        `json:"contacts,omitempty" maxItems:"100" doc:"Pages with contacts: paths, * stands for any text"`
	GPC        int             `json:"gpc,omitempty" minimum:"0" maximum:"2" doc:"Highest level of consent for a browser that sends Global Privacy Control"`
	Collector  string          `json:"collector,omitempty" maxLength:"200" doc:"A host of the site's own that leads to us"`
	Domain     string          `json:"domain,omitempty" maxLength:"200" doc:"Of the tag's cookie: one of hosts"`
	Off        bool            `json:"off,omitempty" doc:"Nothing is swapped or counted"`
}

// TrackedTarget is a place for a number in the pages of a site.
type TrackedTarget struct {
	ID      string         `json:"id" maxLength:"64" example:"t1"`
	Name    string         `json:"name" maxLength:"100"`
	Numbers []phone.Number `json:"numbers" minItems:"1" maxItems:"20" doc:"That stand in the pages, E.164"`
}

// OneSite is a site as it is kept.
type OneSite struct {
	ID     tracking.SiteID `json:"id"`
	Key    string          `json:"key" doc:"Public: it stands in the site's pages"`
	MadeAt time.Time       `json:"made_at"`
	TrackedSite
}

// BySite names a site of a project.
type BySite struct {
	Of
	Site string `path:"site" maxLength:"64"`
}

func (b BySite) site() tracking.SiteID { return tracking.SiteID(b.Site) }

// TagCode is what is pasted into a site.
type TagCode struct {
	Snippets []TagSnippet `json:"snippets"`
	Proxy    string       `json:"proxy" doc:"A piece of nginx' configuration for a host of the site's own"`
}

// TagSnippet is one way to put the tag on the pages.
type TagSnippet struct {
	Name string `json:"name" enum:"page,plain,steady,gtm,wordpress"`
	Lang string `json:"language" enum:"html,php"`
	Text string `json:"text"`
}

func siteRoutes(a *API) {
	const tag, all, one = chapterTracking, "/v1/projects/{project}/sites", "/v1/projects/{project}/sites/{site}"
	read(a, route{method: http.MethodGet, path: all, id: "list-sites", tag: tag, need: needPools, summary: "List sites"}, a.listSites)
	write(a, route{method: http.MethodPost, path: all, id: "add-site", tag: tag, need: needPoolsWrite, status: http.StatusCreated, ownRecord: true, summary: "Add a site"},
		func(ctx context.Context, tx *store.Tx, in *struct {
			Of
			Body TrackedSite
		},
		) (OneSite, error) {
			p, err := a.permit(ctx, in.id())
			if err != nil {
				return OneSite{}, err
			}
			site, err := a.parts.Tracking.AddSite(ctx, tx, p, in.Body.domain(""), a.now())
			return viewSite(site), err
		})
	read(a, route{method: http.MethodGet, path: one, id: "get-site", tag: tag, need: needPools, summary: "See a site"}, func(ctx context.Context, in *BySite) (OneSite, error) {
		site, err := tracking.GetSite(ctx, a.parts.DB, in.id(), in.site())
		return viewSite(site), err
	})
	write(a, route{method: http.MethodPut, path: one, id: "edit-site", tag: tag, need: needPoolsWrite, ownRecord: true, summary: "Change a site", text: "It becomes what is given; its key stays. Open pages follow with their next heartbeat (Rule C-73)."},
		func(ctx context.Context, tx *store.Tx, in *struct {
			BySite
			Body TrackedSite
		},
		) (OneSite, error) {
			p, err := a.permit(ctx, in.id())
			if err != nil {
				return OneSite{}, err
			}
			site, err := a.parts.Tracking.EditSite(ctx, tx, p, in.Body.domain(in.site()), a.now())
			return viewSite(site), err
		})
	write(a, route{method: http.MethodDelete, path: one, id: "remove-site", tag: tag, need: needPoolsWrite, ownRecord: true, summary: "Remove a site", text: "Its key is answered no more; its visits stay."},
		func(ctx context.Context, tx *store.Tx, in *BySite) (Removed, error) {
			p, err := a.permit(ctx, in.id())
			if err != nil {
				return Removed{}, err
			}
			return Removed{in.Site}, a.parts.Tracking.RemoveSite(ctx, tx, p, in.site(), a.now())
		})
	read(a, route{method: http.MethodGet, path: one + "/code", id: "get-site-code", tag: tag, need: needPools, summary: "Get the code of a site's tag"}, a.siteCode)
}

func (s TrackedSite) domain(id tracking.SiteID) tracking.Site {
	site := tracking.Site{
		ID: id, Name: s.Name, Hosts: s.Hosts, Consent: s.Consent, Exclusions: s.Exclusions, Cookies: s.Cookies, Features: s.Features, Contacts: s.Contacts,
		GPC: tracking.Consent(s.GPC), Collector: s.Collector, Domain: s.Domain, Off: s.Off,
	}
	for _, t := range s.Targets {
		site.Targets = append(site.Targets, tracking.Target(t))
	}
	return site
}

func viewSite(s tracking.Site) OneSite {
	view := OneSite{ID: s.ID, Key: s.Key, MadeAt: s.MadeAt, TrackedSite: TrackedSite{
		Name: s.Name, Hosts: s.Hosts, Consent: s.Consent, Exclusions: s.Exclusions, Cookies: s.Cookies, Features: s.Features, Contacts: s.Contacts,
		GPC: int(s.GPC), Collector: s.Collector, Domain: s.Domain, Off: s.Off,
	}}
	for _, t := range s.Targets {
		view.Targets = append(view.Targets, TrackedTarget(t))
	}
	return view
}

// Sites are those of a project.
type Sites struct {
	Sites []OneSite `json:"sites"`
}

func (a *API) listSites(ctx context.Context, in *struct{ Of }) (Sites, error) {
	all, err := tracking.Sites(ctx, a.parts.DB, in.id())
	out := Sites{Sites: make([]OneSite, len(all))}
	for i, s := range all {
		out.Sites[i] = viewSite(s)
	}
	return out, err
}

func (a *API) siteCode(ctx context.Context, in *BySite) (TagCode, error) {
	site, err := tracking.GetSite(ctx, a.parts.DB, in.id(), in.site())
	if err != nil {
		return TagCode{}, err
	}
	out := TagCode{Proxy: widget.Proxy(a.parts.Origin)}
	for _, s := range widget.Served(site, a.parts.Origin).Snippets() {
		out.Snippets = append(out.Snippets, TagSnippet(s))
	}
	return out, nil
}

// asTracker does something to pools and numbers with the caller's permit.
func asTracker[O any](ctx context.Context, a *API, of Of, do func(access.Permit) (O, error)) (out O, err error) {
	p, err := a.permit(ctx, of.id())
	if err != nil {
		return out, err
	}
	return do(p)
}
