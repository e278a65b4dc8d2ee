package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/routing"
	"bellwether/internal/store"
)

// BusinessHours are a project's working hours and holidays.
type BusinessHours struct {
	Week     []WorkShift `json:"week,omitempty" maxItems:"50" doc:"None: open at all times"`
	Holidays []Holiday   `json:"holidays,omitempty" maxItems:"500"`
	Revision string      `json:"revision,omitempty" maxLength:"64" doc:"As it was read: hours that were changed since are not replaced, 409 routing.hours_changed. Left out, whatever is there is replaced (Rule T-46)"`
}

// WorkShift is working time on some days of the week.
type WorkShift struct {
	Days []string `json:"days" minItems:"1" maxItems:"7" doc:"mon, tue, wed, thu, fri, sat, sun"`
	WorkSpan
}

// WorkSpan is working time of a day.
type WorkSpan struct {
	From string `json:"from" maxLength:"5" example:"09:00"`
	To   string `json:"to" maxLength:"5" example:"18:00" doc:"24:00 for the end of the day"`
}

// Holiday is a date with hours of its own.
type Holiday struct {
	Date   string     `json:"date" format:"date"`
	Name   string     `json:"name,omitempty" maxLength:"100"`
	Yearly bool       `json:"yearly,omitempty" doc:"On this day of every year"`
	Open   []WorkSpan `json:"open,omitempty" maxItems:"20" doc:"None: closed all day"`
}

// BlockRule is a row of the block list.
type BlockRule struct {
	Pattern string    `json:"pattern" doc:"A number, the beginning of numbers, or withheld" example:"+38067*"`
	Note    string    `json:"note,omitempty"`
	MadeAt  time.Time `json:"made_at"`
	MadeBy  string    `json:"made_by"`
}

// BlockRules are those of a project.
type BlockRules struct {
	Rules []BlockRule `json:"rules"`
}

// TelephonySettings are what a project has decided about all its calls. What is left out is off, or as it is usual.
type TelephonySettings struct {
	LastAgent struct {
		On            bool `json:"on,omitempty"`
		Answered      bool `json:"answered,omitempty" doc:"Also the employee who answered the client's last call"`
		Days          int  `json:"days,omitempty" minimum:"0" maximum:"365" doc:"How many days back besides today"`
		OnlyReturning bool `json:"only_returning,omitempty" doc:"Only clients who have called before"`
	} `json:"last_agent,omitempty" doc:"First the employee who called the client last (Rule T-04)"`
	OwnerFirst   bool `json:"owner_first,omitempty" doc:"First the employee responsible for the client's open order (Rule T-05)"`
	FirstSeconds int  `json:"first_seconds,omitempty" minimum:"0" maximum:"120" doc:"For how long these ring; 20 where left out"`
	Recording    struct {
		Mode   string `json:"mode,omitempty" enum:",on,announce,consent" doc:"Nothing is recorded where left out (Rule T-20)"`
		Prompt string `json:"prompt,omitempty" maxLength:"64" doc:"The prompt that announces it; the built-in one where left out"`
		Digit  string `json:"digit,omitempty" maxLength:"1" doc:"Consents; 1 where left out"`
	} `json:"recording,omitempty"`
	CallerID   string `json:"caller_id,omitempty" maxLength:"20" doc:"Shown by calls of employees who have no number of their own; the project's first where left out (Rule T-51)"`
	Fallback   string `json:"fallback,omitempty" maxLength:"20" doc:"Takes the calls of a suspended project (Rule T-07)"`
	AfterHours string `json:"after_hours,omitempty" maxLength:"64" doc:"The scheme outside working hours, for numbers that name none"`
	Outgoing   string `json:"outgoing,omitempty" enum:"all,home,none" doc:"Where employees may call: anywhere, the project's country, nowhere; anywhere where left out"`
	Revision   string `json:"revision,omitempty" maxLength:"64" doc:"As it was read: settings that were changed since are not replaced, 409 routing.settings_changed. Left out, whatever is there is replaced (Rule T-46)"`
}

// OneBlocked is a rule of a block list, by its path.
type OneBlocked struct {
	Of
	Pattern string `path:"pattern" maxLength:"40" doc:"Its + and * written as they are or as %2B and %2A"`
}

func planRoutes(a *API) {
	const tag, base = chapterTelephony, "/v1/projects/{project}"
	read(a, route{method: http.MethodGet, path: base + "/business-hours", id: "get-business-hours", tag: tag, need: needSchemes, summary: "Read the working hours and holidays"}, a.getHours)
	write(a, route{
		method: http.MethodPut, path: base + "/business-hours", id: "set-business-hours", tag: tag, need: needSchemesWrite, ownRecord: true, summary: "Set the working hours and holidays",
		text: "By the clock on the wall of the project's zone. All of them at once: what is not named is gone (Rules T-02, T-48).",
	}, a.setHours)
	read(a, route{method: http.MethodGet, path: base + "/block-list", id: "list-blocked", tag: tag, need: needSchemes, summary: "List the callers who are refused"}, a.listBlocked)
	write(a, route{
		method: http.MethodPost, path: base + "/block-list", id: "block-caller", tag: tag, need: needSchemesWrite, status: http.StatusCreated, ownRecord: true, summary: "Refuse a caller",
		text: "A number in any form of the project's country, the beginning of numbers with a `*` behind it, or `withheld` (Rule T-49).",
	}, a.blockCaller)
	write(a, route{method: http.MethodDelete, path: base + "/block-list/{pattern}", id: "unblock-caller", tag: tag, need: needSchemesWrite, ownRecord: true, summary: "Let a caller through again"}, a.unblockCaller)
	read(a, route{
		method: http.MethodGet, path: base + "/telephony-settings", id: "get-telephony-settings", tag: tag, need: needTelephony, summary: "Read what is decided about all calls",
		text: "Last agent, recording and consent, the number that is shown, where employees may call.",
	}, a.getTelephonySettings)
	write(a, route{
		method: http.MethodPut, path: base + "/telephony-settings", id: "set-telephony-settings", tag: tag, need: needTelephonyWrite, ownRecord: true, summary: "Decide about all calls",
		text: "All of them at once: what is left out is off, or as it is usual.",
	}, a.setTelephonySettings)
}

func (a *API) getHours(ctx context.Context, in *struct{ Of }) (BusinessHours, error) {
	hours, err := routing.Hours(ctx, a.parts.DB, in.id())
	if err != nil {
		return BusinessHours{}, err
	}
	return viewHours(hours)
}

func viewHours(hours dialplan.BusinessHours) (BusinessHours, error) {
	view, err := recast[BusinessHours](hours)
	view.Revision = routing.HoursRevision(hours)
	return view, err
}

// recast turns a value into another of the same JSON: shapes of ours into those of a domain, which reads them more strictly, and back.
func recast[To any](from any) (to To, err error) {
	text, err := json.Marshal(from)
	if err != nil {
		return to, err
	}
	return to, json.Unmarshal(text, &to)
}

func (a *API) setHours(ctx context.Context, tx *store.Tx, in *struct {
	Of
	Body BusinessHours
},
) (BusinessHours, error) {
	p, err := a.permitOf(ctx, ident.ProjectOrg(in.id()))
	if err != nil {
		return BusinessHours{}, err
	}
	hours, err := recast[dialplan.BusinessHours](in.Body)
	if err != nil {
		return BusinessHours{}, err
	}
	now, err := routing.Hours(ctx, tx, in.id())
	if err == nil {
		err = routing.HoursSeenAs(now, in.Body.Revision)
	}
	if err == nil {
		err = firstOf(a.parts.Routing.SetHours(ctx, tx, p, hours, a.now()))
	}
	if err != nil {
		return BusinessHours{}, err
	}
	return viewHours(hours)
}

func (a *API) listBlocked(ctx context.Context, in *struct{ Of }) (out BlockRules, err error) {
	list, err := routing.BlockList(ctx, a.parts.DB, in.id())
	out.Rules = make([]BlockRule, len(list))
	for i, b := range list {
		out.Rules[i] = BlockRule(b)
	}
	return out, err
}

func (a *API) blockCaller(ctx context.Context, tx *store.Tx, in *struct {
	Of
	Body struct {
		Pattern string `json:"pattern" minLength:"2" maxLength:"40"`
		Note    string `json:"note,omitempty" maxLength:"100"`
	}
},
) (BlockRule, error) {
	p, err := a.permitOf(ctx, ident.ProjectOrg(in.id()))
	if err != nil {
		return BlockRule{}, err
	}
	made, err := a.parts.Routing.Block(ctx, tx, p, in.Body.Pattern, in.Body.Note, a.now())
	return BlockRule(made), err
}

func (a *API) unblockCaller(ctx context.Context, tx *store.Tx, in *OneBlocked) (Removed, error) {
	p, err := a.permitOf(ctx, ident.ProjectOrg(in.id()))
	if err != nil {
		return Removed{}, err
	}
	return Removed{in.Pattern}, a.parts.Routing.Unblock(ctx, tx, p, in.Pattern, a.now())
}

func (a *API) getTelephonySettings(ctx context.Context, in *struct{ Of }) (TelephonySettings, error) {
	s, err := routing.GetSettings(ctx, a.parts.DB, in.id())
	if err != nil {
		return TelephonySettings{}, err
	}
	return viewTelephony(s)
}

func viewTelephony(s routing.Settings) (TelephonySettings, error) {
	view, err := recast[TelephonySettings](s)
	view.Revision = s.Revision()
	return view, err
}

func (a *API) setTelephonySettings(ctx context.Context, tx *store.Tx, in *struct {
	Of
	Body TelephonySettings
},
) (TelephonySettings, error) {
	p, err := a.permitOf(ctx, ident.ProjectOrg(in.id()))
	if err != nil {
		return TelephonySettings{}, err
	}
	wish, err := recast[routing.Settings](in.Body)
	if err != nil {
		return TelephonySettings{}, err
	}
	if wish.Outgoing == "" {
		wish.Outgoing = routing.Anywhere
	}
	if err := a.fallback(ctx, tx, in.Of, &wish); err != nil {
		return TelephonySettings{}, err
	}
	now, err := routing.GetSettings(ctx, tx, in.id())
	if err == nil {
		err = now.SeenAs(in.Body.Revision)
	}
	if err != nil {
		return TelephonySettings{}, err
	}
	if err := firstOf(a.parts.Routing.SetSettings(ctx, tx, p, wish, a.now())); err != nil {
		return TelephonySettings{}, err
	}
	return viewTelephony(wish)
}

// fallback reads the number of a suspended project as it is dialled in the project's country.
func (a *API) fallback(ctx context.Context, tx *store.Tx, of Of, wish *routing.Settings) error {
	if wish.Fallback == "" {
		return nil
	}
	home, err := a.parts.Projects.Get(ctx, tx, of.id())
	if err != nil {
		return err
	}
	wish.Fallback, err = phone.Parse(string(wish.Fallback), home.Country)
	return err
}
