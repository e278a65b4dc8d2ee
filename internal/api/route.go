package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/idem"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// need is what a caller needs for an operation, by the name of the narrowest scope that has it.
type need string

const (
	// needAnyKey is met by every valid key: for what concerns no project, such as price books.
	needAnyKey   need = "any valid key"
	needOperator      = need(account.Operator)
	needRead          = need(account.ProjectRead)
	needWrite         = need(account.ProjectWrite)
	needCharge        = need(account.ProjectCharge)

	// Those of calls have rights of their own, which a role of a project may lack or have for some rows only.
	needCalls      = needRead + " (calls)"
	needCallsWrite = needWrite + " (calls)"
	needListen     = needWrite + " (listen)"
	needRecordings = needRead + " (recordings)"
	needMessages   = needRead + " (see recordings)"
	needHear       = needWrite + " (listen to recordings)"
	needErase      = needWrite + " (erase recordings)"
	needForget     = needWrite + " (erase clients)"

	// So have those of telephony.
	needTelephony      = needRead + " (telephony)"
	needTelephonyWrite = needWrite + " (telephony)"
	needSchemes        = needRead + " (schemes)"
	needPools          = needRead + " (pools)"
	needPoolsWrite     = needWrite + " (pools)"
	needVisits         = needRead + " (visits)"
	needLeads          = needRead + " (clients)"
	needLeadsExport    = needRead + " (export clients)"
	needLeadsWrite     = needWrite + " (clients)"
	needSchemesWrite   = needWrite + " (schemes)"
	needHooks          = needWrite + " (settings)"
)

// right is what package access is asked for.
type right struct {
	action access.Action
	object access.Object
}

// rights says which right stands for a need.
var rights = map[need]right{
	needOperator: {access.Edit, access.Projects},
	needRead:     {access.View, access.Funds},
	needWrite:    {access.Edit, access.Products},
	needCharge:   {access.Edit, access.Charging},

	needCalls:      {access.View, access.Calls},
	needCallsWrite: {access.Edit, access.Calls},
	needListen:     {access.Listen, access.Calls},
	needRecordings: {access.Export, access.Recordings},
	needMessages:   {access.View, access.Recordings},
	needHear:       {access.Listen, access.Recordings},
	needErase:      {access.Delete, access.Recordings},
	needForget:     {access.Delete, access.Clients},

	needTelephony:      {access.View, access.Telephony},
	needTelephonyWrite: {access.Edit, access.Telephony},
	needSchemes:        {access.View, access.Schemes},
	needSchemesWrite:   {access.Edit, access.Schemes},

	needHooks: {access.Edit, access.Settings},

	needPools:       {access.View, access.Pools},
	needPoolsWrite:  {access.Edit, access.Pools},
	needVisits:      {access.View, access.Visits},
	needLeads:       {access.View, access.Clients},
	needLeadsExport: {access.Export, access.Clients},
	needLeadsWrite:  {access.Edit, access.Clients},
}

// route describes an operation.
type route struct {
	method, path string
	id           string // of the operation: "list-entries"
	tag          string // the chapter of the documentation
	summary      string // one line
	text         string // what else to know
	need         need
	status       int   // of success; 200 where zero
	mostBytes    int64 // of the request's body; 1 MiB where zero
	accepts      bool  // it may also answer 202: what was asked for waits for somebody
	// refused says more about a refusal: outside the transaction that it ended. nil for nothing.
	refused   func(ctx context.Context, id ident.ProjectID, err error) error
	ownRecord bool    // what it writes is its own record, or its domain writes the trail: usage, keys, money by hand, employees, schemes
	state     stateOf // what the trail keeps of the thing before and after; nil where there is none before
}

const (
	needMetadata = "need"
	ownMetadata  = "own record"
	stateOfIt    = "state"
	projectParam = "project"
)

// operation turns a route into what huma registers. It panics on a route that says nobody or the wrong ones may call it.
func (a *API) operation(r route) huma.Operation {
	concernsProject := strings.Contains(r.path, "{"+projectParam+"}")
	switch {
	case r.need == "":
		panic(fmt.Sprintf("%s %s does not say who may call it", r.method, r.path))
	case concernsProject && r.need == needAnyKey, !concernsProject && r.need != needAnyKey && r.need != needOperator:
		panic(fmt.Sprintf("%s %s: %q does not go with its path", r.method, r.path, r.need))
	}
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return huma.Operation{
		OperationID: r.id, Method: r.method, Path: r.path, Summary: r.summary, Tags: []string{r.tag},
		Description:   strings.TrimSpace(r.text + "\n\nNeeds: " + string(r.need) + "."),
		DefaultStatus: r.status, MaxBodyBytes: r.mostBytes,
		Metadata: map[string]any{needMetadata: r.need, ownMetadata: r.ownRecord || r.need == needCharge, stateOfIt: r.state},
		Security: []map[string][]string{{securityScheme: {}}},
	}
}

// reply is an answer with a body.
type reply[O any] struct{ Body O }

// read registers an operation that changes nothing.
func read[I, O any](a *API, r route, do func(ctx context.Context, in *I) (O, error)) {
	huma.Register(a.huma, a.operation(r), func(ctx context.Context, in *I) (*reply[O], error) {
		out, err := do(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return &reply[O]{Body: out}, nil
	})
}

// written is the answer to a write: JSON as it was stored, so that a repetition gets the same bytes.
type written[O any] struct {
	Status   int
	Replayed string `header:"Idempotency-Replayed" doc:"true where the answer was given before and nothing was done now"`
	Body     stored[O]
}

// stored is the JSON of an O.
type stored[O any] struct{ text json.RawMessage }

// MarshalJSON gives the text.
func (s stored[O]) MarshalJSON() ([]byte, error) { return s.text, nil }

// Schema is that of O.
func (stored[O]) Schema(r huma.Registry) *huma.Schema { return schemaOf[O](r) }

// secretive is an answer that must not be kept as it is given.
type secretive interface{ withoutSecret() any }

// write registers an operation that changes something. The change and its answer are stored in one transaction under the
// request's idempotency key (Rule B-04). do may run more than once, like every function given to store.DB.Write.
func write[I, O any](a *API, r route, do func(ctx context.Context, tx *store.Tx, in *I) (O, error)) {
	prepared(a, r, func(context.Context, *I) (struct{}, error) { return struct{}{}, nil },
		func(ctx context.Context, tx *store.Tx, in *I, _ struct{}) (O, error) { return do(ctx, tx, in) })
}

// prepared is write with something slow that is done before the transaction, each time the request comes, and changes nothing.
func prepared[I, P, O any](a *API, r route, prepare func(ctx context.Context, in *I) (P, error), do func(ctx context.Context, tx *store.Tx, in *I, ready P) (O, error)) {
	op := a.operation(r)
	op.Parameters = append(op.Parameters, idempotencyParameter)
	if r.accepts {
		op.Responses = map[string]*huma.Response{strconv.Itoa(http.StatusAccepted): {
			Description: "It waits for a second signature",
			Content:     map[string]*huma.MediaType{"application/json": {Schema: schemaOf[O](a.huma.OpenAPI().Components.Schemas)}},
		}}
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*written[O], error) {
		ready, err := prepare(ctx, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		answer, err := a.once(ctx, op, in, func(ctx context.Context, tx *store.Tx) (any, error) { return do(ctx, tx, in, ready) })
		if err != nil && r.refused != nil {
			err = r.refused(ctx, ident.ProjectID(callerOf(ctx).request.PathValue(projectParam)), err)
		}
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

// once runs an effect the first time its idempotency key is seen in its project.
func (a *API) once(ctx context.Context, op huma.Operation, in any, do func(ctx context.Context, tx *store.Tx) (any, error)) (idem.Answer, error) {
	caller := callerOf(ctx)
	key, err := idempotencyKey(caller.request)
	if err != nil {
		return idem.Answer{}, err
	}
	request, err := json.Marshal(in)
	if err != nil {
		return idem.Answer{}, err
	}
	hash := idem.Hash([]byte(op.OperationID), request)
	var answer idem.Answer
	var full []byte
	err = a.parts.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		full = nil
		answer, err = idem.Do(ctx, tx, "api/"+caller.request.PathValue(projectParam), key, hash, func() (int, []byte, error) {
			before, err := a.stand(ctx, tx, caller, op)
			if err != nil {
				return 0, nil, err
			}
			out, err := do(context.WithValue(ctx, callerContext{}, caller), tx) // the writer's context knows no caller
			if err != nil {
				return 0, nil, err
			}
			if err := a.record(ctx, tx, caller, op, request, before); err != nil {
				return 0, nil, err
			}
			var kept []byte
			full, kept, err = bodies(out)
			if o, ok := out.(interface{ status() int }); ok {
				return o.status(), kept, err
			}
			return op.DefaultStatus, kept, err
		})
		return err
	})
	if err != nil {
		return idem.Answer{}, err
	}
	a.parts.Wake()
	if full != nil {
		answer.Body = full
	}
	return answer, nil
}

// stand is how the thing that a request is about stands now; nil where the trail keeps nothing of it.
func (a *API) stand(ctx context.Context, q store.Querier, by caller, op huma.Operation) (any, error) {
	if state, _ := op.Metadata[stateOfIt].(stateOf); state != nil {
		return state(ctx, a, q, by.request)
	}
	return nil, nil
}

// record writes a request that changed something into the trail of its project, or of the operator, with how the thing stood before and stands
// after it (Rule A-15).
func (a *API) record(ctx context.Context, tx *store.Tx, by caller, op huma.Operation, request []byte, before any) error {
	if own, _ := op.Metadata[ownMetadata].(bool); own {
		return nil
	}
	org, id := ident.Operator, by.request.PathValue(projectParam)
	if id != "" {
		org = ident.ProjectOrg(ident.ProjectID(id))
	}
	now, err := a.stand(ctx, tx, by, op)
	if err != nil {
		return err
	}
	after, err := asked(request, now)
	if err != nil {
		return err
	}
	return audit.Write(ctx, tx, by.actor(), a.now(), audit.Change{
		Org: org, Object: "request", ObjectID: id, Action: op.OperationID, Before: stood(before), After: after,
	})
}

// bodies gives the answer as it is sent now and as it is kept for repetitions.
func bodies(out any) (full, kept []byte, err error) {
	if full, err = json.Marshal(out); err != nil {
		return nil, nil, err
	}
	if s, ok := out.(secretive); ok {
		kept, err = json.Marshal(s.withoutSecret())
		return full, kept, err
	}
	return full, full, nil
}

const (
	idempotencyHeader = "Idempotency-Key"
	longestKey        = 200
)

var idempotencyParameter = &huma.Param{
	Name: idempotencyHeader, In: "header", Required: true,
	Description: "Names this request among the project's. The same key with the same request again is one effect and one answer; with another request it is refused with `idem.key_reused`. Keys are remembered for at least 7 days.",
	Schema:      &huma.Schema{Type: huma.TypeString, MinLength: pointer(1), MaxLength: pointer(longestKey)},
}

func pointer[T any](v T) *T { return &v }

// idempotencyKey reads the header: 1 to 200 visible ASCII characters.
func idempotencyKey(r *http.Request) (string, error) {
	key := r.Header.Get(idempotencyHeader)
	if key == "" {
		return "", errMalformed("api.idempotency_key_missing", "a write needs an idempotency key").At(idempotencyHeader).
			Try("send the header " + idempotencyHeader + " with a value that is new for each new request")
	}
	if len(key) > longestKey || strings.ContainsFunc(key, func(c rune) bool { return c < '!' || c > '~' }) {
		return "", errMalformed("api.idempotency_key_bad", "the idempotency key is not 1 to %d visible ASCII characters", longestKey).At(idempotencyHeader)
	}
	return key, nil
}

// errMalformed is an error of the request's form, which no domain saw.
func errMalformed(code, format string, args ...any) *errs.Error {
	return errs.New(errs.Invalid, code, format, args...).With(malformed, true)
}
