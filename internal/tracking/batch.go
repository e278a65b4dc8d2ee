package tracking

import (
	"context"
	"slices"
	"strings"
	"time"

	"bellwether/internal/pool"
	"bellwether/internal/source"
	"bellwether/internal/store"
	"bellwether/internal/swap"
)

// batch is the hits of one transaction and the rows they make.
type batch struct {
	collector *Collector
	tx        *store.Tx

	visits, hits, leases [][]any
	rewritten            map[*visit]key // visits whose first row is to be written anew
	dirty                []change
	touched              map[*visit]bool
	did                  deeds               // of the hit that is dealt with
	visitors             map[string]*visitor // those of this batch, by project and name
}

// change is a visit whose row is to be written.
type change struct {
	project key
	visit   *visit
}

// take deals with one hit.
func (b *batch) take(ctx context.Context, l *live, t *task) (Answer, error) {
	b.did = deeds{bot: t.agent.bot != ""}
	if id, again := l.marks[t.hit.ID]; again { // sent again: it counts once (Rule C-75)
		if v := l.visits[id]; v != nil {
			return b.answer(l, v, t), nil
		}
	}
	v := l.find(t)
	if v == nil && t.hit.Kind == LeaveHit {
		return Answer{}, nil
	}
	if v == nil || t.hit.Kind == PageHit && t.from.Begins(v.from) {
		begun, err := b.begin(ctx, l, t)
		if err != nil {
			return Answer{}, err
		}
		v, b.did.begun = begun, true
	} else if err := b.consent(ctx, l, v, t); err != nil {
		return Answer{}, err
	}
	b.count(l, v, t)
	if t.hit.Kind == LeadHit {
		if err := b.lead(ctx, l, v, t); err != nil {
			return Answer{}, err
		}
	}
	if err := b.showPromo(ctx, l, v, t); err != nil {
		return Answer{}, err
	}
	b.show(l, v, t)
	b.touch(l.project, v)
	return b.answer(l, v, t), nil
}

// begin opens a visit (Rule C-75).
func (b *batch) begin(ctx context.Context, l *live, t *task) (*visit, error) {
	b.collector.classify(t)
	v := &visit{
		id: VisitID(b.collector.ids.Next(t.at)), site: t.setup.site.ID, consent: t.hit.Consent, from: t.from, landing: t.hit.URL, referrer: t.hit.Referrer,
		agent: t.agent, place: t.place, language: t.hit.Language, network: t.network, width: t.hit.Width, custom: t.hit.Custom, last: t.at, origin: t.origin,
	}
	if t.visit == 0 && t.hit.LandingURL != "" {
		v.landing, v.referrer = t.hit.LandingURL, t.hit.LandingReferrer
	}
	if err := b.meet(ctx, l, v, t); err != nil {
		return nil, err
	}
	l.add(v)
	l.open(v, t)
	b.visits = append(b.visits, v.row(l.project))
	return v, nil
}

// count notes what a hit tells of its visit.
func (b *batch) count(l *live, v *visit, t *task) {
	v.hits++
	v.last = t.at
	if v.origin == 0 {
		v.origin = t.origin
	}
	switch t.hit.Kind {
	case LeaveHit:
		v.left = t.at
		return
	case PageHit:
		v.pages++
	}
	v.left = time.Time{}
	if t.hit.URL != "" {
		v.page = t.hit.URL
		v.contacts = v.contacts || isContact(t.setup.site.Contacts, t.hit.URL)
	}
	if t.hit.Kind == PageHit || t.hit.Kind == LeadHit {
		l.marks[t.hit.ID] = v.id
		v.marks = append(v.marks, t.hit.ID)
		b.hits = append(b.hits, []any{string(l.project), b.collector.ids.Next(t.at), int64(v.id), t.hit.ID, string(t.hit.Kind), t.hit.URL})
	}
}

// isContact reports whether a page is one of those with contacts.
func isContact(patterns []string, page string) bool {
	if len(patterns) == 0 {
		return false
	}
	_, path, _ := strings.Cut(page, "://")
	i := strings.IndexByte(path, '/')
	if i < 0 {
		return false
	}
	path, _, _ = strings.Cut(path[i:], "?")
	return slices.ContainsFunc(patterns, func(pattern string) bool { return swap.Match(path, pattern) })
}

// show decides what the visit's targets show, and renews what it holds.
func (b *batch) show(l *live, v *visit, t *task) {
	if v.agent.bot != "" {
		return
	}
	if v.learn(t.hit.Custom) {
		b.rewrite(l.project, v)
	}
	if t.hit.Kind == LeaveHit {
		b.renew(l, v, t)
		return
	}
	var now []shown
	for _, answer := range t.setup.plan.Decide(v.facts(t)) {
		if s := b.showOne(l, v, t, answer); s.how != "" {
			now = append(now, s)
		}
	}
	v.shown = now
}

// renew keeps what a visit holds, whose page is out of sight: on a phone that is dialling it always is.
func (b *batch) renew(l *live, v *visit, t *task) {
	for i := range v.shown {
		if s := &v.shown[i]; s.held() {
			*s = b.lease(l, v, t, swap.Answer{Target: s.target, Pool: string(s.pool), RuleID: s.rule})
		}
	}
}

func (b *batch) showOne(l *live, v *visit, t *task, answer swap.Answer) shown {
	switch answer.Do {
	case swap.Fixed:
		return shown{target: answer.Target, number: answer.Number, how: howFixed, rule: answer.RuleID}
	case swap.Lease:
		before := v.shows(answer.Target)
		if before == nil && len(t.hit.Targets) > 0 && !slices.Contains(t.hit.Targets, answer.Target) {
			return shown{} // it does not stand in the page: no number is spent on it
		}
		return b.lease(l, v, t, answer)
	}
	return shown{}
}

// lease asks the pool for the visit's number (Rules C-01 to C-06). Without consent, and beyond what an address may hold, it is that of
// the source (Rules C-79, C-82).
func (b *batch) lease(l *live, v *visit, t *task, answer swap.Answer) shown {
	s := shown{target: answer.Target, pool: PoolID(answer.Pool), rule: answer.RuleID}
	a := l.pools[s.pool]
	if a == nil {
		return shown{}
	}
	before := v.shows(s.target)
	owns := before != nil && before.held() && before.pool == s.pool
	refused := mayLease
	if v.consent != NoConsent && !owns {
		refused = l.refuses(v, a, t.at)
	}
	if refused != mayLease || v.consent == NoConsent {
		b.did.refuse(refused)
		if refused != mayLease {
			return t.withhold(s, v)
		}
		if s.number = t.setup.signOf(v.from); s.number == "" {
			return shown{}
		}
		s.how = howSign
		return s
	}
	waiting, unproven := before != nil && before.waits(), !v.alive()
	e := a.Lease(pool.Request{Visit: v.holder(s.target), Visitor: v.person(s.target), Waiting: waiting || unproven}, t.at)
	if e.Overload() && unproven && !waiting {
		b.did.refuse(noSign)
		return t.spare(s, e, v)
	}
	s.number, s.how = e.Number, string(e.Kind)
	switch e.Kind {
	case pool.Renewed:
		s.how = string(pool.Leased)
		if before != nil && before.held() {
			s.how = before.how
		}
	case pool.Leased, pool.Returned, pool.Taken:
		l.leased(v, t.at)
		b.did.leases = append(b.did.leases, string(e.Kind))
		b.leases = append(b.leases, []any{string(l.project), string(e.Number), b.collector.ids.Next(t.at), int64(v.id), string(s.pool), s.target, s.rule, string(e.Kind)})
	}
	if e.Overload() && !e.Again {
		b.did.overloads++
	}
	if e.Lost != "" {
		if loser := l.lose(e.Lost); loser != nil {
			b.touch(l.project, loser)
		}
	}
	return s
}

// facts are what rules may ask of a visit. Its address is that of the hit: none is kept.
// Of the site's values those count that the page has now.
func (v *visit) facts(t *task) swap.Visit {
	custom := v.custom
	if len(t.hit.Custom) > 0 {
		custom = t.hit.Custom
	}
	return swap.Visit{
		At: t.at, Landing: v.landing, Referrer: v.from.Host, Source: v.from.Name, Medium: v.from.Medium, Campaign: v.from.Campaign, Term: v.from.Term,
		Content: v.from.Content, Channel: string(v.from.Channel), Traffic: string(v.from.Kind), Country: v.place.Country, Regions: v.place.names(), City: v.place.City,
		Language: v.language, Device: v.agent.device, Address: t.address, Custom: custom,
	}
}

// rewrite has the row of a visit written anew that is else written once.
func (b *batch) rewrite(project key, v *visit) {
	if b.rewritten == nil {
		b.rewritten = map[*visit]key{}
	}
	b.rewritten[v] = project
}

func (b *batch) touch(project key, v *visit) {
	if b.touched == nil {
		b.touched = map[*visit]bool{}
	}
	if !b.touched[v] {
		b.touched[v] = true
		b.dirty = append(b.dirty, change{project, v})
	}
}

// answer is what the tag is told.
func (b *batch) answer(_ *live, v *visit, t *task) Answer {
	if v.token == "" {
		v.token = token(&t.setup.site, v.id)
	}
	a := Answer{Visitor: v.visitor, Visit: v.token, Beat: beatSeconds, Revision: t.setup.revision, Promo: string(v.promo), did: b.did}
	for _, s := range v.shown {
		if s.number != "" {
			if a.Numbers == nil {
				a.Numbers = map[string]string{}
			}
			a.Numbers[s.target] = string(s.number)
		}
	}
	return a
}

// lead stores what a visitor left (Rule C-83).
func (b *batch) lead(ctx context.Context, l *live, v *visit, t *task) error {
	left := *t.hit.Lead
	if number, err := numberLeft(left.Phone, v.place.Country, t.setup.site.Targets); err == nil {
		left.Phone = string(number)
		v.phone = left.Phone
		if known := b.visitors[v.visitorKey(l.project)]; v.visitor != "" && known != nil {
			known.phone = left.Phone
		} else if v.visitor != "" {
			if _, err := b.tx.Exec(ctx, `UPDATE tracking_visitor SET phone = $3 WHERE project_id = $1 AND visitor_id = $2`, string(l.project), v.visitor, left.Phone); err != nil {
				return err
			}
		}
	}
	if left.Kind != "form" {
		v.taps++
		v.tapped = t.at
	}
	repeated, err := b.repeats(ctx, l, v, left, t.at)
	if err != nil {
		return err
	}
	return b.tx.Insert(ctx, "tracking_lead", leadColumns, [][]any{{
		string(l.project), b.collector.ids.Next(t.at), int64(v.id), left.Kind, left.Form, left.Phone, left.Email, left.Name, t.hit.URL, int(v.consent), repeated, "", "", string(NewLead), t.at.UnixMicro(), "",
	}})
}

var leadColumns = []string{"project_id", "lead_id", "visit_id", "kind", "form", "phone", "email", "name", "page", "consent", "repeated", "promo", "reference", "state", "state_at", "state_by"}

// repeats reports whether the visit has left the same before.
func (b *batch) repeats(ctx context.Context, l *live, v *visit, left Lead, _ time.Time) (repeated bool, err error) {
	err = b.tx.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM tracking_lead /*by tracking_lead_visit*/ WHERE project_id = $1 AND visit_id = $2 AND kind = $3 AND form = $4 AND phone = $5 AND email = $6)`,
		string(l.project), int64(v.id), left.Kind, left.Form, left.Phone, left.Email).Scan(&repeated)
	return repeated, err
}

// clicksText is click ids as a row has them.
func clicksText(clicks []source.Click) string {
	var b strings.Builder
	for _, c := range clicks {
		b.WriteString(c.Name + "=" + c.ID + "\n")
	}
	return b.String()
}

func parseClicks(written string) (clicks []source.Click) {
	for line := range strings.Lines(written) {
		if name, id, found := strings.Cut(strings.TrimSuffix(line, "\n"), "="); found {
			clicks = append(clicks, source.Click{Name: name, ID: id})
		}
	}
	return clicks
}
