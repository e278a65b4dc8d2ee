package pbx_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
	"bellwether/internal/pbx"
	"bellwether/internal/routing"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/store"
)

// Rules T-35 and T-36: a client calls, both hear each other, the call is recorded, charged and in the log.
func TestInbound(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.route(h.ring("olena", "petro"))
	h.settings(func(s *routing.Settings) { s.Recording.Mode = dialplan.RecordSilently })
	olena, petro := h.phone("olena"), h.phone("petro")
	at, desk := h.voice(400), h.voice(900)
	rung := make(chan struct{})
	olena.Does(func(in *sip.Incoming) {
		siptest.Rings(in)
		close(rung)
	})
	petro.Does(func(in *sip.Incoming) {
		<-rung // who takes the call before the other telephone is told of it has it ring nowhere
		takes(desk)(in)
	})
	c := h.calls(at)
	at.Hear(900)
	desk.Hear(400)
	if _, ok := siptest.Await[sip.Ended](olena.Next()); !ok {
		t.Error("the other telephone goes on ringing")
	}
	c.Hangup(sip.Normal)
	d := h.logged()
	if d.Status != call.Answered || d.Client != client || d.Number != string(number) || d.Person.Name != "petro" || d.EndedBy != call.ByClient || len(d.Legs) != 3 {
		t.Errorf("in the log: %+v", d.Call)
	}
	if len(d.Recordings) != 1 || d.Recordings[0].Bytes == 0 {
		t.Errorf("recordings: %+v", d.Recordings)
	}
	h.nothingIsOpen()
}

// A client who gives up is told of as such, and the telephones stop.
func TestInboundIsAbandoned(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.route(h.ring("olena"))
	olena := h.phone("olena")
	olena.Does(siptest.Rings)
	c := h.rings(h.voice(400))
	rung := olena.Next()
	if _, ok := siptest.Await[sip.Ringing](c); !ok {
		t.Fatal("the client hears no ringing")
	}
	c.Hangup(sip.Normal)
	siptest.Await[sip.Ended](rung)
	if d := h.logged(); d.Status != call.NoAnswer || !d.Missed || d.EndedBy != call.ByClient {
		t.Errorf("in the log: %+v", d.Call)
	}
	h.nothingIsOpen()
}

// A number nobody has, and a caller who is blocked.
func TestInboundIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	c := h.rings(h.voice(400))
	for e := range c.Events {
		if r, ok := e.(sip.Refused); ok {
			if r.Code != 404 {
				t.Errorf("a number without a scheme: %d", r.Code)
			}
			break
		}
	}
}

// Rules T-46 and T-48: the log names the scheme by which a call went, outside working hours the one that counts then.
func TestAfterHoursAreLogged(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.route(h.ring("olena"))
	permit := h.permit(ident.ProjectOrg(shop))
	var night routing.Scheme
	h.must(func(ctx context.Context, tx *store.Tx) (err error) {
		body := dialplan.RoutingScheme{Format: dialplan.Format, Steps: []dialplan.RouteStep{{ID: "shut", HangUp: &dialplan.HangUp{Busy: true}}}}
		if night, err = h.routing.Make(ctx, tx, permit, "Night", body, h.began); err != nil {
			return err
		}
		if night, err = h.routing.Publish(ctx, tx, permit, night.ID, h.began); err != nil {
			return err
		}
		another := []dialplan.Day{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}[(int(h.began.Weekday())+3)%7]
		return h.routing.SetHours(ctx, tx, permit, dialplan.BusinessHours{Week: []dialplan.Shift{{Days: []dialplan.Day{another}, Span: dialplan.Span{From: "09:00", To: "18:00"}}}}, h.began)
	})
	h.settings(func(s *routing.Settings) { s.AfterHours = night.ID })
	c := h.rings(h.voice(400))
	siptest.Await[sip.Refused](c)
	if d := h.logged(); d.Scheme != (call.Scheme{ID: string(night.ID), Name: "Night", Version: 1}) {
		t.Errorf("by the log it went by %+v: %+v", d.Scheme, d.Timeline)
	}
}

// Rule T-114: where a call came from is in the log while it rings; one that is found only after the call is there too, and one
// that is not found costs nobody anything.
func TestOriginOfACall(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		late bool
		err  error
		want string
		pool string // by which the number was shown, to whom is not known
	}{"while it rings": {want: "google"}, "after its end": {late: true, want: "google"}, "never": {err: errors.New("no visits today")}, "by the pool alone": {pool: "All"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked, found := make(chan pbx.Asked, 1), make(chan struct{})
			h := newHouse(t, "1000", func(h *house) {
				h.origin = func(_ context.Context, a pbx.Asked) (call.Origin, error) {
					asked <- a
					<-found
					if c.pool != "" {
						return call.Origin{Pool: c.pool, FoundAt: a.At}, nil
					}
					return call.Origin{Channel: "paid_search", Source: "google", Certainty: 9000, FoundAt: a.At}, c.err
				}
			})
			h.route(h.ring("olena"))
			olena := h.phone("olena")
			olena.Does(siptest.Rings)
			rings := h.rings(h.voice(400))
			rung := olena.Next() // nobody waits for the origin
			if a := <-asked; a.Number != number || a.From != client || a.Call.Project != shop {
				t.Errorf("asked for %+v", a)
			}
			source := func() string { return h.last().Origin.Source }
			if !c.late {
				close(found)
				h.until("the origin is found while it rings", func() bool { return source() == c.want })
			}
			rings.Hangup(sip.Normal)
			siptest.Await[sip.Ended](rung)
			if h.logged(); c.late {
				close(found)
			}
			h.until("the origin is found", func() bool { return source() == c.want && h.last().Origin.Pool == c.pool })
		})
	}
}

// Rule W-11: that a client rings is told with the origin, or without it where it takes too long; then the origin is told by itself.
func TestARingIsTold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		late bool
		want string
	}{"found at once": {false, "call.started call.attributed call.ringing"}, "found late": {true, "call.started call.ringing call.attributed"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := make(chan struct{})
			h := newHouse(t, "1000", func(h *house) {
				h.origin = func(_ context.Context, a pbx.Asked) (call.Origin, error) {
					if c.late {
						<-found
					}
					return call.Origin{Source: "google", Certainty: 9000, FoundAt: a.At}, nil
				}
			})
			h.route(h.ring("olena"))
			olena := h.phone("olena")
			olena.Does(siptest.Rings)
			began := time.Now()
			rings := h.rings(h.voice(400))
			topics := func() string {
				var all []string
				err := store.EachRow(context.Background(), h.db, `SELECT topic FROM event_outbox WHERE project_id = 'shop' AND topic LIKE 'call.%' ORDER BY id`, nil, func(rows *sql.Rows) error {
					var topic string
					err := rows.Scan(&topic)
					all = append(all, topic)
					return err
				})
				if err != nil {
					h.Fatal(err)
				}
				return strings.Join(all, " ")
			}
			h.until("the ring is told", func() bool { return strings.Contains(topics(), "call.ringing") })
			t.Logf("told %s after INVITE", time.Since(began).Round(time.Millisecond))
			if c.late {
				close(found)
			}
			h.until("the origin is told", func() bool { return topics() == c.want })
			rings.Hangup(sip.Normal)
			h.logged()
		})
	}
}
