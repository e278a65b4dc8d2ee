package demo

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/tracking"
)

// hit is what the tag of the shop's site says at an event's instant.
type hit struct {
	tracking.Arrival
	number *string // of the call that the visitor makes, which is the one they see; nil for one who does not call
}

// surf makes the visits to the shop's site on a calendar date. Its chance is its own: it changes nothing of the calls.
type surf struct {
	*rand.Rand
	seed  uint64
	date  civil.Date
	zone  *time.Location
	taken int // visits so far
}

func newSurf(seed uint64, d *day) *surf {
	const salt = 1 << 32 // another stream than that of the day
	return &surf{Rand: rand.New(rand.NewPCG(seed+salt, uint64(d.date))), seed: seed, date: d.date, zone: d.zone}
}

const (
	programsIn = 25  // one visit in so many is a program's
	returning  = 4   // one visitor in so many was there before
	remembered = 20  // days back
	known      = 150 // visitors of a day that may return
)

// events are the visits that the day's sessions count, and those of the day's callers among them.
func (s *surf) events(traffic []event) (events []event) {
	for _, e := range traffic {
		events = append(events, s.caller(e)...)
	}
	callers := len(events)
	opens := clock(s.date, s.zone, 7, 30)
	for _, e := range traffic {
		if e.sessions == 0 {
			continue
		}
		counted := 0
		for _, c := range events[:callers] {
			if c.hit.Hit.Kind == tracking.PageHit && c.hit.Hit.LandingURL == "" && c.at.After(opens) && !c.at.After(e.at.Add(-time.Minute)) {
				counted++
			}
		}
		span := e.at.Add(-2 * time.Minute).Sub(opens)
		for range int(e.sessions) - counted {
			events = append(events, s.browse(opens.Add(time.Duration(float64(span)*s.often())))...)
		}
		for range e.sessions / programsIn {
			events = append(events, s.program(opens.Add(time.Duration(s.Float64()*float64(span)))))
		}
		opens = e.at.Add(-time.Minute)
	}
	return events
}

// often is a share of a span, more often in its middle.
func (s *surf) often() float64 { return (s.Float64() + s.Float64()) / 2 }

// browse is a visit that ends without a call.
func (s *surf) browse(at time.Time) []event {
	w := s.person(at, wayIn(s.IntN(100)))
	events := []event{w.page(at, w.landing(), nil)}
	if w.consent < tracking.FullConsent { // their later pages are told by a name that the collector gives; one page is enough of a story
		return append(events, w.farewell(at.Add(20*time.Second)))
	}
	last := at.Add(time.Duration(10+s.IntN(50)) * time.Second)
	for n := s.IntN(5) - 2; n > 0; n-- {
		events = append(events, w.page(last, siteOrigin+pages[s.IntN(len(pages))], nil))
		last = last.Add(time.Duration(10+s.IntN(100)) * time.Second)
	}
	if s.IntN(60) == 0 {
		events = append(events, w.lead(last, tracking.Lead{Kind: "form", Form: "Call me back", Phone: s.phone(), Name: names[s.IntN(len(names))]}))
	}
	if leaves := w.from.paid || s.IntN(8) == 0; leaves || len(events) == 1 { // who opens a page is heard of again
		events = append(events, w.farewell(last.Add(time.Second)))
	}
	return events
}

// farewell is sent from the document of the hit before.
func (w *surfer) farewell(at time.Time) event {
	page := w.hits
	e := w.hit(at, tracking.LeaveHit, "", nil)
	e.hit.Hit.Page = w.document(page)
	return e
}

// caller is the visit of somebody who calls one of the pools' numbers; nothing for another event.
func (s *surf) caller(e event) (events []event) {
	number, id, at := dialledBy(e)
	if number == nil {
		return nil
	}
	from := search
	if *number != trackingNumbers[3] {
		from = adverts[s.IntN(len(adverts))]
	}
	const longestWait = 75 * time.Second // until somebody answers
	delay := time.Duration(math.Exp(math.Log(100)+1.1*s.NormFloat64()) * float64(time.Second))
	if s.IntN(20) == 0 {
		delay = time.Duration(1+s.IntN(4)) * time.Hour
	}
	if before, missed := missedBefore(s.seed, id); missed {
		delay += before
	}
	began := at.Add(-longestWait - min(delay, 5*time.Hour))
	w := s.person(began, from)
	w.consent = tracking.FullConsent
	if from.paid && s.IntN(2) == 0 || !from.paid {
		w.agent, w.width = phones[s.IntN(len(phones))], 390
	}
	events = append(events, w.page(began, w.landing(), number), w.page(began.Add(20*time.Second), siteOrigin+"/contacts", nil))
	switch client := callerOf(s.seed, id); {
	case s.IntN(12) == 0 && client != "":
		events = append(events, w.lead(began.Add(40*time.Second), tracking.Lead{Kind: "form", Form: "Price of a wedding", Phone: client, Name: names[s.IntN(len(names))]}))
	case w.width < 500 && s.IntN(3) > 0:
		events = append(events, w.lead(began.Add(45*time.Second), tracking.Lead{Kind: "tel"}))
	}
	return append(events, w.farewell(began.Add(50*time.Second+min(delay, 4*time.Minute))))
}

// dialledBy is where the number stands that a caller of the pools saw, with the call's id and when it was answered, or ended where nobody
// did; nil for another event.
func dialledBy(e event) (number *string, id string, at time.Time) {
	switch {
	case e.leg != nil && e.leg.kind == "forward":
		number, id, at = &e.leg.number, e.leg.id, e.leg.answeredAt
	case e.quiet != nil:
		number, id, at = &e.quiet.number, e.quiet.id, e.at
	default:
		return nil, "", at
	}
	if !slices.Contains(trackingNumbers[1:4], *number) {
		return nil, "", at
	}
	return number, id, at
}

// program is a visit of a crawler.
func (s *surf) program(at time.Time) event {
	w := s.person(at, wayIn(99))
	w.agent = programs[s.IntN(len(programs))]
	return w.page(at, siteOrigin+pages[s.IntN(len(pages))], nil)
}

// surfer is somebody on the site.
type surfer struct {
	s                                 *surf
	from                              way
	visitor, agent, language, address string
	width                             int
	consent                           tracking.Consent
	hits, nth                         int
}

func (s *surf) person(_ time.Time, from way) *surfer {
	s.taken++
	w := &surfer{s: s, from: from, agent: desktops[s.IntN(len(desktops))], width: 1440, language: languages[s.IntN(len(languages))], consent: tracking.FullConsent, nth: s.taken}
	if s.IntN(100) < 55 {
		w.agent, w.width = phones[s.IntN(len(phones))], 390
	}
	switch n := s.IntN(100); {
	case n < 8:
		w.consent = tracking.NoConsent
	case n < 20:
		w.consent = tracking.SessionConsent
	}
	w.visitor = nameOf(s.seed, s.date, s.taken)
	if s.IntN(returning) == 0 {
		w.visitor = nameOf(s.seed, s.date-1-civil.Date(s.IntN(remembered)), 1+s.IntN(known))
	}
	w.address = fmt.Sprintf("198.18.%d.%d", s.IntN(256), 1+s.IntN(254)) // of a range that is nobody's
	return w
}

// nameOf is how the tag knows a visitor, by the day on which they came first.
func nameOf(seed uint64, date civil.Date, nth int) string {
	name := rand.NewPCG(seed+uint64(date), uint64(nth)).Uint64()
	return hex.EncodeToString(binary.BigEndian.AppendUint64(nil, name))
}

func (w *surfer) landing() string { return siteOrigin + w.from.page + w.from.query(w.s.Rand) }

func (w *surfer) page(at time.Time, url string, number *string) event {
	return w.hit(at, tracking.PageHit, url, number)
}

func (w *surfer) lead(at time.Time, left tracking.Lead) event {
	e := w.hit(at, tracking.LeadHit, siteOrigin+"/contacts", nil)
	e.hit.Hit.Lead = &left
	return e
}

func (w *surfer) hit(at time.Time, kind tracking.Kind, url string, number *string) event {
	w.hits++
	h := tracking.Hit{
		Kind: kind, Consent: w.consent, URL: url, Language: w.language, Zone: Zone, Width: w.width, Page: w.document(w.hits),
		ID: fmt.Sprintf("%d-%d-%d", w.s.date, w.nth, w.hits), Targets: []string{target},
	}
	if w.hits == 1 {
		h.Referrer = w.from.referrer
	} else {
		h.Referrer, h.LandingURL, h.LandingReferrer = siteOrigin+"/", siteOrigin+w.from.page, w.from.referrer
	}
	if w.consent == tracking.FullConsent {
		h.Visitor = w.visitor
	}
	from := tracking.Sender{Address: netip.MustParseAddr(w.address), Agent: w.agent, Origin: siteOrigin}
	return event{at: at, hit: &hit{tracking.Arrival{Hit: h, From: from, At: at}, number}}
}

// document names the page that was opened with the n-th hit; nobody else's is named so.
func (w *surfer) document(n int) string { return fmt.Sprintf("p%d-%d-%d", w.s.date, w.nth, n) }

func (s *surf) phone() string { return fmt.Sprintf("+38067%07d", 2_000_000+s.IntN(900_000)) }
