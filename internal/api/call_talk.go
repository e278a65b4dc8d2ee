package api

import (
	"context"
	"net/http"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/phone"
)

// Talker is an employee who talks in a call that goes on.
type Talker struct {
	ByCall
	By string `query:"by" maxLength:"64" doc:"The id of the employee who talks in it and wants this; whose call it is, where left out"`
}

// CallTarget is whom a call is passed on to, or who is asked.
type CallTarget struct {
	Employee string `json:"employee,omitempty" maxLength:"64" doc:"This employee; or"`
	Phone    string `json:"phone,omitempty" maxLength:"20" doc:"... this number, E.164"`
}

// target is the one that is written.
func (t CallTarget) target() (dialplan.Target, error) {
	if (t.Employee == "") == (t.Phone == "") {
		return dialplan.Target{}, errs.New(errs.Invalid, "api.bad_transfer", "a call is passed on to one: an employee or a number").At("body").Try("write employee or phone")
	}
	if t.Phone == "" {
		return dialplan.Target{Employee: t.Employee}, nil
	}
	n, err := phone.Parse(t.Phone, "")
	return dialplan.Target{Phone: string(n)}, err
}

// talkRoutes are what an employee who talks may have done with the call.
func talkRoutes(a *API) {
	const tag, path = chapterCalls, "/v1/projects/{project}/calls/{call}"
	for _, o := range []struct {
		id, verb, summary, text string
		kind                    call.CommandKind
	}{
		{"complete-transfer", "complete", "Connect the client with whoever was asked", "The employee is let go. Where the colleague still rings, the client waits for them (Rule T-18).", call.Complete},
		{"return-to-client", "return", "Come back to the client", "Whoever was asked is let go.", call.Return},
		{"merge-call", "merge", "Let all three talk", "Where the client hangs up then, the colleagues talk on in a call of their own (Rule T-126).", call.Merge},
		{"hold-call", "hold", "Put the other party on hold", "They hear music.", call.Hold},
		{"resume-call", "resume", "Take the other party off hold", "", call.Resume},
		{"park-call", "park", "Park a call", "The employee is let go, and the other party hears music until somebody takes the call; after 120 s it rings back (Rule T-18).", call.Park},
	} {
		order(a, route{
			method: http.MethodPost, path: path + "/" + o.verb, id: o.id, tag: tag, need: needCallsWrite, summary: o.summary,
			text: join(o.text, "Refused with `pbx.not_now` where it makes no sense at the moment, and with `pbx.nobody_talks` where that employee does not talk (Rule T-125)."),
		}, func(ctx context.Context, in *Talker) (Ordered, error) {
			return a.ordered(ctx, in.ByCall, in.By, call.Command{Kind: o.kind})
		})
	}
	order(a, route{
		method: http.MethodPost, path: path + "/consult", id: "consult-colleague", tag: tag, need: needCallsWrite, summary: "Ask a colleague while the client hears music",
		text: "Then complete, return or merge. Refused with `pbx.nobody_there` where nothing rings for whom it names (Rules T-18 and T-125).",
	}, a.consult)
	order(a, route{
		method: http.MethodPost, path: path + "/take", id: "take-call", tag: tag, need: needCallsWrite, summary: "Let an employee take a call that waits",
		text: "One that rings elsewhere, waits in a queue or is parked: the employee's telephone rings, and whoever answers there has the call (Rule T-125).",
	}, a.takeCall)
	order(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/callbacks", id: "call-back-client", tag: tag, need: needCallsWrite, status: http.StatusCreated, summary: "Connect a client with the employees of a number's scheme",
		text: "As a visitor's request to be called back does: whom the scheme of the number rings is called, and the client, in the order that is chosen (Rule T-15). Needs the right to edit all calls, for anybody may be rung.",
	}, a.callBackClient)
}

// join puts sentences together.
func join(first, second string) string {
	if first == "" {
		return second
	}
	return first + " " + second
}

// ordered gives an order to a call, as an employee who talks in it: whose call it is, where none is named.
func (a *API) ordered(ctx context.Context, in ByCall, by string, o call.Command) (Ordered, error) {
	board, c, err := a.running(ctx, in, access.Edit)
	if err != nil {
		return Ordered{}, err
	}
	if o.Employee = by; by == "" {
		o.Employee = c.Person.ID
	}
	return Ordered{in.Call}, board.Order(ctx, call.Ref{Project: c.Project, ID: c.ID}, o)
}

func (a *API) transferCall(ctx context.Context, in *struct {
	Talker
	Body CallTarget
},
) (Ordered, error) {
	to, err := in.Body.target()
	if err != nil {
		return Ordered{}, err
	}
	return a.ordered(ctx, in.ByCall, in.By, call.Command{Kind: call.TransferTo, To: to})
}

func (a *API) consult(ctx context.Context, in *struct {
	Talker
	Body CallTarget
},
) (Ordered, error) {
	to, err := in.Body.target()
	if err != nil {
		return Ordered{}, err
	}
	return a.ordered(ctx, in.ByCall, in.By, call.Command{Kind: call.Consult, To: to})
}

func (a *API) takeCall(ctx context.Context, in *struct {
	ByCall
	Body struct {
		Employee string `json:"employee" minLength:"1" maxLength:"64" doc:"The id of the employee who takes it"`
	}
},
) (Ordered, error) {
	if err := a.mayRing(ctx, in.id(), access.Edit, in.Body.Employee); err != nil {
		return Ordered{}, err
	}
	return a.ordered(ctx, in.ByCall, in.Body.Employee, call.Command{Kind: call.Fetch})
}

func (a *API) callBackClient(ctx context.Context, in *struct {
	Of
	Body struct {
		Number      string `json:"number" minLength:"2" maxLength:"20" doc:"The project's number, whose scheme says who is rung"`
		Client      string `json:"client" minLength:"2" maxLength:"40" doc:"The client's number, E.164 or as dialled in the project's country"`
		ClientFirst bool   `json:"client_first,omitempty" doc:"Whether the client is called before the employees"`
	}
},
) (PlacedCall, error) {
	board, err := a.switchboard()
	if err != nil {
		return PlacedCall{}, err
	}
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return PlacedCall{}, err
	}
	if err := call.MayCallBack(p); err != nil {
		return PlacedCall{}, err
	}
	number, err := phone.Parse(in.Body.Number, "")
	if err != nil {
		return PlacedCall{}, err
	}
	id, err := board.Callback(ctx, in.id(), number, in.Body.Client, in.Body.ClientFirst)
	return PlacedCall{Call: id.String()}, err
}
