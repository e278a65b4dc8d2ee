package api

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/project"
	"bellwether/internal/sheet"
)

// Programs written for Ringostat's export of calls ask GET calls/list with the header Auth-key. They are answered here in its
// field names, at .../ringostat in place of its address.

// ringostatTime is how instants are written there, in the project's time zone.
const ringostatTime = "2006-01-02 15:04:05"

// ringostatNames are the names of disposition.
var ringostatNames = map[call.Result]string{
	call.Result(call.Answered): "ANSWERED", call.ProperCall: "PROPER", call.RepeatedCall: "REPEATED", call.Result(call.NoAnswer): "NO ANSWER",
	call.Result(call.Busy): "BUSY", call.Result(call.Failed): "FAILED", call.Result(call.Voicemail): "VOICEMAIL", call.Result(call.WrongExtension): "INVALID EXTENSION",
	call.Result(call.ClientNoAnswer): "CLIENT NO ANSWER", call.Result(call.Forbidden): "FORBIDDEN", call.Result(call.TurnedAway): "BLOCKED", call.Result(call.InProgress): "IN PROGRESS",
	call.Result(call.Calling): "CALLING",
}

var ringostatKinds = map[call.Direction]string{call.Inbound: "in", call.Outbound: "out", call.Internal: "internal", call.Callback: "callback", call.ClickToCall: "out"}

// ringostatRow is what the fields of a row are made of.
type ringostatRow struct {
	call.Call
	zone   *time.Location
	funds  bool
	origin string // where we are reached: "https://bellwether.example"
}

// click is the id of a click where it has that name.
func (r ringostatRow) click(name string) string {
	if id, found := strings.CutPrefix(r.Origin.Click, name+"="); found {
		return id
	}
	return ""
}

func flagCell(yes bool) string { return map[bool]string{true: "1", false: "0"}[yes] }

func countCell(n int64) string { return strconv.FormatInt(n, 10) }

// ringostatFields are the fields of a row, by name.
var ringostatFields = map[string]func(r ringostatRow) string{
	"uniqueid":          func(r ringostatRow) string { return r.ID.String() },
	"calldate":          func(r ringostatRow) string { return r.StartedAt.In(r.zone).Format(ringostatTime) },
	"caller":            func(r ringostatRow) string { return strings.TrimPrefix(r.Caller(), "+") },
	"caller_number":     func(r ringostatRow) string { return strings.TrimPrefix(r.Caller(), "+") },
	"dst":               func(r ringostatRow) string { return strings.TrimPrefix(r.Dialled(), "+") },
	"n_alias":           func(r ringostatRow) string { return strings.TrimPrefix(r.Number, "+") },
	"disposition":       func(r ringostatRow) string { return ringostatNames[r.Result()] },
	"call_type":         func(r ringostatRow) string { return ringostatKinds[r.Direction] },
	"duration":          func(r ringostatRow) string { return countCell(r.Wait + r.Talk) },
	"duration_ms":       func(r ringostatRow) string { return countCell((r.Wait + r.Talk) * 1000) },
	"waittime":          func(r ringostatRow) string { return countCell(r.Wait) },
	"billsec":           func(r ringostatRow) string { return countCell(r.Talk) },
	"connected_with":    func(r ringostatRow) string { return r.Person.Name },
	"employee_fio":      func(r ringostatRow) string { return r.Person.Name },
	"employee_id":       func(r ringostatRow) string { return r.Person.ID },
	"department":        func(r ringostatRow) string { return r.Person.DepartmentName },
	"scheme_name":       func(r ringostatRow) string { return r.Scheme.Name },
	"pool_name":         func(r ringostatRow) string { return r.Origin.Pool },
	"category_mark":     func(r ringostatRow) string { return r.Category },
	"employee_mark":     func(r ringostatRow) string { return strings.Join(r.Tags, ", ") },
	"call_counter":      func(r ringostatRow) string { return countCell(r.Counter) },
	"proper_flag":       func(r ringostatRow) string { return flagCell(r.Proper) },
	"repeated_flag":     func(r ringostatRow) string { return flagCell(r.Repeated) },
	"has_recording":     func(r ringostatRow) string { return flagCell(r.Recordings > 0) },
	"utm_source":        func(r ringostatRow) string { return r.Origin.Source },
	"utm_medium":        func(r ringostatRow) string { return r.Origin.Medium },
	"utm_campaign":      func(r ringostatRow) string { return r.Origin.Campaign },
	"utm_content":       func(r ringostatRow) string { return r.Origin.Content },
	"utm_term":          func(r ringostatRow) string { return r.Origin.Term },
	"channel":           func(r ringostatRow) string { return r.Origin.Channel },
	"click_id":          func(r ringostatRow) string { return r.Origin.Click },
	"gclid":             func(r ringostatRow) string { return r.click("gclid") },
	"yclid":             func(r ringostatRow) string { return r.click("yclid") },
	"fbclid":            func(r ringostatRow) string { return r.click("fbclid") },
	"client_id":         func(r ringostatRow) string { return r.Origin.ClientID },
	"remote_ip":         func(r ringostatRow) string { return r.Origin.IP },
	"refferrer":         func(r ringostatRow) string { return r.Origin.Referrer }, // spelt as their programs ask for it
	"landing":           func(r ringostatRow) string { return r.Origin.Landing },
	"device":            func(r ringostatRow) string { return r.Origin.Device },
	"region":            func(r ringostatRow) string { return r.Origin.Region },
	"additional_number": func(r ringostatRow) string { return r.Origin.Promo },
	"custom_fields":     func(r ringostatRow) string { return r.Origin.Custom },
	"call_card":         func(r ringostatRow) string { return r.origin + "/p/" + string(r.Project) + "/calls/" + r.ID.String() }, // for people, in the cabinet
	"recording": func(r ringostatRow) string { // gives a link that opens without a key for a short time (Rule T-112)
		if r.Recordings == 0 {
			return ""
		}
		return r.origin + "/v1/projects/" + string(r.Project) + "/calls/" + r.ID.String() + "/recordings/1/link"
	},
	"call_cost": func(r ringostatRow) string {
		if !r.funds {
			return ""
		}
		return r.Cost.String()
	},
}

// ringostatDefault are the fields of whoever asks for none.
const ringostatDefault = "calldate,caller,dst,disposition,billsec"

func ringostatRoutes(a *API) {
	op := a.operation(route{
		method: http.MethodGet, path: "/v1/projects/{project}/ringostat/calls/list", id: "ringostat-calls", tag: chapterCalls, need: needCalls,
		summary: "List calls for a program written for Ringostat",
		text: "Give such a program this address up to `/ringostat` in place of its own, and a key of ours in its header `Auth-key`. Without dates it is the last 24 hours. Fields: " +
			strings.Join(slices.Sorted(maps.Keys(ringostatFields)), ", ") + ".",
	})
	op.Responses = map[string]*huma.Response{"200": {
		Description: "Calls as JSON objects of strings, or lines separated by semicolons",
		Content:     map[string]*huma.MediaType{"application/json": {Schema: schemaOf[[]map[string]string](a.huma.OpenAPI().Components.Schemas)}, "text/csv": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}}
	op.Errors = []int{http.StatusUnprocessableEntity, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound}
	huma.Register(a.huma, op, func(ctx context.Context, in *ringostatQuestion) (*huma.StreamResponse, error) {
		rows, err := a.ringostatCalls(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return &huma.StreamResponse{Body: func(hctx huma.Context) { in.answer(hctx, rows) }}, nil
	})
}

// ringostatQuestion is what is asked.
type ringostatQuestion struct {
	Of
	Format  string `query:"export_type" enum:"json,csv" default:"json"`
	From    string `query:"from" maxLength:"19" doc:"YYYY-MM-DD, or with HH:MM:SS, in the project's time zone; a day before to"`
	To      string `query:"to" maxLength:"19" doc:"The last second, or the day's beginning; now"`
	Fields  string `query:"fields" maxLength:"2000" default:"calldate,caller,dst,disposition,billsec"`
	Filters string `query:"filters" maxLength:"500" doc:"field=value, several with commas: utm_campaign=brand,proper_flag=1"`
	Order   string `query:"order" enum:"calldate desc,calldate asc,calldate" default:"calldate desc"`
	Merge   string `query:"merge" enum:"0,1,2" default:"0" doc:"One row a caller: 1 within 24 hours, 2 in all"`
}

// mostRingostat is how many calls are given at once, as there.
const mostRingostat = 6_500

// ringostatCalls reads the rows.
func (a *API) ringostatCalls(ctx context.Context, in *ringostatQuestion) (rows []map[string]string, err error) {
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return nil, err
	}
	w, err := call.Look(p, access.View)
	if err != nil {
		return nil, err
	}
	opened, err := project.Get(ctx, a.parts.DB, in.id())
	if err != nil {
		return nil, err
	}
	zone := opened.Calendar.Zone(opened.Calendar.DayAt(a.now()))
	filter, err := in.period(zone, a.now())
	if err != nil {
		return nil, err
	}
	wanted, conditions, err := in.names()
	if err != nil {
		return nil, err
	}
	order := call.NewestFirst
	if in.Order != "" && in.Order != "calldate desc" {
		order = call.OldestFirst
	}
	list, err := w.List(ctx, a.parts.DB, filter, order, 0, mostRingostat+1)
	if err == nil && len(list) > mostRingostat {
		err = errs.New(errs.Invalid, "api.too_many_calls", "there are more than %d calls", mostRingostat).At("query.from").Try("ask for a shorter time")
	}
	merged := in.merged()
	rows = []map[string]string{}
	for _, c := range list {
		r := ringostatRow{Call: c, zone: zone, funds: p.Allows(access.View, access.Funds), origin: a.parts.Origin}
		if !r.meets(conditions) || !merged(c) {
			continue
		}
		row := map[string]string{}
		for _, name := range wanted {
			row[name] = ringostatFields[name](r)
		}
		rows = append(rows, row)
	}
	return rows, err
}

func (r ringostatRow) meets(conditions map[string]string) bool {
	for name, value := range conditions {
		if ringostatFields[name](r) != value {
			return false
		}
	}
	return true
}

// merged tells which calls are shown where one row stands for a caller: the first that comes.
func (in *ringostatQuestion) merged() func(call.Call) bool {
	last := map[string]time.Time{}
	return func(c call.Call) bool {
		shown, seen := last[c.Caller()]
		if in.Merge == "" || in.Merge == "0" || c.Caller() == "" || !seen || in.Merge == "1" && c.StartedAt.Sub(shown).Abs() >= 24*time.Hour {
			last[c.Caller()] = c.StartedAt
			return true
		}
		return false
	}
}

func (in *ringostatQuestion) period(zone *time.Location, now time.Time) (f call.Filter, err error) {
	f.Until = now
	if in.To != "" {
		if f.Until, err = ringostatInstant("to", in.To, zone); err != nil {
			return f, err
		}
		f.Until = f.Until.Add(time.Second) // the last second belongs to it
	}
	f.From = f.Until.Add(-24 * time.Hour)
	if in.From != "" {
		f.From, err = ringostatInstant("from", in.From, zone)
	}
	return f, err
}

func ringostatInstant(name, text string, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{ringostatTime, time.DateOnly} {
		if at, err := time.ParseInLocation(layout, text, zone); err == nil {
			return at, nil
		}
	}
	return time.Time{}, errs.New(errs.Invalid, "api.bad_time", "%.30q is no time", text).At("query."+name).Try("write 2026-03-10 10:00:00, or 2026-03-10").With("Text", text)
}

// names reads which fields are wanted, and which must have which value.
func (in *ringostatQuestion) names() (wanted []string, conditions map[string]string, err error) {
	if in.Fields == "" {
		in.Fields = ringostatDefault
	}
	for name := range strings.SplitSeq(in.Fields, ",") {
		name = strings.TrimSpace(name)
		if ringostatFields[name] == nil {
			return nil, nil, noField("fields", name)
		}
		if !slices.Contains(wanted, name) {
			wanted = append(wanted, name)
		}
	}
	conditions = map[string]string{}
	for condition := range strings.SplitSeq(in.Filters, ",") {
		if condition = strings.TrimSpace(condition); condition == "" {
			continue
		}
		name, value, _ := strings.Cut(condition, "=")
		if ringostatFields[name] == nil {
			return nil, nil, noField("filters", name)
		}
		conditions[name] = value
	}
	return wanted, conditions, nil
}

func noField(where, name string) error {
	return errs.New(errs.Invalid, "api.no_field", "calls have no field %.40q", name).At("query."+where).Try("choose of the fields that the documentation lists").With("Field", name)
}

// answer writes the rows.
func (in *ringostatQuestion) answer(hctx huma.Context, rows []map[string]string) {
	_, w := humago.Unwrap(hctx)
	if in.Format != "csv" {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_ = json.NewEncoder(w).Encode(rows) // a reader that has gone needs no answer
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	wanted, _, _ := in.names()
	out := csv.NewWriter(w)
	out.Comma = ';'
	_ = out.Write(wanted)
	for _, row := range rows {
		var cells []string
		for _, name := range wanted {
			cells = append(cells, sheet.Neutral(row[name]))
		}
		_ = out.Write(cells)
	}
	out.Flush()
}
