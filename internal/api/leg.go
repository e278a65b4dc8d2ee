package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
)

// Leg is one leg of a call as it was authorised and charged.
type Leg struct {
	ID          string              `json:"id"`
	Kind        string              `json:"kind" enum:"inbound,outbound,forward,callback_manager,callback_client,sip"`
	To          string              `json:"to" doc:"E.164, sip:user@host, or the digits of an emergency number"`
	Number      string              `json:"number,omitempty" doc:"The project's number the call came in on"`
	State       charging.LegState   `json:"state" enum:"open,settled,released,expired"`
	Charge      pricebook.LegCharge `json:"charge,omitempty" doc:"free, package, rated or emergency; missing where nobody answered a leg that was never authorised"`
	Held        money.Micro         `json:"held" doc:"Reserved now"`
	HoldSeconds int64               `json:"hold_seconds" doc:"Seconds of talk that the hold pays for"`
	MaxSeconds  int64               `json:"max_seconds" doc:"Seconds that funds would have paid for"`
	OpenedAt    time.Time           `json:"opened_at"`
	AnsweredAt  *time.Time          `json:"answered_at,omitempty"`
	HeartbeatAt time.Time           `json:"heartbeat_at" doc:"When it was last known to be alive"`
	ClosedAt    *time.Time          `json:"closed_at,omitempty"`
	Seconds     int64               `json:"seconds" doc:"Of talk; so far, while it is open"`
	Billable    int64               `json:"billable_seconds"`
	Minutes     int64               `json:"minutes" doc:"Counted in the package"`
	Package     string              `json:"package,omitempty"`
	Amount      money.Micro         `json:"amount" doc:"What it cost, zero or more: its entry has the opposite"`
	Day         civil.Date          `json:"day" doc:"Usage day it is charged on; of the authorisation, while it is open"`
	Prefix      string              `json:"prefix,omitempty" doc:"The longest that matched (Rule B-20)"`
	Zone        string              `json:"zone,omitempty"`
	PerMinute   money.Micro         `json:"per_minute"`
	Book        string              `json:"book,omitempty" example:"ringostat@2021-01-01"`
	Entry       string              `json:"entry,omitempty" doc:"Its ledger entry, where it made one"`
	Cause       string              `json:"cause,omitempty" doc:"Why it ended"`
}

func viewLeg(l charging.Leg) Leg {
	return Leg{
		ID: l.ID, Kind: l.Kind, To: l.To, Number: l.Number, State: l.State, Charge: l.Charge, Held: l.Held, HoldSeconds: l.HoldSeconds,
		MaxSeconds: l.MaxSeconds, OpenedAt: l.OpenedAt, AnsweredAt: happened(l.AnsweredAt), HeartbeatAt: l.HeartbeatAt,
		ClosedAt: happened(l.ClosedAt), Seconds: l.Seconds, Billable: l.Billable, Minutes: l.Minutes, Package: l.Package, Amount: l.Amount,
		Day: l.Day, Prefix: l.Prefix, Zone: l.Zone, PerMinute: l.PerMinute, Book: l.Book, Entry: number(l.Entry), Cause: l.Cause,
	}
}

// happened is an instant, or nil for one that has not come.
func happened(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

// ByLeg names a leg of a project.
type ByLeg struct {
	Of
	Leg string `path:"leg" minLength:"1" maxLength:"128" doc:"The leg's id"`
}

// LegRecord is a leg that has ended, as a PBX or an export reports it.
type LegRecord struct {
	ID         string    `json:"id" maxLength:"128" doc:"Names the leg, best beginning with the time; the same id with the same record is one effect"`
	Kind       string    `json:"kind" maxLength:"40" doc:"inbound, outbound, forward, callback_manager, callback_client or sip" example:"outbound"`
	To         string    `json:"to" maxLength:"300" doc:"E.164, digits as dialled in the project's country (its emergency numbers cost nothing), or sip:user@host; anything where nobody answered" example:"+380671234567"`
	Number     string    `json:"number,omitempty" maxLength:"20" doc:"The project's number the call came in on"`
	AnsweredAt time.Time `json:"answered_at,omitempty" doc:"Left out where nobody answered"`
	Seconds    int64     `json:"seconds" doc:"Of talk"`
}

func (r LegRecord) domain(of Of, id string, now time.Time) charging.CallRecord {
	return charging.CallRecord{
		Project: of.id(), ID: id, Kind: r.Kind, To: r.To, Number: r.Number, AnsweredAt: r.AnsweredAt, Seconds: r.Seconds, At: now, Live: true,
	}
}

func legRoutes(a *API) {
	const tag = chapterLegs
	authoriseRoutes(a)
	charge(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/calls", id: "charge-call", tag: tag, need: needCharge, status: http.StatusCreated,
		summary: "Charge a finished leg",
		text:    "It has happened: neither funds nor caps refuse it, only what cannot be priced, and with `charging.before_project` what was answered before the project's first day, and with `charging.bad_duration` what would end more than 60 s after the clock here (Rule B-72). A leg that was authorised under the same id is settled.",
	}, func(ctx context.Context, in *struct {
		Of
		Body LegRecord
	},
	) (Leg, error) {
		leg, err := a.parts.Charging.Charge(ctx, in.Body.domain(in.Of, in.Body.ID, a.now()))
		return viewLeg(leg), err
	})
	charge(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/calls/batch", id: "charge-calls", tag: tag, need: needCharge, mostBytes: 4 << 20,
		summary: "Charge up to 1,000 finished legs", text: "Each as by charge-call. A record that is refused does not stop the others: look at every outcome. With all_or_none one transaction holds them all.",
	}, a.recordLegs)
	messageRoutes(a)
	legReads(a)
}
