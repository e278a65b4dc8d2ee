package api

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/errs"
	"bellwether/internal/idem"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/staff"
	"bellwether/internal/store"
)

// Switchboard is the PBX, as far as the API needs it.
type Switchboard interface {
	// ClickToCall rings an employee and then a number, and gives the call's id at once.
	ClickToCall(ctx context.Context, project ident.ProjectID, employee, to string) (call.ID, error)
	// Order has something done to a call that goes on, on whatever node it runs. errs.NotFound `call.not_found`, errs.Conflict
	// `pbx.nobody_talks`, `pbx.not_now`, `pbx.nobody_there`, errs.Unavailable `call.other_node`.
	Order(ctx context.Context, ref call.Ref, order call.Command) error
	// Callback connects a client with the employees of the scheme of a project's number, and gives the call's id at once. errs.NotFound
	// `routing.unknown_number`, `pbx.not_routed`.
	Callback(ctx context.Context, project ident.ProjectID, number phone.Number, to string, clientFirst bool) (call.ID, error)
}

// orderRoutes are the operations on calls that go on.
func orderRoutes(a *API) {
	const tag, path = chapterCalls, "/v1/projects/{project}/calls"
	order(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/click-to-call", id: "click-to-call", tag: tag, need: needCallsWrite, status: http.StatusCreated, summary: "Ring an employee and then a client",
		text: "The employee's primary contacts ring first; once one answers, the client is called. Both legs are charged by the project's book. What becomes of the call is told by the call log.",
	}, a.clickToCall)
	order(a, route{
		method: http.MethodPost, path: path + "/{call}/hang-up", id: "hang-up-call", tag: tag, need: needCallsWrite, summary: "End a call that goes on",
	}, a.hangUp)
	order(a, route{
		method: http.MethodPost, path: path + "/{call}/transfer", id: "transfer-call", tag: tag, need: needCallsWrite, summary: "Transfer a call that goes on",
		text: "At once, without asking whoever it goes to. Where they do not answer, the call goes back to the employee who had it (Rule T-18).",
	}, a.transferCall)
	order(a, route{
		method: http.MethodPost, path: path + "/{call}/listen", id: "listen-to-call", tag: tag, need: needListen, summary: "Let an employee hear a call that goes on",
		text: "The employee's telephone rings. With `whisper` the colleague on the call hears them too, and the client does not; with `barge` both do (Rule T-19).",
	}, a.listenToCall)
	talkRoutes(a)
}

// order registers an operation that tells the PBX something, once for an idempotency key. The PBX may ask another node, so this is not
// done in a transaction: the key is claimed before, and kept with the answer after; requests of one key come one after another.
func order[I, O any](a *API, r route, do func(ctx context.Context, in *I) (O, error)) {
	op := a.operation(r)
	op.Parameters = append(op.Parameters, idempotencyParameter)
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*written[O], error) {
		answer, err := a.orderOnce(ctx, op, in, func() (any, error) { return do(ctx, in) })
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		out := &written[O]{Status: answer.Status, Body: stored[O]{answer.Body}}
		if answer.Replayed {
			out.Replayed = "true"
		}
		return out, nil
	})
}

func (a *API) orderOnce(ctx context.Context, op huma.Operation, in any, do func() (any, error)) (idem.Answer, error) {
	key, err := a.keyOf(ctx, op, in)
	if err != nil {
		return idem.Answer{}, err
	}
	defer a.ordering.lock(key)()
	answer, err := a.apartOnce(ctx, op, in, do)
	if err != nil || answer.Replayed {
		return answer, err
	}
	request, err := json.Marshal(in)
	if err != nil {
		return idem.Answer{}, err
	}
	return answer, a.parts.DB.Write(context.WithoutCancel(ctx), func(txCtx context.Context, tx *store.Tx) error {
		return a.record(context.WithValue(txCtx, callerContext{}, callerOf(ctx)), tx, callerOf(ctx), op, request, nil)
	})
}

// turns lets requests of one key come one after another.
type turns struct {
	mu    sync.Mutex
	taken map[requestKey]chan struct{}
}

// lock waits for the turn of a key; what it gives ends it.
func (t *turns) lock(key requestKey) (unlock func()) {
	for {
		t.mu.Lock()
		before, busy := t.taken[key]
		if !busy {
			mine := make(chan struct{})
			if t.taken == nil {
				t.taken = map[requestKey]chan struct{}{}
			}
			t.taken[key] = mine
			t.mu.Unlock()
			return func() {
				t.mu.Lock()
				delete(t.taken, key)
				t.mu.Unlock()
				close(mine)
			}
		}
		t.mu.Unlock()
		<-before
	}
}

func (a *API) switchboard() (Switchboard, error) {
	if a.parts.Switchboard == nil {
		return nil, errs.New(errs.Unavailable, "api.no_telephony", "this node takes and makes no calls").Try("ask the operator for one with a SIP address")
	}
	return a.parts.Switchboard, nil
}

// PlacedCall is a call that begins.
type PlacedCall struct {
	Call string `json:"call" doc:"Its id in the call log"`
}

func (a *API) clickToCall(ctx context.Context, in *struct {
	Of
	Body struct {
		Employee string `json:"employee" minLength:"1" maxLength:"64" doc:"The id of the employee who is rung first"`
		To       string `json:"to" minLength:"2" maxLength:"40" doc:"The client's number, E.164 or as dialled in the project's country"`
	}
},
) (PlacedCall, error) {
	board, err := a.switchboard()
	if err != nil {
		return PlacedCall{}, err
	}
	if err := a.mayRing(ctx, in.id(), access.Edit, in.Body.Employee); err != nil {
		return PlacedCall{}, err
	}
	id, err := board.ClickToCall(ctx, in.id(), in.Body.Employee, in.Body.To)
	return PlacedCall{Call: id.String()}, err
}

// mayRing refuses to ring an employee whose calls the caller does not reach. errs.NotFound `staff.no_employee`.
func (a *API) mayRing(ctx context.Context, id ident.ProjectID, action access.Action, employee string) error {
	p, err := a.permit(ctx, id)
	if err != nil {
		return err
	}
	reach, err := p.May(action, access.Calls)
	if err != nil {
		return err
	}
	roster, err := a.parts.Staff.Roster(ctx, id, a.now())
	if err != nil {
		return err
	}
	if e, ok := roster.Employee(staff.EmployeeID(employee)); !ok || !reach.Covers(e.User) {
		return errs.New(errs.NotFound, "staff.no_employee", "the project has no employee %.40q", employee).At("employee")
	}
	return nil
}

// Ordered is the answer to an order that a call was given.
type Ordered struct {
	Call string `json:"call"`
}

// running finds a call that the caller may do something with.
func (a *API) running(ctx context.Context, in ByCall, action access.Action) (Switchboard, call.Call, error) {
	board, err := a.switchboard()
	if err != nil {
		return nil, call.Call{}, err
	}
	id, err := call.ParseID(in.Call)
	if err != nil {
		return nil, call.Call{}, err
	}
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return nil, call.Call{}, err
	}
	w, err := call.Look(p, action)
	if err != nil {
		return nil, call.Call{}, err
	}
	var c call.Call
	err = a.parts.DB.Snapshot(ctx, func(ctx context.Context, q store.Querier) (err error) {
		c, err = w.Get(ctx, q, id)
		return err
	})
	return board, c, err
}

func (a *API) hangUp(ctx context.Context, in *struct{ ByCall }) (Ordered, error) {
	board, c, err := a.running(ctx, in.ByCall, access.Edit)
	if err != nil {
		return Ordered{}, err
	}
	return Ordered{in.Call}, board.Order(ctx, call.Ref{Project: c.Project, ID: c.ID}, call.Command{Kind: call.HangUp})
}

func (a *API) listenToCall(ctx context.Context, in *struct {
	ByCall
	Body struct {
		Employee string `json:"employee" minLength:"1" maxLength:"64" doc:"The id of the employee who listens"`
		Whisper  bool   `json:"whisper,omitempty" doc:"Whether the colleague hears them"`
		Barge    bool   `json:"barge,omitempty" doc:"Whether the colleague and the client hear them"`
	}
},
) (Ordered, error) {
	board, c, err := a.running(ctx, in.ByCall, access.Listen)
	if err != nil {
		return Ordered{}, err
	}
	if err := a.mayRing(ctx, in.id(), access.Listen, in.Body.Employee); err != nil {
		return Ordered{}, err
	}
	order := call.Command{Kind: call.Listen, Employee: in.Body.Employee}
	switch {
	case in.Body.Barge && in.Body.Whisper:
		return Ordered{}, errs.New(errs.Invalid, "api.bad_listening", "whoever is heard by both does not whisper").At("body").Try("write whisper or barge")
	case in.Body.Barge:
		order.Kind = call.Barge
	case in.Body.Whisper:
		order.Kind = call.Whisper
	}
	return Ordered{in.Call}, board.Order(ctx, call.Ref{Project: c.Project, ID: c.ID}, order)
}
