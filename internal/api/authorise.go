package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/charging"
	"bellwether/internal/money"
)

// AuthoriseLeg asks whether a leg may be dialled.
type AuthoriseLeg struct {
	ID     string `json:"id" minLength:"1" maxLength:"128" doc:"Names the leg from now on; best beginning with the time"`
	Kind   string `json:"kind" enum:"inbound,outbound,forward,callback_manager,callback_client,sip"`
	To     string `json:"to" maxLength:"300" doc:"E.164 with its +, digits as dialled in the project's country, emergency numbers among them, or sip:user@host" example:"+380671234567"`
	Number string `json:"number,omitempty" maxLength:"20" doc:"The project's number the call came in on"`
}

// Authorised is the permission to dial a leg.
type Authorised struct {
	ID              string            `json:"id"`
	State           charging.LegState `json:"state" enum:"open,settled,released,expired" doc:"open, but in the repeated answer for a leg that has ended"`
	Hold            string            `json:"hold"`
	HoldSeconds     int64             `json:"hold_seconds" doc:"Seconds of talk that the hold pays for"`
	ExtendWithin    int64             `json:"extend_within" doc:"Seconds of talk within which to extend it; heartbeat_within at most"`
	HeartbeatWithin int64             `json:"heartbeat_within" doc:"Seconds within which it must be extended, ringing or talking, counted from this answer: not heard of for three times as long, the leg is taken for lost and closed (Rule B-73)"`
	MaxSeconds      int64             `json:"max_seconds" doc:"Seconds that all that is available now would pay for (Rule B-25)"`
	Free            bool              `json:"free" doc:"It costs nothing, or minutes of a package"`
	Emergency       bool              `json:"emergency" doc:"Let it through whatever happens (Rule B-71)"`
	Prefix          string            `json:"prefix,omitempty"`
	Zone            string            `json:"zone,omitempty"`
	PerMinute       money.Micro       `json:"per_minute"`
}

// ExtendLeg says that a leg goes on.
type ExtendLeg struct {
	AnsweredAt time.Time `json:"answered_at,omitempty" doc:"Left out while it rings, and where now less elapsed will do"`
	Elapsed    int64     `json:"elapsed" minimum:"0" doc:"Whole seconds of talk, by a clock that does not step; 0 while it rings"`
	Heartbeat  bool      `json:"heartbeat,omitempty" doc:"Only say so: the hold is not to grow"`
}

// Extended says how long a leg may go on.
type Extended struct {
	Covered         int64 `json:"covered" doc:"Seconds of talk that are paid for"`
	Within          int64 `json:"within" doc:"Seconds of talk within which to extend again; elapsed and heartbeat_within at most"`
	Last            bool  `json:"last" doc:"Funds or the day's cap allow no more now: warn, then hang up at covered unless an extension succeeds"`
	WarnAt          int64 `json:"warn_at" doc:"Second of talk at which to play the warning tone, where last"`
	HeartbeatWithin int64 `json:"heartbeat_within" doc:"Seconds within which it must be extended again, ringing or talking"`
}

// SettleLeg says how an authorised leg ended.
type SettleLeg struct {
	AnsweredAt time.Time `json:"answered_at,omitempty" doc:"Left out where nobody answered"`
	Seconds    int64     `json:"seconds" minimum:"0" doc:"Of talk"`
	Cause      string    `json:"cause,omitempty" maxLength:"100" doc:"Of the hang-up, for people"`
}

// authoriseRoutes are for a switch that asks while people talk.
func authoriseRoutes(a *API) {
	const tag = chapterLegs
	charge(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/legs", id: "authorise-leg", tag: tag, need: needCharge, status: http.StatusCreated,
		summary: "Ask before dialling", text: "Reserves funds for the first stretch of talk (Rule B-72). From then on the leg must be extended every heartbeat_within seconds. A refusal says which cap or what lack of funds stands against it (Rule B-70); emergency numbers are never refused.",
	}, a.authorise)
	heartbeat(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/legs/{leg}/extend", id: "extend-leg", tag: tag, need: needCharge,
		summary: "Say that a leg goes on",
		text:    "Every heartbeat_within seconds (10) at the latest, while it rings too: after a crash a leg is charged up to the last one (Rule B-73). Reports may come twice or out of order; the longest counts, so no answers are kept under the idempotency key. Lack of funds is not an error but an answer: last.",
	}, a.extend)
	charge(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/legs/{leg}/settle", id: "settle-leg", tag: tag, need: needCharge,
		summary: "Charge a leg that ended", text: "Exactly and once; what was held beyond is given back (Rule B-72). A leg that was taken for lost with nobody known to have answered is charged all the same. An answer before the project's first day is refused with `charging.before_project`.",
	}, a.settle)
	charge(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/legs/{leg}/release", id: "release-leg", tag: tag, need: needCharge,
		summary: "Give back what was held for a leg nobody answered",
	}, a.release)
}

func (a *API) authorise(ctx context.Context, in *struct {
	Of
	Body AuthoriseLeg
},
) (Authorised, error) {
	b := in.Body
	got, err := a.parts.Charging.Authorise(ctx, charging.AuthoriseRequest{
		Project: in.id(), LegID: b.ID, Kind: b.Kind, To: b.To, Number: b.Number, At: a.now(),
	})
	return Authorised{
		ID: b.ID, State: got.State, Hold: number(got.Hold), HoldSeconds: got.HoldSeconds, ExtendWithin: got.ExtendWithin, HeartbeatWithin: got.HeartbeatWithin,
		MaxSeconds: got.MaxSeconds, Free: got.Free, Emergency: got.Emergency, Prefix: got.Prefix, Zone: got.Zone, PerMinute: got.PerMinute,
	}, err
}

func (a *API) extend(ctx context.Context, in *struct {
	ByLeg
	Body ExtendLeg
},
) (Extended, error) {
	b := in.Body
	got, err := a.parts.Charging.Extend(ctx, charging.ExtendRequest{
		Project: in.id(), LegID: in.Leg, AnsweredAt: b.AnsweredAt, Elapsed: b.Elapsed, At: a.now(), Heartbeat: b.Heartbeat,
	})
	return Extended{Covered: got.Covered, Within: got.Within, Last: got.Last, WarnAt: got.WarnAt, HeartbeatWithin: got.HeartbeatWithin}, err
}

func (a *API) settle(ctx context.Context, in *struct {
	ByLeg
	Body SettleLeg
},
) (Leg, error) {
	b := in.Body
	leg, err := a.parts.Charging.Settle(ctx, charging.SettleRequest{
		Project: in.id(), LegID: in.Leg, AnsweredAt: b.AnsweredAt, Seconds: b.Seconds, At: a.now(), Cause: b.Cause,
	})
	return viewLeg(leg), err
}

func (a *API) release(ctx context.Context, in *struct {
	ByLeg
	Body struct {
		Cause string `json:"cause,omitempty" maxLength:"100" doc:"Why it ended, for people"`
	}
},
) (Leg, error) {
	leg, err := a.parts.Charging.Release(ctx, charging.ReleaseRequest{Project: in.id(), LegID: in.Leg, At: a.now(), Cause: in.Body.Cause})
	return viewLeg(leg), err
}
