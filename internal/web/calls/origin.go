package calls

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/pool"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// originColumn is a part of a call's origin as the log shows it.
type originColumn struct {
	dimension call.Dimension
	text      lang.Key
	of        func(call.Origin) string
	single    bool // of one visitor or one call: nothing to sum up by
}

var originColumns = []originColumn{
	{call.BySource, "tracking.source", func(o call.Origin) string { return o.Source }, false},
	{call.ByMedium, "tracking.medium", func(o call.Origin) string { return o.Medium }, false},
	{call.ByCampaign, "tracking.campaign", func(o call.Origin) string { return o.Campaign }, false},
	{call.ByTerm, "tracking.field_term", func(o call.Origin) string { return o.Term }, false},
	{call.ByContent, "tracking.field_content", func(o call.Origin) string { return o.Content }, false},
	{call.ByChannel, "tracking.field_channel", func(o call.Origin) string { return o.Channel }, false},
	{call.ByLanding, "tracking.field_entry", func(o call.Origin) string { return o.Landing }, false},
	{call.ByPage, "tracking.last_page", func(o call.Origin) string { return o.Page }, false},
	{call.ByReferrer, "tracking.field_referrer", func(o call.Origin) string { return o.Referrer }, false},
	{call.ByDevice, "tracking.field_device", func(o call.Origin) string { return o.Device }, false},
	{call.ByRegion, "tracking.field_region", func(o call.Origin) string { return o.Region }, false},
	{call.ByLanguage, "tracking.field_language", func(o call.Origin) string { return o.Language }, false},
	{call.ByPool, "tracking.pool", func(o call.Origin) string { return o.Pool }, false},
	{call.ByClick, "tracking.clicks", func(o call.Origin) string { return o.Click }, true},
	{call.ByClientID, "tracking.client_id", func(o call.Origin) string { return o.ClientID }, true},
	{call.ByNetwork, "tracking.network", func(o call.Origin) string { return o.IP }, true},
	{call.ByPromo, "tracking.promo", func(o call.Origin) string { return o.Promo }, true},
	{call.ByVisitor, "tracking.visitor", func(o call.Origin) string { return o.Visitor }, true},
	{call.ByVisit, "tracking.visit", func(o call.Origin) string { return o.Visit }, true},
	{call.ByCustom, "tracking.custom", func(o call.Origin) string { return o.Custom }, true},
}

var deviceKeys = map[string]lang.Key{
	"desktop": "tracking.device_desktop", "mobile": "tracking.device_mobile", "tablet": "tracking.device_tablet", "tv": "tracking.device_tv",
}

// shown is the column's value as people read it.
func (c originColumn) shown(v *ui.View, text string) string {
	if key, ok := deviceKeys[text]; ok && c.dimension == call.ByDevice {
		return v.T(key)
	}
	if c.dimension == call.ByLanguage {
		return v.Language(text)
	}
	return text
}

// nothing is written into a filter for what is not known of a call.
const nothing = "–"

func originOf(v *cabinet.Visit) (list []ui.Column) {
	for _, c := range originColumns {
		list = append(list, ui.Column{Key: string(c.dimension), Title: v.T(c.text), Extra: true})
	}
	return append(list, ui.Column{Key: "certainty", Title: v.T("tracking.certainty"), Numeric: true, Extra: true})
}

func originCells(v *cabinet.Visit, o call.Origin, cells map[string]cabinet.Cell) {
	for _, c := range originColumns {
		if text := c.of(o); text != "" {
			cells[string(c.dimension)] = cabinet.Text(c.shown(v.View, text))
		}
	}
	if o.Known() {
		cells["certainty"] = cabinet.Text(v.Percent(int(o.Certainty), false))
	}
}

func originFilters(v *cabinet.Visit) (list []ui.Filter) {
	for _, c := range originColumns {
		f := ui.Filter{Key: string(c.dimension), Title: v.T(c.text)}
		if c.dimension == call.ByDevice {
			for _, device := range slices.Sorted(maps.Keys(deviceKeys)) {
				f.Choices = append(f.Choices, ui.Choice{Value: device, Text: v.T(deviceKeys[device])})
			}
			f.Choices = append(f.Choices, ui.Choice{Value: nothing, Text: v.T("tracking.unknown")})
		}
		list = append(list, f)
	}
	choices := []ui.Choice{{Value: yes, Text: v.T("calls.yes")}, {Value: no, Text: v.T("calls.no")}}
	return append(list, ui.Filter{Key: "known", Title: v.T("tracking.known"), Choices: choices}, ui.Filter{Key: tracked, Title: v.T("tracking.tracked"), Choices: choices})
}

// tracked is the filter that asks whether a number is one of call tracking's.
const tracked = "tracked"

func narrow(f *call.Filter, state ui.TableState) {
	f.Known, f.Tracked = choice(state.Filters["known"]), choice(state.Filters[tracked])
	for _, c := range originColumns {
		if text := state.Filters[string(c.dimension)]; text != "" {
			if f.Origin == nil {
				f.Origin = map[call.Dimension]string{}
			}
			if f.Origin[c.dimension] = text; text == nothing {
				f.Origin[c.dimension] = ""
			}
		}
	}
}

// originView is where a call came from, and why it is thought so.
type originView struct {
	known      bool
	tracked    bool // the number is one of call tracking's
	certainty  string
	facts      []factLine
	visitPath  string // of the visit, where the reader may see it and it is still kept
	candidates []candidateView
	unknown    string
	before     []string // what earlier scorings said, the latest first
}

type factLine struct{ name, text string }

// candidateView is a visit that saw the number.
type candidateView struct {
	scored  pool.Scored
	path    string // of the visit
	chance  string
	chosen  bool
	reasons []string
}

// shownBefore is how many earlier scorings a page shows; the API has all.
const shownBefore = 5

// shownCandidates are as many as a page shows; the rest have next to no share.
const shownCandidates = 5

// readOrigin puts together where a call came from; the receipt is for those who may see visits.
func (s *section) readOrigin(v *cabinet.Visit, c call.Call) (o originView, err error) {
	o.known, o.tracked, o.certainty = c.Origin.Known(), c.Origin.Tracked(), v.Percent(int(c.Origin.Certainty), false)
	for _, column := range originColumns {
		if text := column.of(c.Origin); text != "" && column.dimension != call.ByVisit && column.dimension != call.ByVisitor {
			o.facts = append(o.facts, factLine{v.T(column.text), column.shown(v.View, text)})
		}
	}
	if s.Events == nil || !v.May(access.View, access.Visits) {
		return o, nil
	}
	if o.visitPath, err = s.visitPath(v, c.Origin.Visit); err != nil {
		return o, err
	}
	all, err := tracking.Receipts(v.Context(), s.Events, v.Project.ID, c.ID.String())
	if err != nil || len(all) == 0 {
		return o, err
	}
	behind := all[0]
	for _, b := range all[1:min(len(all), 1+shownBefore)] {
		o.before = append(o.before, strings.TrimSpace(share(v, b.Chance)+" "+cmp.Or(b.Source, v.T("tracking.unknown"))))
	}
	for i, scored := range behind.Receipt.Candidates {
		if i == shownCandidates {
			break
		}
		one := candidateView{scored: scored, path: visitPath(v, scored.Visit), chance: share(v, scored.Probability), chosen: scored.Visit == behind.Receipt.Visit}
		for _, r := range scored.Reasons {
			one.reasons = append(one.reasons, reasonText(v, r))
		}
		o.candidates = append(o.candidates, one)
	}
	if len(o.candidates) > 0 {
		o.unknown = share(v, behind.Receipt.Unknown)
	}
	return o, nil
}

func visitPath(v *cabinet.Visit, visit string) string { return v.Path("/visitors/" + visit) }

// visitPath is where a call's visit is shown: nowhere where there is none, or where it has been forgotten since.
func (s *section) visitPath(v *cabinet.Visit, visit string) (string, error) {
	id, err := tracking.ParseVisitID(visit)
	if err != nil {
		return "", nil //nolint:nilerr // a call of no visit
	}
	_, err = tracking.GetVisit(v.Context(), s.Events, v.Project.ID, id)
	switch {
	case errs.KindOf(err) == errs.NotFound:
		return "", nil
	case err != nil:
		return "", err
	}
	return visitPath(v, visit), nil
}

func share(v *cabinet.Visit, probability float64) string {
	const hundredths = 10_000
	return v.Percent(int(probability*hundredths+0.5), false)
}

var reasonKeys = map[pool.Code]lang.Key{
	pool.ReasonDelay: "tracking.reason_delay", pool.ReasonOnline: "tracking.reason_online", pool.ReasonContact: "tracking.reason_contact", pool.ReasonTelClick: "tracking.reason_tap",
	pool.ReasonSameRegion: "tracking.reason_same_region", pool.ReasonOtherRegion: "tracking.reason_other_region", pool.ReasonKnownPhone: "tracking.reason_phone", pool.ReasonPromoCode: "tracking.reason_promo",
}

// reasonText says what speaks for a visit, and how strongly: "is on the site now (×2)".
func reasonText(v *cabinet.Visit, r pool.Reason) string {
	key, ok := reasonKeys[r.Code]
	if !ok {
		return string(r.Code)
	}
	text := v.T(key, lang.Values{"Ago": v.Duration(seconds(r.Seconds)), "Region": r.Region})
	if r.Factor > 0 {
		text += " (×" + v.Decimal(strconv.FormatFloat(r.Factor, 'f', 1, 64)) + ")"
	}
	return text
}

// sourcesOf are the dimensions that a report may go by, in the reader's words.
func sourcesOf(v *cabinet.Visit) (list []ui.Choice) {
	for _, c := range originColumns {
		if !c.single {
			list = append(list, ui.Choice{Value: string(c.dimension), Text: v.T(c.text)})
		}
	}
	return list
}
