package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/pbx"
	"bellwether/internal/store"
)

// CallHistory is a call as it was lived through again.
type CallHistory struct {
	Call   string     `json:"call"`
	Agrees bool       `json:"agrees" doc:"The replay tells the timeline that is stored; of a call whose node died, as far as its history goes"`
	Steps  []CallStep `json:"steps"`
}

// CallStep is one event of a call and what it led to.
type CallStep struct {
	At      time.Time       `json:"at"`
	Event   string          `json:"event" doc:"What happened: arrived, rings, answered, pressed, timed_out, refused, transfer, ..."`
	With    json.RawMessage `json:"with,omitempty" doc:"What the event says; of the arrival without staff and schemes"`
	Effects []CallEffect    `json:"effects"`
}

// CallEffect is something that was done for a call.
type CallEffect struct {
	Effect string          `json:"effect" doc:"dial, answer, play, connect, authorise, settle, note, ..."`
	With   json.RawMessage `json:"with,omitempty"`
}

func callHistoryRoutes(a *API) {
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/calls/{call}/history", id: "get-call-history", tag: chapterCalls, need: needCalls, summary: "See why a call went as it did",
		text: "All that happened to the call, lived through again by the code that decided: each event with what it led to (Rule T-116).",
	}, a.callHistory)
}

func (a *API) callHistory(ctx context.Context, in *ByCall) (out CallHistory, err error) {
	id, err := call.ParseID(in.Call)
	if err != nil {
		return out, err
	}
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return out, err
	}
	w, err := call.Look(p, access.View)
	if err != nil {
		return out, err
	}
	return out, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		again, err := pbx.LiveAgain(ctx, q, w, id)
		if err != nil {
			return err
		}
		out = CallHistory{Call: id.String(), Agrees: again.Agrees, Steps: make([]CallStep, len(again.Steps))}
		for i, l := range again.Steps {
			if out.Steps[i], err = viewStep(l); err != nil {
				return err
			}
		}
		return nil
	})
}

func viewStep(l dialplan.Lived) (CallStep, error) {
	event := l.Event
	if arrived, ok := event.(dialplan.Arrived); ok {
		event, _ = arrived.Split()
	}
	with, err := json.Marshal(event)
	step := CallStep{At: l.At, Event: l.Kind(), With: with, Effects: make([]CallEffect, len(l.Effects))}
	for i, e := range l.Effects {
		if step.Effects[i].With, err = json.Marshal(e); err != nil {
			return step, err
		}
		step.Effects[i].Effect = dialplan.EffectKind(e)
	}
	return step, err
}
