package simulate

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/strictjson"
)

// Event is one line of an event file. Which fields a type has is told by the table `types`.
type Event struct {
	Line int       `json:"-"`
	At   time.Time `json:"-"`
	Type string    `json:"type"`

	Project     string         `json:"project"`
	Country     string         `json:"country"`
	Currency    money.Currency `json:"currency"`
	TimeZone    string         `json:"time_zone"`
	Book        string         `json:"book"`
	BookVersion string         `json:"book_version"`
	Plan        string         `json:"plan"`
	ID          string         `json:"id"`
	Amount      string         `json:"amount"`
	Method      string         `json:"method"`
	Auto        bool           `json:"auto"`
	PeriodDays  int64          `json:"period_days"`
	Product     string         `json:"product"`
	Count       int64          `json:"count"`
	Number      string         `json:"number"`
	Owner       string         `json:"owner"`
	Kind        string         `json:"kind"`
	Use         string         `json:"use"`
	Leg         string         `json:"leg"`
	To          string         `json:"to"`
	AnsweredAt  string         `json:"answered_at"`
	Seconds     int64          `json:"seconds"`
	Segments    int64          `json:"segments"`
	User        string         `json:"user"`
	Months      int64          `json:"months"`
	Package     string         `json:"package"`
	Minutes     int64          `json:"minutes"`
	Told        bool           `json:"told"`       // project.open: states are told by state events
	Recorded    bool           `json:"recorded"`   // call: nothing but its call.open opened it
	Difference  bool           `json:"difference"` // user.add: the paid term keeps its length
	Reason      string         `json:"reason"`
	WriteOff    bool           `json:"write_off"`
	Key         string         `json:"key"`
	Calls       string         `json:"calls"`
	CallCount   int64          `json:"call_count"`
	SMS         string         `json:"sms"`
	SMSCount    int64          `json:"sms_count"`

	amount     money.Micro
	calls, sms money.Micro
	answeredAt time.Time
	opens      bool // the moment a leg is answered, made from its call event
}

// fields are the required and the optional fields of an event type, besides at and type.
type fields struct{ required, optional []string }

var types = map[string]fields{
	"project.open":   {[]string{"project", "country", "currency", "time_zone", "book"}, []string{"book_version", "plan", "told"}},
	"book.move":      {[]string{"book_version"}, []string{"plan"}},
	"zone.change":    {[]string{"time_zone"}, nil},
	"payment":        {[]string{"id", "amount", "method"}, []string{"auto", "period_days"}},
	"product.on":     {[]string{"product"}, nil},
	"product.off":    {[]string{"product"}, nil},
	"seats.set":      {[]string{"product", "count"}, nil},
	"number.rent":    {[]string{"number", "owner", "kind", "use"}, nil},
	"number.release": {[]string{"number"}, nil},
	"package.set":    {[]string{"package", "minutes"}, nil},
	"call":           {[]string{"id", "leg", "to", "answered_at", "seconds"}, []string{"number", "recorded"}},
	"call.open":      {[]string{"id", "leg", "to"}, []string{"number"}},
	"call.release":   {[]string{"id"}, nil},
	"sms":            {[]string{"id", "to", "segments"}, nil},
	"sessions":       {[]string{"count"}, nil},
	"usage":          {[]string{"calls", "call_count", "sms", "sms_count"}, nil},
	"user.add":       {[]string{"user"}, []string{"difference"}},
	"user.remove":    {[]string{"user"}, nil},
	"user.block":     {[]string{"user"}, nil},
	"user.unblock":   {[]string{"user"}, nil},
	"term.pay":       {[]string{"id", "months"}, nil},
	"adjustment":     {[]string{"id", "amount", "reason"}, []string{"write_off"}},
	"reversal":       {[]string{"key", "reason"}, nil},
	"unsubscribe":    {nil, nil},
	"state":          {[]string{"to"}, nil},
	"end":            {nil, nil},
}

const longestLine = 1 << 20

// ReadEvents reads an event file: one JSON object a line, in order of "at", the first a project.open. Every mistake is
// errs.Invalid with Where "file:line". Blank lines are passed over.
func ReadEvents(r io.Reader, file string) ([]Event, error) {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(make([]byte, 64<<10), longestLine)
	var events []Event
	line := 0
	for scanner.Scan() {
		line++
		text := bytes.TrimPrefix(scanner.Bytes(), []byte("\ufeff"))
		if len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		event, err := readEvent(text)
		if err == nil {
			event.Line = line
			err = inOrder(events, event)
		}
		if err != nil {
			return nil, at(file, line, err)
		}
		events = append(events, event)
	}
	switch err := scanner.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, at(file, line+1, fmt.Errorf("the line is longer than %d bytes: an event is one short JSON object a line", longestLine))
	case err != nil:
		return nil, at(file, line+1, err)
	}
	if len(events) == 0 {
		return nil, at(file, 1, errors.New("there is no event; the first is project.open"))
	}
	return events, nil
}

// at wraps what went wrong on a line, keeping the code of errors that have one.
func at(file string, line int, err error) error {
	where := fmt.Sprintf("%s:%d", file, line)
	var known *errs.Error
	if errors.As(err, &known) {
		located := *known
		located.Where = where
		if known.Where != "" {
			located.Where += ": " + known.Where
		}
		return &located
	}
	return errs.New(errs.Invalid, "simulate.bad_event", "%v", err).At(where)
}

func inOrder(events []Event, event Event) error {
	switch {
	case len(events) == 0 && event.Type != "project.open":
		return errors.New("the first event is project.open, not " + event.Type)
	case len(events) == 0:
		return nil
	case event.Type == "project.open":
		return errors.New("a file has one project.open")
	case events[len(events)-1].Type == "end":
		return errors.New("nothing comes after end")
	case event.At.Before(events[len(events)-1].At):
		return fmt.Errorf("%s is before the event above it (%s): events stand in order of at",
			event.At.Format(time.RFC3339), events[len(events)-1].At.Format(time.RFC3339))
	}
	return nil
}

func readEvent(text []byte) (Event, error) {
	var raw map[string]json.RawMessage
	decoder := json.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&raw); err != nil {
		return Event{}, fmt.Errorf("not a JSON object: %w", err)
	}
	if decoder.More() {
		return Event{}, errors.New("more than one JSON object on a line")
	}
	if err := strictjson.Check(text); err != nil {
		return Event{}, err
	}
	var stamp string
	if err := field(raw, "at", &stamp); err != nil {
		return Event{}, err
	}
	moment, err := readTime("at", stamp)
	if err != nil {
		return Event{}, err
	}
	event := Event{At: moment}
	if err := field(raw, "type", &event.Type); err != nil {
		return Event{}, err
	}
	if err := checkFields(raw, event.Type); err != nil {
		return Event{}, err
	}
	delete(raw, "at")
	if err := decodeFields(raw, &event); err != nil {
		return Event{}, err
	}
	return event, event.parse()
}

func field(raw map[string]json.RawMessage, name string, into *string) error {
	text, ok := raw[name]
	if !ok {
		return fmt.Errorf("field %q is missing", name)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("field %q is a string, not %.60s", name, text)
	}
	return nil
}

func checkFields(raw map[string]json.RawMessage, kind string) error {
	known, ok := types[kind]
	if !ok {
		return fmt.Errorf("there is no event type %.60q", kind)
	}
	for _, name := range known.required {
		if _, ok := raw[name]; !ok {
			return fmt.Errorf("%s needs field %q", kind, name)
		}
	}
	var unknown []string
	for name := range raw {
		if name != "at" && name != "type" && !slices.Contains(known.required, name) && !slices.Contains(known.optional, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return fmt.Errorf("%s has no field %.100q; it has %s", kind, unknown, strings.Join(append(slices.Clone(known.required), known.optional...), ", "))
	}
	return nil
}

func decodeFields(raw map[string]json.RawMessage, event *Event) error {
	for name, text := range raw {
		if string(text) == "null" {
			return fmt.Errorf("field %q is null", name)
		}
	}
	text, err := json.Marshal(raw)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, event); err != nil {
		var mismatch *json.UnmarshalTypeError
		if errors.As(err, &mismatch) {
			return fmt.Errorf("field %q is a %s, not a %s", mismatch.Field, goName(mismatch.Type.Kind().String()), mismatch.Value)
		}
		return err
	}
	return nil
}

func goName(kind string) string {
	if strings.HasPrefix(kind, "int") {
		return "whole number"
	}
	return kind
}

// parse reads the fields that are more than strings and numbers.
func (e *Event) parse() (err error) {
	for _, amount := range []struct {
		has  bool
		text string
		into *money.Micro
	}{{e.Type == "payment" || e.Type == "adjustment", e.Amount, &e.amount}, {e.Type == "usage", e.Calls, &e.calls}, {e.Type == "usage", e.SMS, &e.sms}} {
		if !amount.has {
			continue
		}
		if *amount.into, err = money.Parse(amount.text); err != nil {
			return err
		}
	}
	if e.Type == "call" {
		if e.Seconds < 0 {
			return fmt.Errorf("a leg does not last %d seconds", e.Seconds)
		}
		if e.answeredAt, err = readTime("answered_at", e.AnsweredAt); err != nil {
			return err
		}
		if e.answeredAt.After(e.At) {
			return errors.New("a leg ends after it is answered: at is before answered_at")
		}
	}
	if (strings.HasPrefix(e.Type, "call") || e.Type == "sms" || e.Type == "adjustment" || e.Type == "payment" || e.Type == "term.pay") && e.ID == "" {
		return errors.New("id is empty")
	}
	return nil
}

// earliest and latest bound instants to those the calendar and the store can hold.
var (
	earliest = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

func readTime(name, text string) (time.Time, error) {
	moment, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s %.60q is not an instant: write 2021-10-04T00:00:00+03:00", name, text)
	}
	if moment.Before(earliest) || moment.After(latest) {
		return time.Time{}, fmt.Errorf("%s %s is not between %s and %s", name, text, earliest.Format(time.DateOnly), latest.Format(time.DateOnly))
	}
	return moment.UTC(), nil
}
