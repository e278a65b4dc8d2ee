package charging

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// SMSRecord asks to charge a message before it is sent.
type SMSRecord struct {
	Project  ident.ProjectID
	ID       string // names the message, best beginning with the time
	To       string // E.164 with '+', or the digits as dialled in the project's country
	Segments int64
	At       time.Time // when it is sent; a repetition may carry another
}

// Message is an SMS as it was charged.
type Message struct {
	Project   ident.ProjectID `json:"project"`
	ID        string          `json:"id"`
	To        string          `json:"to"`
	Segments  int64           `json:"segments"`
	SentAt    time.Time       `json:"sent_at"`
	Item      string          `json:"item"` // domestic, abroad, or emergency
	UnitPrice money.Micro     `json:"unit_price"`
	Amount    money.Micro     `json:"amount"` // what it cost, zero or more
	Day       civil.Date      `json:"day"`    // usage day it is charged on
	Book      string          `json:"book"`
	Entry     ident.EntryID   `json:"entry"` // its ledger entry; zero for an emergency number
}

// ChargeSMS authorises and charges a message at once (Rule B-36). The same message again gets the first answer, another one
// under the same id errs.Conflict `charging.record_conflict`. Refusals, in this order: errs.NotFound `project.not_found`;
// errs.Invalid `charging.bad_record`, `charging.bad_destination` and `charging.before_project`; errs.Unpaid `billing.suspended`; errs.Denied
// `charging.country_forbidden`, `charging.premium_forbidden`, `pricing.sms_not_sold`, `charging.day_limit`; errs.Unpaid
// `charging.no_funds`. Messages to emergency numbers are never refused and cost nothing (Rule B-71).
func (s *Service) ChargeSMS(ctx context.Context, in SMSRecord) (Message, error) {
	if err := checkID(in.ID); err != nil {
		return Message{}, err
	}
	if err := checkInstant("at", in.At); err != nil {
		return Message{}, err
	}
	if in.Segments < 1 || in.Segments > mostSegments {
		return Message{}, badRecord("segments", "a message has 1 to %d segments", mostSegments)
	}
	m := message{SMSRecord: in}
	if m.to, m.malformed = readDestination(in.To); m.malformed == nil && m.to.sip() {
		m.malformed = badDestination(in.To)
	}
	if s.billing.Enforce {
		m.to = m.to.look()
	}
	return do[Message](ctx, s, m)
}

// mostSegments is how many parts a concatenated SMS can have.
const mostSegments = 255

type message struct {
	SMSRecord
	to        destination
	malformed error
}

func (in message) needs() needs {
	return needs{project: in.Project, message: in.ID, entry: messageKey(in.ID), caps: true, at: in.At}
}

func messageKey(id string) string { return id + "/sms" }

func (in message) decide(ctx context.Context, r *round) (any, error) {
	c, err := r.customer(in.Project)
	if err != nil {
		return nil, err
	}
	if in.malformed != nil {
		return nil, in.malformed
	}
	if in.to, err = in.to.from(c.project.Country); err != nil {
		return nil, err
	}
	if earlier := r.messages[key{in.Project, in.ID}]; earlier != nil {
		if earlier.To == in.to.to && earlier.Segments == in.Segments {
			return *earlier, nil
		}
		return nil, errs.New(errs.Conflict, "charging.record_conflict", "message %s was another one before", in.ID).At("id").
			Try("use a new id for a new message")
	}
	if err := c.checkOpened("at", in.At); err != nil {
		return nil, err
	}
	m := &Message{Project: in.Project, ID: in.ID, To: in.to.to, Segments: in.Segments, SentAt: micros(in.At), Day: c.dayAt(in.At)}
	if in.to.emergency {
		m.Item = string(Emergency)
	} else if err := r.send(ctx, c, m, in.to); err != nil {
		return nil, err
	}
	r.messages[key{m.Project, m.ID}] = m
	r.sent = append(r.sent, m)
	return *m, nil
}

// send checks a message against the caps and charges it.
func (r *round) send(ctx context.Context, c *customer, m *Message, to destination) error {
	own := m.Day
	list, err := c.pricesOn(r.books, own)
	if err != nil {
		return err
	}
	caps := c.limits(list)
	if r.billing.Enforce {
		if err := c.standing.MayDial(); err != nil {
			return err
		}
		if err := caps.checkDestination(to, c.project.Country); err != nil {
			return err
		}
	}
	line, err := list.Message(m.To, m.Segments)
	if err != nil {
		return err
	}
	if r.billing.Enforce {
		b, err := r.budget(ctx, c, own, caps)
		if err != nil {
			return err
		}
		if -line.Amount > b.least() {
			return b.refuse(-line.Amount)
		}
	}
	day, late, err := r.chargeDay(ctx, c, m.SentAt, m.SentAt)
	if err != nil {
		return err
	}
	m.Item, m.UnitPrice, m.Amount, m.Day, m.Book = line.Item, line.UnitPrice, -line.Amount, day, list.ref
	posting, err := m.posting(line, own, late)
	if err != nil {
		return err
	}
	entry, _, err := r.ledger.Post(ctx, posting)
	if err != nil {
		return err
	}
	m.Entry = entry.ID
	r.meter(c, billing.Usage{Day: own, SMS: m.Amount, SMSCount: 1})
	return broken(r.review(ctx, c, list, m.SentAt))
}

// messageRevenue is the house account of messages.
const messageRevenue = "revenue:sms"

func (m *Message) posting(line pricing.Line, own civil.Date, late bool) (ledger.Posting, error) {
	p := ledger.Posting{
		Project: m.Project, Key: messageKey(m.ID), Day: m.Day, BookedAt: m.SentAt, Kind: line.Kind, Item: line.Item, Quantity: line.Quantity,
		UnitPrice: line.UnitPrice, Amount: line.Amount, House: messageRevenue, Ref: m.ID, Rule: line.Rule, Book: m.Book,
	}
	var err error
	if late {
		p.Kind, p.Item, p.Rule = pricing.Adjustment, string(pricing.SMS), "B-11"
		p.Explain, err = explainLate(line.Explain, own)
	} else {
		p.Explain, err = json.Marshal(line.Explain)
	}
	return p, err
}

const messageColumns = "message_key, project_id, to_number, segments, sent_at, item, unit_price, amount, day, book, entry_id"

var messageColumnList = strings.Split(messageColumns, ", ")

func (m *Message) row() []any {
	return []any{
		key{m.Project, m.ID}.stored(), string(m.Project), m.To, m.Segments, instant(m.SentAt), m.Item, int64(m.UnitPrice), int64(m.Amount), int64(m.Day), m.Book, int64(m.Entry),
	}
}

func scanMessage(scan func(...any) error) (*Message, error) {
	m := &Message{}
	var stored string
	var sent int64
	err := scan(&stored, &m.Project, &m.To, &m.Segments, &sent, &m.Item, &m.UnitPrice, &m.Amount, &m.Day, &m.Book, &m.Entry)
	m.ID, m.SentAt = idOf(stored), timeOf(sent)
	return m, err
}

// loadMessages reads the messages the requests name.
func (r *round) loadMessages(ctx context.Context, wanted []needs) error {
	var keys []key
	for _, n := range wanted {
		if n.message != "" {
			keys = append(keys, key{n.project, n.message})
		}
	}
	return store.EachKey(ctx, r.tx, "SELECT "+messageColumns+" FROM charging_message WHERE message_key IN (keys)", storedKeys(keys), func(rows *sql.Rows) error {
		m, err := scanMessage(rows.Scan)
		r.messages[key{m.Project, m.ID}] = m
		return err
	})
}

func (r *round) flushMessages(ctx context.Context) error {
	rows := make([][]any, len(r.sent))
	for i, m := range r.sent {
		rows[i] = m.row()
	}
	return r.tx.Insert(ctx, "charging_message", messageColumnList, rows)
}

// GetMessage reads a message of a project; errs.NotFound `charging.no_message`.
func GetMessage(ctx context.Context, q store.Querier, project ident.ProjectID, id string) (Message, error) {
	row := q.QueryRow(ctx, "SELECT "+messageColumns+" FROM charging_message WHERE message_key = $1", key{project, id}.stored())
	m, err := scanMessage(row.Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Message{}, errs.New(errs.NotFound, "charging.no_message", "the project has no message %.60q", id).At("id")
	}
	return *m, err
}
