package api

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/errs"
)

// Programs for K50 ask in more ways than ours: with a slash behind the name, with the question as JSON in a POST, with lists as
// dimensions[0]=…, with the key as a parameter, and in the older form call/ext/COUNTER/FROM/TO. All are made the one question that our
// operations answer, before anything else looks at it; nothing is ever written.

// mostK50Body bounds a question in JSON.
const mostK50Body = 64 << 10

var (
	k50Path   = regexp.MustCompile(`^(/v1/projects/[^/]+/k50/(?:call|pool)/list)/?$`)
	k50Ext    = regexp.MustCompile(`^(/v1/projects/[^/]+/k50/call/ext)/([^/]*)/([^/]*)/([^/]*)/?$`)
	k50Listed = regexp.MustCompile(`^(?:dimensions?)(?:\[\d*\])?$`)
)

// k50Spoken is a request of such a program as ours would have sent it; any other is given back as it is.
func k50Spoken(r *http.Request) (*http.Request, error) {
	path := r.URL.Path
	older, list := k50Ext.FindStringSubmatch(path), k50Path.FindStringSubmatch(path)
	if older == nil && list == nil {
		return r, nil
	}
	query, err := k50Query(r)
	if err != nil {
		return r, err
	}
	r = r.Clone(r.Context())
	if key := query.Get("apiKey"); key != "" && shown(r) == "" {
		r.Header.Set("apiKey", key)
	}
	query.Del("apiKey")
	if older != nil {
		path = older[1]
		query.Set("counter", older[2])
		query.Set("dateFrom", older[3])
		query.Set("dateTo", older[4])
	} else {
		path = list[1]
	}
	r.URL.Path, r.URL.RawPath, r.URL.RawQuery = path, "", query.Encode()
	if list != nil {
		r.Method, r.Body, r.ContentLength = http.MethodGet, http.NoBody, 0
		r.Header.Del("Content-Type")
	}
	return r, nil
}

// k50Query is what is asked: the JSON of a POST, in which case the address counts for the key alone, or the address.
func k50Query(r *http.Request) (url.Values, error) {
	asked := r.URL.Query()
	if r.Method == http.MethodPost {
		key := asked.Get("apiKey")
		asked = url.Values{}
		if key != "" {
			asked.Set("apiKey", key)
		}
		fields := map[string]any{}
		decoder := json.NewDecoder(io.LimitReader(r.Body, mostK50Body))
		decoder.UseNumber()
		if err := decoder.Decode(&fields); err != nil {
			return nil, errs.New(errs.Invalid, "api.invalid", "the body is no JSON object of at most 64 kB").At("body").Try(`send {"counter":"1","dimensions":["startTime"],"page":1}`)
		}
		for name, value := range fields {
			all, isList := value.([]any)
			if !isList {
				all = []any{value}
			}
			for _, one := range all {
				if one != nil {
					asked.Add(name, fmt.Sprint(one))
				}
			}
		}
	}
	query := url.Values{}
	var dimensions []string
	for name, values := range asked {
		if k50Listed.MatchString(name) {
			dimensions = append(dimensions, values...)
			continue
		}
		query[name] = values
	}
	if len(dimensions) > 0 {
		query.Set("dimensions", strings.Join(dimensions, ","))
	}
	return query, nil
}

// plain is a field's name without what the two forms of K50's differ in: start_time and startTime are one.
func plain(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// k50Aliases are further names of fields, as plain gives them.
var k50Aliases = map[string]string{"datetime": "starttime", "date": "starttime", "callid": "id", "tags": "label", "clientid": "analyticsclientid"}

// k50Condition is a part of a filter: dateTime>2026-03-01 00:00:00.
type k50Condition struct{ field, sign, value string }

var k50Part = regexp.MustCompile(`^\s*([A-Za-z_]+)\s*(==|!=|>=|<=|=|>|<)\s*(.*?)\s*$`)

// k50Filter reads a filter of conditions with semicolons between. Those on the time narrow the period; the others are given back. Errors:
// errs.Invalid `api.bad_filter`, `api.bad_time`.
func k50Filter(text string, zone *time.Location, f *call.Filter) (others []k50Condition, err error) {
	for part := range strings.SplitSeq(text, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		match := k50Part.FindStringSubmatch(part)
		if match == nil {
			return nil, badK50Filter(part)
		}
		c := k50Condition{k50Name(match[1]), match[2], strings.Trim(match[3], `'"`)}
		switch {
		case c.field == "":
			return nil, badK50Filter(part)
		case c.field == "starttime":
			if err := c.narrow(f, zone); err != nil {
				return nil, err
			}
		case c.sign == ">" || c.sign == "<" || c.sign == ">=" || c.sign == "<=":
			return nil, badK50Filter(part)
		default:
			others = append(others, c)
		}
	}
	return others, nil
}

func badK50Filter(part string) error {
	return errs.New(errs.Invalid, "api.bad_filter", "%.60q is no condition", part).At("query.filter").Try("write dateTime>=2026-03-10 00:00:00;utm_source=google").With("Text", part)
}

// narrow lets a condition on the time narrow the period; seconds are whole.
func (c k50Condition) narrow(f *call.Filter, zone *time.Location) error {
	at, err := ringostatInstant("filter", c.value, zone)
	if err != nil {
		return err
	}
	switch c.sign {
	case ">":
		f.From = at.Add(time.Second)
	case ">=":
		f.From = at
	case "<":
		f.Until = at
	case "<=":
		f.Until = at.Add(time.Second)
	default:
		return badK50Filter("dateTime" + c.sign + c.value)
	}
	return nil
}

// meets reports whether a call is as a filter wants it.
func (c K50Call) meets(conditions []k50Condition) bool {
	fields := c.fields()
	for _, one := range conditions {
		if (fmt.Sprint(fields[one.field]) == one.value) == (one.sign == "!=") {
			return false
		}
	}
	return true
}
