package calls

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// callContent is what the page of a call shows.
type callContent struct {
	*cabinet.Visit
	call.Detail
	title    string
	notes    []shownNote
	sounds   []player
	charged  map[string]charging.Leg // by the id of the leg that was charged
	trunks   map[string]string       // the names of those that the reader may know, by id
	phones   map[string]string       // what employees' telephones are called, by SIP account
	from     originView
	edit     bool
	replay   string // where the call is lived through again; empty where it cannot be, or the reader may not
	category ui.Select
	tags     ui.Field
	note     ui.Field
	code     ui.Field
}

// shownNote is a note with who wrote it, by name.
type shownNote struct {
	call.Note
	By     string
	Remove string // the path that removes it by POST; empty for who may not
}

// chosenCall reads the call of the path.
func (s *section) chosenCall(v *cabinet.Visit) (c call.Call, err error) {
	id, err := call.ParseID(v.R.PathValue("call"))
	if err != nil {
		return c, err
	}
	w, err := call.Look(v.Permit, access.View)
	if err != nil {
		return c, err
	}
	return w.Get(v.Context(), s.DB, id)
}

// call is GET /p/{project}/calls/{call}.
func (s *section) call(v *cabinet.Visit) error {
	content, err := s.content(v)
	if err != nil {
		return err
	}
	return v.Render(below(v, content.title), content.draw())
}

// content reads everything about the call of the path.
func (s *section) content(v *cabinet.Visit) (*callContent, error) {
	id, err := call.ParseID(v.R.PathValue("call"))
	if err != nil {
		return nil, err
	}
	c := &callContent{Visit: v, charged: map[string]charging.Leg{}}
	var settings call.Settings
	if err := v.Read(func(ctx context.Context, q store.Querier) error {
		w, err := call.Look(v.Permit, access.View)
		if err != nil {
			return err
		}
		if c.Detail, err = w.Detail(ctx, q, id); err != nil {
			return err
		}
		if settings, err = call.GetSettings(ctx, q, v.Project.ID); err != nil {
			return err
		}
		if err = c.readTrunks(ctx, q); err != nil {
			return err
		}
		if err = c.readTelephones(ctx, q); err != nil {
			return err
		}
		if err = c.readReplay(ctx, q); err != nil {
			return err
		}
		return c.readCharges(ctx, q)
	}); err != nil {
		return nil, err
	}
	if c.notes, err = s.authors(v, c.Notes); err != nil {
		return nil, err
	}
	if c.from, err = s.readOrigin(v, c.Call); err != nil {
		return nil, err
	}
	c.title = title(v.View, c.Call)
	reach, err := v.Permit.May(access.Edit, access.Calls)
	c.edit = err == nil && reach.Covers(c.Person.User)
	c.forms(settings)
	for _, r := range c.Recordings {
		c.sounds = append(c.sounds, playerOf(v, c.Call, r))
	}
	return c, nil
}

// readReplay finds whether the call can be lived through again, for whoever sets telephony up.
func (c *callContent) readReplay(ctx context.Context, q store.Querier) error {
	if c.Call.Open() || !c.May(access.Edit, access.Telephony) {
		return nil
	}
	kept, err := call.HasHistory(ctx, q, c.Call)
	if kept {
		c.replay = c.Path(callPath(c.ID) + "/replay")
	}
	return err
}

// readTrunks reads the names of the project's trunks; those of the operator's are the operator's business.
func (c *callContent) readTrunks(ctx context.Context, q store.Querier) error {
	owners := []ident.ProjectID{c.Call.Project}
	if c.Permit.Whole() {
		owners = append(owners, "")
	}
	c.trunks = map[string]string{}
	for _, owner := range owners {
		known, err := trunk.OfProject(ctx, q, owner)
		if err != nil {
			return err
		}
		for _, t := range known {
			c.trunks[string(t.ID)] = t.Name
		}
	}
	return nil
}

// readTelephones reads what the project's SIP accounts are called: "desk" says more than a user name by chance.
func (c *callContent) readTelephones(ctx context.Context, q store.Querier) error {
	employees, err := staff.Employees(ctx, q, c.Call.Project)
	c.phones = map[string]string{}
	for _, e := range employees {
		for _, a := range e.Accounts {
			c.phones[a.UserName] = a.Label
		}
	}
	return err
}

// address is where a leg went, for people.
func (c *callContent) address(l call.Leg) string {
	if label := c.phones[l.Address]; label != "" {
		return label
	}
	return number(c.View, l.Address)
}

// readCharges reads what the legs cost, for whoever may see funds.
func (c *callContent) readCharges(ctx context.Context, q store.Querier) error {
	if !seesCost(c.Visit) {
		return nil
	}
	for _, l := range c.Legs {
		if l.Charging == "" {
			continue
		}
		charged, err := charging.GetLeg(ctx, q, c.Call.Project, l.Charging)
		if errs.KindOf(err) == errs.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		c.charged[l.Charging] = charged
	}
	return nil
}

func (c *callContent) forms(s call.Settings) {
	choices := plain(s.Categories)
	if c.Category != "" && !slices.Contains(s.Categories, c.Category) {
		choices = append(choices, ui.Choice{Value: c.Category, Text: c.Category})
	}
	c.category = ui.Select{ID: "category", Name: "category", Label: c.T("calls.col_category"), Value: c.Category, Any: c.T("calls.no_category"), Choices: choices}
	c.tags = ui.Field{ID: "tags", Name: "tags", Label: c.T("calls.col_tags"), Hint: c.T("calls.tags_hint"), Value: strings.Join(c.Tags, ", "), Longest: call.MostTags * (call.LongestLabel + 2), Autocomplete: "off"}
	c.code = ui.Field{ID: "promo", Name: "promo", Label: c.T("calls.code"), Hint: c.T("calls.code_hint"), Value: c.Origin.Promo, Longest: 20, Autocomplete: "off", Digits: true}
	c.note = ui.Field{ID: "note", Name: "text", Label: c.T("calls.new_note"), Lines: 3, Longest: call.LongestNote}
}

// authors names who wrote notes.
func (s *section) authors(v *cabinet.Visit, notes []call.Note) ([]shownNote, error) {
	names := map[string]string{}
	shown := make([]shownNote, len(notes))
	reach, _ := v.Permit.May(access.Edit, access.Calls)
	for i, n := range notes {
		name, known := names[n.Author]
		if !known {
			name = n.Author
			if key, ok := strings.CutPrefix(n.Author, "key "); ok {
				name = v.T("people.by_key", lang.Values{"Key": key})
			} else {
				u, err := account.GetUser(v.Context(), s.DB, account.UserID(n.Author))
				if err != nil && errs.KindOf(err) != errs.NotFound {
					return nil, err
				}
				if u.Name != "" {
					name = u.Name
				}
			}
			names[n.Author] = name
		}
		shown[i] = shownNote{Note: n, By: name}
		if reach.Level == access.All || reach.Level != access.None && n.Author == string(v.Permit.Self) {
			shown[i].Remove = v.Path(callPath(n.Call) + "/note/" + strconv.FormatInt(n.ID, 10) + "/remove")
		}
	}
	return shown, nil
}

// card is the path of the client's card; empty for a client who is no number.
func (c *callContent) card() string {
	if !c.External() {
		return ""
	}
	return c.Path(clientPath(c.Client))
}

// employee is who was on the call, with their department.
func (c *callContent) employee() string {
	if c.Person.DepartmentName == "" {
		return c.Person.Name
	}
	return c.Person.Name + ", " + c.Person.DepartmentName
}

// scheme is by what the call went: "Main line, version 3".
func (c *callContent) scheme() string {
	return c.T("calls.scheme_version", lang.Values{"Name": c.Scheme.Name, "Version": strconv.FormatInt(c.Scheme.Version, 10)})
}

// schemeHref is the page of the scheme, for who may see schemes.
func (c *callContent) schemeHref() string {
	if c.Scheme.ID == "" || !c.May(access.View, access.Telephony) {
		return ""
	}
	return c.Path("/telephony/schemes/" + c.Scheme.ID)
}

// hasOrigin reports whether it can be asked where the call came from: of those that a client began.
func (c *callContent) hasOrigin() bool {
	return c.Direction == call.Inbound || c.Direction == call.Callback || c.from.known
}

// since is how long after the beginning an event happened: "+0:25".
func (c *callContent) since(e call.Event) string {
	d := e.At.Sub(c.StartedAt)
	if d < 0 {
		d = 0
	}
	return "+" + c.Clock(d)
}

// farEnd is whom a leg reached.
func (c *callContent) farEnd(l call.Leg) string {
	if l.EmployeeName != "" {
		return l.EmployeeName + ", " + c.address(l)
	}
	return c.address(l)
}

// outcome is how a leg ended, in words and as the signalling had it.
func (c *callContent) outcome(l call.Leg) cabinet.Cell {
	switch {
	case l.EndedAt.IsZero() && l.AnsweredAt.IsZero():
		return cabinet.Status(ui.Notice, c.T("calls.result_calling"))
	case l.EndedAt.IsZero():
		return cabinet.Status(ui.Notice, c.T("calls.result_in_progress"))
	case !l.AnsweredAt.IsZero():
		return cabinet.Status(ui.Good, c.T("calls.leg_talked", lang.Values{"Duration": c.Clock(seconds(l.Talk()))}))
	case l.SIPCode == 0 && refusalKeys[l.Reason] != "":
		return cabinet.Status(ui.Bad, c.T(refusalKeys[l.Reason]))
	case l.SIPCode == 0 && l.RingingAt.IsZero() && !l.Incoming:
		return cabinet.Status(ui.Neutral, c.T("calls.leg_unreached"))
	case l.SIPCode > 0:
		return cabinet.Status(ui.Neutral, sipWords(c.View, strconv.FormatInt(l.SIPCode, 10)))
	}
	return cabinet.Status(ui.Neutral, c.T("calls.result_no_answer"))
}

// signalling is what engineers ask for: the reason as it was sent, the cause, the trunk.
func (c *callContent) signalling(l call.Leg) string {
	var parts []string
	if l.SIPCode > 0 {
		parts = append(parts, strings.TrimSpace("SIP "+strconv.FormatInt(l.SIPCode, 10)+" "+l.Reason))
	}
	if l.Q850 > 0 {
		parts = append(parts, "Q.850 "+strconv.FormatInt(l.Q850, 10))
	}
	if name := c.trunks[l.Trunk]; name != "" {
		parts = append(parts, name)
	}
	return strings.Join(parts, " · ")
}

// quality is how a leg sounded; empty where it was not measured.
func (c *callContent) quality(l call.Leg) string {
	if l.Quality.MOS == 0 {
		return ""
	}
	return c.T("calls.quality", lang.Values{
		"MOS": c.decimal(float64(l.Quality.MOS) / 100), "Loss": c.Percent(int(l.Quality.Loss), false),
		"Jitter": strconv.FormatInt(int64(l.Quality.Jitter/time.Millisecond), 10),
	})
}

// decimal is a number with one decimal as the reader's language writes it.
func (c *callContent) decimal(n float64) string {
	text := strconv.FormatFloat(n, 'f', 1, 64)
	if c.Lang == lang.English {
		return text
	}
	return strings.Replace(text, ".", ",", 1)
}

// rate is the row of the price list by which a leg was charged.
func (c *callContent) rate(l charging.Leg) string {
	if l.Zone == "" {
		return c.T("calls.rate_free")
	}
	return c.T("calls.rate", lang.Values{"Zone": cabinet.Destination(c.Printer, l.Zone), "Prefix": l.Prefix, "PerMinute": c.MoneyExact(l.PerMinute, c.Visit.Project.Currency), "Duration": c.Clock(seconds(l.Billable))})
}

// legHref is the explanation of what a leg cost.
func (c *callContent) legHref(l charging.Leg) string { return c.Path("/funds/calls/" + l.ID) }

// topic is what tells an open page of a call that goes on; a call that has ended changes by its readers only.
func (c *callContent) topic() string {
	if !c.Open() {
		return ""
	}
	return cabinet.Topic(c.Org, cabinet.TopicCalls)
}

func (c *callContent) refresh() string {
	if !c.Open() {
		return ""
	}
	return c.Path(callPath(c.ID))
}
