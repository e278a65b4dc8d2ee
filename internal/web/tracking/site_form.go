package tracking

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// newSiteView is what stands on the page that adds a site: what it cannot do without. The rest has its usual settings.
type newSiteView struct {
	path, wrong          string
	name, hosts, numbers ui.Field
	consent              ui.Select
}

// settingsView is what stands on the page of a site's settings.
type settingsView struct {
	path, wrong string
	name, hosts ui.Field
	off         ui.Check
	count       int
	targets     []targetView

	consent, gpc                  ui.Select
	exclusions, contacts, cookies ui.Field
	features                      []ui.Check
	domain, collector             ui.Field
}

type targetView struct {
	id            string
	name, numbers ui.Field
}

var consentKeys = map[string]lang.Key{
	"attr": "tracking.consent_attr", "function": "tracking.consent_function", "gcm": "tracking.consent_gcm", "tcf": "tracking.consent_tcf",
	"full": "tracking.consent_full", "session": "tracking.consent_session", "none": "tracking.consent_none",
}

var featureKeys = map[string][2]lang.Key{
	"forms":  {"tracking.feature_forms", "tracking.feature_forms_hint"},
	"clicks": {"tracking.feature_clicks", "tracking.feature_clicks_hint"},
	"promo":  {"tracking.feature_promo", "tracking.feature_promo_hint"},
}

func consents(v *ui.View) (list []ui.Choice) {
	for _, one := range tracking.Consents {
		list = append(list, ui.Choice{Value: one, Text: v.T(consentKeys[one])})
	}
	return list
}

// askSite is GET /tracking/sites/new.
func (p *pages) askSite(v *cabinet.Visit) error {
	f := cabinet.NewForm(map[string]string{"consent": "session"})
	return v.Render(below(v, "", v.T("tracking.site_new")), newSitePage(newSiteForm(v, f)))
}

func newSiteForm(v *cabinet.Visit, f *cabinet.Form) newSiteView {
	view := newSiteView{
		path: v.Path(root + "/sites/new"), wrong: f.Wrong[""],
		name: field(f, "name", v.T("tracking.site_name"), ""), hosts: lines(f, "hosts", v.T("tracking.hosts"), v.T("tracking.hosts_hint")),
		numbers: field(f, "numbers", v.T("tracking.shown_number"), v.T("tracking.shown_number_hint")),
		consent: pick(f, "consent", v.T("tracking.consent"), v.T("tracking.consent_hint"), "", consents(v.View)...),
	}
	view.hosts.Lines, view.numbers.Longest = 2, 1000
	view.name.Required, view.hosts.Required, view.numbers.Required = true, true, true
	return view
}

// addSite is POST /tracking/sites/new.
func (p *pages) addSite(v *cabinet.Visit) error {
	f := v.Form()
	wish := tracking.Site{
		Name: f.Get("name"), Hosts: entries(f.Get("hosts")), Consent: f.Get("consent"), Features: []string{"clicks"},
		Targets: []tracking.Target{{ID: "t1", Name: f.Get("name"), Numbers: numbersOf(f.Get("numbers"), v.Project.Country)}},
	}
	var made tracking.Site
	err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		made, err = p.Tracking.AddSite(ctx, tx, v.Permit, wish, v.At)
		return err
	})
	if kind := errs.KindOf(err); kind == errs.Invalid || kind == errs.Conflict {
		if err := refuse(v, f, err, "name", "hosts", "numbers", "consent"); err != nil {
			return err
		}
		return v.RenderWrong(below(v, "", v.T("tracking.site_new")), newSitePage(newSiteForm(v, f)))
	}
	if err != nil {
		return err
	}
	return v.Done(sitePath(v, made.ID, ""), ui.Toast{Text: v.T("tracking.site_added", lang.Values{"Name": made.Name})})
}

// numbersOf reads telephone numbers, those without a country as ones of the project's; what is none stays, to be refused.
func numbersOf(text, country string) (list []phone.Number) {
	for _, one := range entries(text) {
		n, err := phone.Parse(one, country)
		if err != nil {
			n = phone.Number(one)
		}
		list = append(list, n)
	}
	return list
}

// refuse notes what is wrong beside its field: an error of "hosts[1]" beside hosts, one of "targets[0].numbers[0]" beside the numbers
// of that target, or the only numbers there are.
func refuse(v *cabinet.Visit, f *cabinet.Form, err error, fields ...string) error {
	var e *errs.Error
	if errors.As(err, &e) {
		place := e.Where
		if rest, ok := strings.CutPrefix(place, "targets"); ok {
			at := 0
			_, _ = fmt.Sscanf(rest, "[%d]", &at) // the first one, where it names none
			place = "numbers"
			if f.Values.Has("targets") {
				place = targetName(at, "numbers")
			}
		}
		place, _, _ = strings.Cut(place, "[")
		moved := *e
		moved.Where = place
		err = &moved
	}
	return f.Refuse(v, err, fields...)
}

func targetName(i int, name string) string { return fmt.Sprintf("target.%d.%s", i, name) }

// mostTargets is how many targets a form may have.
const mostTargets = 20

func settingsForm(v *cabinet.Visit, site tracking.Site) *cabinet.Form {
	f := cabinet.NewForm(map[string]string{
		"name": site.Name, "hosts": strings.Join(site.Hosts, "\n"), "off": on(site.Off), "consent": site.Consent, "gpc": itoa(int(site.GPC)),
		"exclusions": strings.Join(site.Exclusions, "\n"), "contacts": strings.Join(site.Contacts, "\n"), "cookies": strings.Join(site.Cookies, "\n"),
		"domain": site.Domain, "collector": site.Collector, "targets": itoa(len(site.Targets)),
	})
	for _, one := range site.Features {
		f.Values.Set("feature."+one, "on")
	}
	for i, t := range site.Targets {
		var numbers []string
		for _, n := range t.Numbers {
			numbers = append(numbers, v.Phone(n))
		}
		f.Values.Set(targetName(i, "id"), t.ID)
		f.Values.Set(targetName(i, "name"), t.Name)
		f.Values.Set(targetName(i, "numbers"), strings.Join(numbers, ", "))
	}
	return f
}

// siteOf reads a form of settings. Behind the targets stands an empty line: one that is filled in there is added.
func siteOf(f *cabinet.Form, site tracking.Site, country string) tracking.Site {
	site.Name, site.Hosts, site.Off, site.Consent = f.Get("name"), entries(f.Get("hosts")), f.Get("off") != "", f.Get("consent")
	site.GPC = tracking.Consent(number(f, "gpc"))
	site.Exclusions, site.Contacts, site.Cookies = entries(f.Get("exclusions")), entries(f.Get("contacts")), entries(f.Get("cookies"))
	site.Domain, site.Collector = f.Get("domain"), f.Get("collector")
	site.Features, site.Targets = nil, nil
	for _, one := range tracking.Features {
		if f.Get("feature."+one) != "" {
			site.Features = append(site.Features, one)
		}
	}
	taken := map[string]bool{}
	for i := range min(max(number(f, "targets"), 0)+1, mostTargets) {
		t := tracking.Target{ID: f.Get(targetName(i, "id")), Name: f.Get(targetName(i, "name")), Numbers: numbersOf(f.Get(targetName(i, "numbers")), country)}
		if len(t.Numbers) == 0 {
			continue
		}
		if t.ID == "" {
			t.ID = freeID("t", taken)
		}
		taken[t.ID] = true
		site.Targets = append(site.Targets, t)
	}
	return site
}

// freeID is the first id that is not taken: t1, t2, ...
func freeID(prefix string, taken map[string]bool) string {
	for n := 1; ; n++ {
		if id := prefix + itoa(n); !taken[id] {
			return id
		}
	}
}

func settingsOf(v *cabinet.Visit, site tracking.Site, f *cabinet.Form) settingsView {
	view := settingsView{
		path: sitePath(v, site.ID, "/settings"), wrong: f.Wrong[""], count: max(number(f, "targets"), 0),
		name: field(f, "name", v.T("tracking.site_name"), ""), hosts: lines(f, "hosts", v.T("tracking.hosts"), v.T("tracking.hosts_hint")),
		off:     tick(f, "off", v.T("tracking.off"), v.T("tracking.off_hint")),
		consent: pick(f, "consent", v.T("tracking.consent"), v.T("tracking.consent_hint"), "", consents(v.View)...),
		gpc: pick(f, "gpc", v.T("tracking.gpc"), v.T("tracking.gpc_hint"), "",
			ui.Choice{Value: "0", Text: v.T("tracking.level_none")}, ui.Choice{Value: "1", Text: v.T("tracking.level_session")}, ui.Choice{Value: "2", Text: v.T("tracking.level_full")}),
		exclusions: lines(f, "exclusions", v.T("tracking.exclusions"), v.T("tracking.exclusions_hint")),
		contacts:   lines(f, "contacts", v.T("tracking.contacts"), v.T("tracking.contacts_hint")),
		cookies:    lines(f, "cookies", v.T("tracking.cookies"), v.T("tracking.cookies_hint")),
		domain:     field(f, "domain", v.T("tracking.domain"), v.T("tracking.domain_hint")),
		collector:  field(f, "collector", v.T("tracking.collector"), v.T("tracking.collector_hint")),
	}
	view.name.Required, view.hosts.Required = true, true
	for _, one := range tracking.Features {
		view.features = append(view.features, tick(f, "feature."+one, v.T(featureKeys[one][0]), v.T(featureKeys[one][1])))
	}
	for i := range min(view.count+1, mostTargets) {
		t := targetView{
			id: f.Get(targetName(i, "id")), name: field(f, targetName(i, "name"), v.T("tracking.target_name"), ""),
			numbers: field(f, targetName(i, "numbers"), v.T("tracking.shown_number"), ""),
		}
		t.numbers.Longest = 1000
		view.targets = append(view.targets, t)
	}
	return view
}

// askSettings is GET /tracking/sites/{site}/settings.
func (p *pages) askSettings(v *cabinet.Visit) error {
	site, err := p.chosenSite(v)
	if err != nil {
		return err
	}
	return v.Render(belowSite(v, site, v.T("tracking.settings")), settingsPage(settingsOf(v, site, settingsForm(v, site))))
}

// setSettings is POST /tracking/sites/{site}/settings.
func (p *pages) setSettings(v *cabinet.Visit) error {
	site, err := p.chosenSite(v)
	if err != nil {
		return err
	}
	f := v.Form()
	wish := siteOf(f, site, v.Project.Country)
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		_, err := p.Tracking.EditSite(ctx, tx, v.Permit, wish, v.At)
		return err
	})
	if kind := errs.KindOf(err); kind == errs.Invalid || kind == errs.Conflict {
		fields := []string{"name", "hosts", "consent", "gpc", "exclusions", "contacts", "cookies", "domain", "collector"}
		for i := range mostTargets {
			fields = append(fields, targetName(i, "numbers"))
		}
		if err := refuse(v, f, err, fields...); err != nil {
			return err
		}
		return v.RenderWrong(belowSite(v, site, v.T("tracking.settings")), settingsPage(settingsOf(v, site, f)))
	}
	if err != nil {
		return err
	}
	return v.Done(sitePath(v, site.ID, ""), ui.Toast{Text: v.T("tracking.settings_saved")})
}
