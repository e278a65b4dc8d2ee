package webhook

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
)

// Topics are those of the outbox that messages are made of.
var Topics = []string{
	call.TopicStarted, call.TopicRinging, call.TopicAttributed, call.TopicAnswered, call.TopicEnded, call.TopicMissed, call.TopicRecording,
	tracking.LeadChanged, billing.TopicState, billing.TopicPayment,
}

// message is something to be told.
type message struct {
	kind    Kind
	subject string
	person  string
	data    any
}

var kindOfTopic = map[string]Kind{
	call.TopicStarted: CallRinging, call.TopicRinging: CallRinging, call.TopicAttributed: CallAttributed, call.TopicAnswered: CallAnswered, call.TopicEnded: CallEnded,
	call.TopicMissed: CallMissed, call.TopicRecording: RecordingReady, tracking.LeadChanged: LeadChanged, billing.TopicState: StateChanged, billing.TopicPayment: PaymentTaken,
}

// Take makes of an event what a project's endpoints are told of it (Rule W-05), and reports whether there is anything to send. It may be
// given one twice.
func (s *Service) Take(ctx context.Context, e event.Event, at time.Time) (fresh bool, err error) {
	if wanted, err := s.Wanted(ctx, e.Project, at); err != nil || !wanted {
		return false, err
	}
	m, ok, err := s.read(ctx, e)
	if err != nil || !ok {
		return false, err
	}
	return s.put(ctx, e.Project, "event "+strconv.FormatInt(e.ID, 10), m, e.At, at)
}

// put keeps a message with a delivery for each endpoint that wants it, once for a source.
func (s *Service) put(ctx context.Context, project ident.ProjectID, source string, m message, occurred, at time.Time) (fresh bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		fresh = false
		endpoints, err := enabled(ctx, tx, project)
		if err != nil {
			return err
		}
		var wanting []Endpoint
		for _, e := range endpoints {
			if e.Wants(m.kind) {
				wanting = append(wanting, e)
			}
		}
		if len(wanting) == 0 {
			return nil
		}
		id, kept, err := s.keep(ctx, tx, project, source, m, occurred)
		if err != nil || !kept {
			return err
		}
		fresh = true
		for _, e := range wanting {
			if err := deliver(ctx, tx, e, id, m, micros(at), at); err != nil {
				return err
			}
		}
		return nil
	})
	return fresh, err
}

// keep writes a message, unless one was made of its source.
func (s *Service) keep(ctx context.Context, tx *store.Tx, project ident.ProjectID, source string, m message, occurred time.Time) (id int64, kept bool, err error) {
	id = s.ids.Next(tx.Now())
	body, err := json.Marshal(Body[any]{ID: WireID(id), Kind: m.kind, Version: Version, OccurredAt: occurred.UTC(), Project: project, Data: m.data})
	if err != nil {
		return 0, false, err
	}
	result, err := tx.Exec(ctx, `INSERT INTO webhook_message (project_id, message_id, source, kind, subject, person, body, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (project_id, source) DO NOTHING`, string(project), id, source, string(m.kind), m.subject, m.person, string(body), micros(occurred))
	if err != nil {
		return 0, false, err
	}
	n, err := result.RowsAffected()
	return id, n == 1, err
}

// deliver makes a delivery that is due at an instant.
func deliver(ctx context.Context, tx *store.Tx, e Endpoint, id int64, m message, due int64, at time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO webhook_delivery (endpoint_id, message_id, project_id, kind, subject, state, due_at, give_up_at, attempts, status, answer, took, tried_at)
		VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $7, 0, 0, '', 0, 0)`, string(e.ID), id, string(e.Project), string(m.kind), m.subject, due, micros(at.Add(Lifetime)))
	return err
}

// WireID is the id of a message as receivers see it.
func WireID(id int64) string { return "msg_" + strconv.FormatInt(id, 10) }

// read makes the message of an event; ok is false where there is nothing to tell.
func (s *Service) read(ctx context.Context, e event.Event) (m message, ok bool, err error) {
	m.kind = kindOfTopic[e.Topic]
	p, err := project.Get(ctx, s.db, e.Project)
	if err != nil {
		return m, false, gone(err)
	}
	switch e.Topic {
	case tracking.LeadChanged:
		return s.readLead(ctx, e, m)
	case billing.TopicState:
		var t billing.Transition
		if err := json.Unmarshal(e.Body, &t); err != nil {
			return m, false, err
		}
		account, err := ledger.GetAccount(ctx, s.db, e.Project)
		m.data = StateData{t.From, t.To, account.Balance(), p.Currency, s.page(e.Project, "/funds")}
		return m, err == nil, err
	case billing.TopicPayment:
		var t billing.Payment
		if err := json.Unmarshal(e.Body, &t); err != nil {
			return m, false, err
		}
		account, err := ledger.GetAccount(ctx, s.db, e.Project)
		m.data = PaymentData{t.ID, t.Amount, t.Method, t.Auto, account.Balance(), p.Currency, s.page(e.Project, "/funds")}
		return m, err == nil, err
	}
	return s.readCall(ctx, e, p, m)
}

// readCall: calls between employees are their own, and a client's rings once its origin was looked for.
func (s *Service) readCall(ctx context.Context, e event.Event, p *project.Project, m message) (message, bool, error) {
	var news call.News
	if err := json.Unmarshal(e.Body, &news); err != nil {
		return m, false, err
	}
	id, err := call.ParseID(news.Call)
	if err != nil {
		return m, false, err
	}
	ref := call.Ref{Project: e.Project, ID: id}
	c, err := call.Told(ctx, s.db, ref)
	if err != nil {
		return m, false, gone(err)
	}
	if c.Direction == call.Internal || e.Topic == call.TopicStarted && c.Direction == call.Inbound {
		return m, false, nil
	}
	d := s.callData(c, p)
	if e.Topic == call.TopicRecording {
		r, err := call.RecordingOf(ctx, s.db, ref, news.Recording)
		if err != nil {
			return m, false, gone(err)
		}
		d.Recording = &Recording{r.N, r.Kind, r.StartedAt, r.Seconds}
		if r.Kind == call.VoicemailRecording {
			m.kind = VoicemailLeft
		}
	}
	m.subject, m.data = "call "+news.Call, d
	if c.External() {
		m.person = c.Client
	}
	return m, true, nil
}

func (s *Service) readLead(ctx context.Context, e event.Event, m message) (message, bool, error) {
	var told struct {
		Lead string `json:"lead"`
	}
	if err := json.Unmarshal(e.Body, &told); err != nil {
		return m, false, err
	}
	id, err := tracking.ParseLeadID(told.Lead)
	if err != nil {
		return m, false, err
	}
	l, err := tracking.GetLead(ctx, s.events, e.Project, id)
	if err != nil {
		return m, false, gone(err)
	}
	if l.StateBy == "" { // it has just come: that is told as lead.created
		return m, false, nil
	}
	return s.lead(e.Project, m.kind, l), true, nil
}

func (s *Service) lead(project ident.ProjectID, kind Kind, l tracking.LeadRecord) message {
	return message{kind: kind, subject: "lead " + l.ID.String(), person: l.Phone, data: s.leadData(project, l)}
}

// gone: what was removed meanwhile is told no more.
func gone(err error) error {
	if errs.KindOf(err) == errs.NotFound {
		return nil
	}
	return err
}
