package callimport

import (
	"slices"
	"strings"
)

// The columns that mean something here, by the name under which Extra and the messages list them.
const (
	colCallDate      = "calldate"
	colCaller        = "caller"
	colTo            = "dst"
	colDuration      = "duration"
	colTalk          = "billsec"
	colWait          = "waittime"
	colType          = "call_type"
	colDisposition   = "disposition"
	colEmployee      = "employee_fio"
	colCallID        = "call_id"
	colConnectedWith = "connected_with"
)

// required are the columns without which a line cannot be charged.
var required = []string{colCallDate, colCaller, colTo, colTalk, colType, colDisposition}

// columns lists every column we know, each with the other names under which exports carry it.
var columns = map[string][]string{
	colCallDate:      {"call_date"},
	colCaller:        {"caller_number"},
	colTo:            {"dst_number", "destination"},
	colDuration:      nil,
	colTalk:          {"talk_time"},
	colWait:          {"wait_time", "wait"},
	colType:          {"type"},
	colDisposition:   {"call_result"},
	colEmployee:      {"employee"},
	colCallID:        {"uniqueid", "callid", "id"},
	colConnectedWith: {"connected"},

	"department": nil, "scheme_name": {"scheme"}, "pool_name": {"pool"}, "category": {"call_category"}, "employee_mark": {"mark"},
	"proper_flag": {"proper"}, "repeat_flag": {"repeat", "repeated"}, "call_counter": {"counter"}, "call_card": nil, "comment": nil,
	"additional_number": {"n_alias"}, "substitution_type": nil, "recording": {"recording_url", "record"}, "recording_wav": nil, "has_recording": nil,
	"utm_source": nil, "utm_medium": nil, "utm_campaign": nil, "utm_content": nil, "utm_term": nil,
	"gclid": nil, "gbraid": nil, "wbraid": nil, "yclid": nil, "fbclid": nil, "msclkid": nil, "ttclid": nil,
	"client_id": {"ga_client_id"}, "user_id": nil, "visitor_id": nil, "ip": {"client_ip"}, "referrer": {"refferrer", "referer"},
	"landing_page": {"landing", "landing_url"}, "device": {"device_type"}, "region": nil, "city": nil, "country": nil, "custom_fields": {"userfield"},
}

// byName finds a column by any of its names.
var byName = func() map[string]string {
	names := map[string]string{}
	for column, others := range columns {
		names[column] = column
		for _, other := range others {
			names[other] = column
		}
	}
	return names
}()

// header says which cell of a line holds which column.
type header struct {
	cells   []string // the column of each cell; empty for one we do not know
	at      map[string]int
	unknown []string // names as written
}

// newHeader matches names. A problem, whose line is the caller's to fill in, tells of columns missing or there twice.
func newHeader(names []string) (header, []Problem) {
	h := header{cells: make([]string, len(names)), at: map[string]int{}}
	var problems []Problem
	for i, name := range names {
		column, known := byName[normal(name)]
		if !known {
			if name = strings.TrimSpace(name); name != "" {
				h.unknown = append(h.unknown, clip(name, longestShown))
			}
			continue
		}
		if _, twice := h.at[column]; twice {
			problems = append(problems, Problem{Column: column, Text: "the column is there twice"})
			continue
		}
		h.cells[i], h.at[column] = column, i
	}
	if missing := h.missing(); len(missing) > 0 {
		problems = append(problems, Problem{
			Text: "no column " + strings.Join(missing, ", ") + "; found: " + list(names) + "; needed: " + strings.Join(required, ", "),
		})
	}
	return h, problems
}

func (h header) missing() []string {
	return slices.DeleteFunc(slices.Clone(required), func(column string) bool {
		_, ok := h.at[column]
		return ok
	})
}

// normal makes "Call Type" and "call_type" one name.
func normal(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	return strings.NewReplacer(" ", "_", "-", "_").Replace(name)
}

const longestShown = 40

// list writes names for a message, which a hostile header must not make long.
func list(names []string) string {
	const most = 60
	var shown []string
	for _, name := range names[:min(len(names), most)] {
		shown = append(shown, clip(strings.TrimSpace(name), longestShown))
	}
	if len(names) > most {
		shown = append(shown, "...")
	}
	if len(shown) == 0 {
		return "nothing"
	}
	return strings.Join(shown, ", ")
}
