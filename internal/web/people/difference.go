package people

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/phone"
)

// Difference is one field of a thing before and after a change.
type Difference struct {
	Field         string // in the reader's words, else as programs know it
	Before, After string // empty where it was not there
	Quiet         bool   // of no use in a summary: identifiers, what only programs know, and when something was made

	unfilled bool // zero or no, of a thing that was made or removed
}

// Differences are the fields that an entry changed, in the order of their names.
func (w Wording) Differences(e audit.Entry) (list []Difference) {
	was, is := flatten(e.Before), flatten(e.After)
	fields := maps.Clone(was)
	maps.Copy(fields, is)
	if currency := cmp.Or(is["currency"], was["currency"], is["body.currency"]); currency != "" {
		w.Currency = money.Currency(currency)
	}
	if w.Currency == "" && w.CurrencyOf != nil {
		w.Currency = w.CurrencyOf(projectOf(e, is))
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if x, y := w.say(field, was[field]), w.say(field, is[field]); x != y {
			name, known := w.field(field)
			if inner, ok := strings.CutPrefix(field, "body."); ok && is[inner] == is[field] {
				known = false // it is said already
			}
			unfilled := slices.Contains([]string{"0", "false"}, cmp.Or(was[field], is[field]))
			list = append(list, Difference{Field: name, Before: x, After: y, unfilled: unfilled, Quiet: !known || quietFields[last(field)] || e.Object == "call" && field == "note"}) // of a call's note it is the identifier
		}
	}
	return quietened(list, was, is)
}

// quietened takes what says nothing out of the summary: of a thing that was not there before, or is not there now, the fields that were
// never filled in. Where nothing else is said, they are what happened.
func quietened(list []Difference, was, is map[string]string) []Difference {
	if len(was) > 0 && len(is) > 0 {
		return list
	}
	quieter := slices.Clone(list)
	for i, d := range quieter {
		quieter[i].Quiet = d.Quiet || d.unfilled
	}
	if !said(quieter) {
		return list
	}
	return quieter
}

// projectOf is the project that an entry is about: the one in whose trail it is, or that the operator's entry names.
func projectOf(e audit.Entry, is map[string]string) ident.ProjectID {
	if e.Org.Kind == ident.ProjectKind {
		return ident.ProjectID(e.Org.ID)
	}
	return ident.ProjectID(is["project"])
}

var fieldKeys = map[string]lang.Key{
	"": "people.field_value", "address": "people.field_address", "after_hours": "people.field_after_hours", "closed": "people.field_after_hours", "department": "people.thing_department",
	"employee": "people.thing_employee", "pool": "people.thing_tracking_pool", "scheme": "people.thing_scheme", "site": "people.thing_tracking_site", "trunk": "people.thing_trunk",
	"agency": "people.field_agency", "agent": "people.field_agent", "amount": "people.field_amount",
	"as_it_stands": "people.field_skip", "blocked_at": "people.field_blocked_at", "blocked_everywhere": "people.field_everywhere", "body": "people.field_body",
	"book": "people.field_book", "characters": "people.field_length", "charged": "people.field_charged", "claimed_by": "people.field_claimed",
	"concurrent_calls": "people.field_concurrent", "confirmed_at": "people.field_confirmed", "copied_from": "people.field_copied_from",
	"count": "people.field_seats_count", "countries": "people.field_countries", "country": "people.field_country", "currency": "people.field_currency",
	"days": "people.field_days", "decision": "people.field_decision", "effective": "people.field_effective", "email": "people.field_email",
	"expires_at": "people.field_expires_at", "handed_to": "people.field_handed_to", "invited_by": "people.field_invited_by", "joined_at": "people.field_joined_at",
	"kind": "people.field_kind", "label": "people.field_label", "language": "people.field_language", "method": "people.field_method",
	"minutes": "people.field_minutes", "name": "people.field_name", "named": "people.field_named", "note": "people.field_note", "number": "people.thing_number",
	"numbers": "people.field_numbers", "off_tonight": "people.field_tonight", "on": "people.field_on", "overdraft": "people.field_overdraft",
	"owner": "people.field_owner", "paid_until": "people.field_paid_until", "people": "people.field_people", "per_day": "people.field_per_day",
	"per_minute": "people.field_per_minute", "period_days": "people.field_period", "plan": "people.field_plan", "product": "people.field_product",
	"products": "people.field_product", "project": "people.field_project", "projects": "people.field_projects", "reason": "people.field_reason",
	"refuse_premium": "people.field_premium", "retired": "people.field_retired", "revoked_at": "people.field_revoked_at", "role": "people.field_role",
	"scope": "people.field_scope", "seats": "people.field_products", "solved": "people.field_solved", "state": "people.field_state",
	"time_zone": "people.field_time_zone", "title": "people.field_title", "totp": "people.field_totp", "use": "people.field_use",
	"version": "people.field_version", "viewing_as": "people.field_viewing_as", "zone": "people.field_zone",
}

var quietFields = map[string]bool{
	"id": true, "user": true, "project": true, "joined_at": true, "created_at": true, "sent_at": true, "made_by": true, "invited_by": true,
	"copied_from": true, "version": true, "last_used_at": true, "agent": true, "address": true,
}

// last is the name of the field at the end of a path: amount of body.amount.
func last(path string) string { return snake(path[strings.LastIndexByte(path, '.')+1:]) }

// field is a field in the reader's words; a right of a role is named as the matrix names it. What only programs know is not known.
func (w Wording) field(path string) (name string, known bool) {
	parts := strings.Split(path, ".")
	if len(parts) == 3 && parts[0] == "matrix" {
		var o access.Object
		var a access.Action
		if o.UnmarshalText([]byte(parts[1])) == nil && a.UnmarshalText([]byte(parts[2])) == nil {
			return w.T(objectKeys[o]) + ", " + w.T(actionKeys[a]), true
		}
	}
	if place, ok := strings.CutPrefix(path, inPriceBook); ok {
		return place, true // as the text of the price book has it
	}
	if key, ok := fieldKeys[last(path)]; ok {
		return w.T(key), true
	}
	return path, false
}

// inPriceBook begins the places of a price book that an edit changed.
const inPriceBook = "prices."

// snake writes RevokedAt as revoked_at.
func snake(name string) string {
	var out strings.Builder
	for i, c := range name {
		if unicode.IsUpper(c) && i > 0 && !unicode.IsUpper(rune(name[i-1])) {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(c))
	}
	return out.String()
}

// flatten gives the values of a JSON text by the path to them: {"a": {"b": 1}} is a.b = 1. What is no object is "".
func flatten(text json.RawMessage) map[string]string {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	found := map[string]string{}
	if decoder.Decode(&value) == nil {
		walk(found, "", value)
	}
	return found
}

// listed parts the values of a list; no text has it.
const listed = "\x1f"

func walk(found map[string]string, path string, value any) {
	switch value := value.(type) {
	case nil:
	case map[string]any:
		for key, inner := range value {
			walk(found, strings.TrimPrefix(path+"."+key, "."), inner)
		}
	case []any:
		words := make([]string, len(value))
		for i, inner := range value {
			words[i] = wordOf(inner)
		}
		found[path] = strings.Join(words, listed)
	default:
		found[path] = wordOf(value)
	}
}

func wordOf(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	case bool:
		return strconv.FormatBool(value)
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

// valueKeys are words that programs know, by the field they stand in.
var valueKeys = map[string]map[string]lang.Key{
	"state": {
		"active": "cabinet.state_active", "low": "cabinet.state_low", "grace": "cabinet.state_grace", "suspended": "cabinet.state_suspended", "unpaid": "cabinet.state_unpaid",
		"quarantine": "cabinet.state_quarantine", "released": "cabinet.state_released", "free": "ops.number_free", "rented": "ops.number_rented",
		"retired": "ops.number_retired", "waiting": "ops.request_waiting", "booked": "ops.request_booked", "refused": "ops.request_refused",
		"withdrawn": "ops.request_withdrawn", "expired": "ops.request_expired", "draft": "ops.version_draft", "published": "ops.version_published",
		"discarded": "ops.version_discarded", "queued": "ops.job_queued", "running": "ops.job_running", "done": "ops.job_done", "failed": "ops.job_failed",
		"cancelled": "ops.job_cancelled",
	},
	"kind": {
		"local": "numbers.local", "mobile": "numbers.mobile", "toll_free": "numbers.toll_free", "payment": "ops.kind_payment",
		"adjustment": "ops.kind_adjustment", "overdraft": "ops.kind_overdraft", "limit": "ops.kind_limit",
	},
	"use":    {"tracking": "numbers.tracking", "pbx": "numbers.pbx"},
	"owner":  {"operator": "people.owner_operator", "own": "people.owner_own"},
	"method": {"password": "people.method_password", "passkey": "people.method_passkey", "invitation": "people.method_invitation", "card": "ops.method_card", "bank": "ops.method_bank", "wallet": "ops.method_wallet", "terminal": "ops.method_terminal"},
	"amount": {"none": "people.value_unlimited"},
	"scope":  {"operator": "people.scope_operator", "project:read": "people.scope_read", "project:write": "people.scope_write", "project:charge": "people.scope_charge"},
}

// amounts are fields that hold money.
var amounts = map[string]bool{"amount": true, "charged": true, "overdraft": true, "per_day": true, "per_minute": true, "from": true, "to": true}

// things are fields that hold the identifier of something.
var things = map[string]string{
	"agency": "agency", "after_hours": "scheme", "closed": "scheme", "department": "department", "employee": "employee", "pool": "tracking_pool",
	"prompt": "prompt", "scheme": "scheme", "site": "tracking_site", "trunk": "trunk",
}

// named are fields that hold what price books have names for.
var named = map[string]bool{"": true, "on": true, "off_tonight": true, "product": true, "products": true, "plan": true, "seats": true}

// say writes a value of a field for a reader: instants on their clock, people by their names, and what programs know in words.
func (w Wording) say(path, value string) string {
	if strings.Contains(value, listed) {
		words := strings.Split(value, listed)
		for i, word := range words {
			words[i] = w.say(path, word)
		}
		return strings.Join(words, ", ")
	}
	if strings.HasPrefix(path, inPriceBook) {
		return value
	}
	field := last(path)
	if text, ok := w.sayField(field, value); ok {
		return text
	}
	if at, err := time.Parse(time.RFC3339Nano, value); err == nil {
		if at.IsZero() {
			return ""
		}
		return w.DateTime(at)
	}
	if day, err := civil.ParseDate(value); err == nil {
		return w.Date(day)
	}
	switch {
	case value == "true":
		return w.T("people.yes")
	case value == "false":
		return w.T("people.no")
	case strings.HasPrefix(value, "+") && strings.Trim(value, "+0123456789") == "":
		return w.Phone(phone.Number(value))
	case account.WellFormed(value):
		return w.Person(account.UserID(value))
	case named[field]:
		return w.title(value)
	}
	return value
}

// sayField writes a value whose meaning its field tells.
func (w Wording) sayField(field, value string) (string, bool) {
	if key, ok := valueKeys[field][value]; ok {
		return w.T(key), true
	}
	var level access.Level
	switch {
	case value == "":
		return "", true
	case field == "role" || field == "copied_from":
		return w.Role(access.RoleID(value)), true
	case things[field] != "":
		return w.named(things[field], value), true
	case field == "country" || field == "countries":
		return w.Country(value), true
	case field == "language":
		if l, ok := lang.Parse(value); ok {
			return l.Name(), true
		}
	case amounts[field] && w.Currency != "":
		if amount, err := money.Parse(value); err == nil {
			return w.MoneyExact(amount, w.Currency), true
		}
	case level.UnmarshalText([]byte(value)) == nil && slices.Contains([]string{"view", "edit", "delete", "export", "listen"}, field):
		return w.T(levelKeys[level]), true
	}
	return "", false
}

// said tells whether any field is for people, and technical whether any is for programs alone.
func said(all []Difference) bool {
	return slices.ContainsFunc(all, func(d Difference) bool { return !d.Quiet })
}

func technical(all []Difference) bool {
	return slices.ContainsFunc(all, func(d Difference) bool { return d.Quiet })
}

const mostInSummary = 2

// summaryOf is the first differences that say something, in one line.
func summaryOf(all []Difference) string {
	var words []string
	for _, d := range all {
		if d.Quiet {
			continue
		}
		if len(words) == mostInSummary {
			return strings.Join(append(words, "…"), "; ")
		}
		words = append(words, d.Field+": "+d.line())
	}
	return strings.Join(words, "; ")
}

func (d Difference) line() string {
	before, after := lang.Isolate(d.Before), lang.Isolate(d.After)
	if before == "" || after == "" {
		return cmp.Or(after, before+" →")
	}
	return before + " → " + after
}
