package api

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"bellwether/internal/errs"
)

// Problem is an error as callers see it: problem details of RFC 9457.
type Problem struct {
	Type    string         `json:"type" doc:"Where the kind of problem is explained" example:"/docs#problem-conflict"`
	Title   string         `json:"title" doc:"The kind of problem, always the same words"`
	Status  int            `json:"status" doc:"The HTTP status"`
	Detail  string         `json:"detail" doc:"What is wrong this time, for people"`
	Code    string         `json:"code" doc:"What is wrong, for programs; codes never change" example:"billing.product_needs"`
	Where   string         `json:"where,omitempty" doc:"The field or object it is about" example:"body.amount"`
	Hint    string         `json:"hint,omitempty" doc:"What to do about it"`
	Params  map[string]any `json:"params,omitempty" doc:"Values of the message, for translation and for programs"`
	Errors  []Mistake      `json:"errors,omitempty" doc:"Every mistake found in the request, where there are several"`
	Request string         `json:"request_id" doc:"Names the request in the log: say it when you ask for help"`

	after int64 // seconds to wait before a new attempt
}

// Mistake is one of several things wrong with a request.
type Mistake struct {
	Where   string `json:"where"`
	Message string `json:"message"`
}

// kindOfProblem is how a kind of error shows at the edge: this table is the one place where it is decided.
type kindOfProblem struct {
	kind   errs.Kind
	status int
	title  string
	text   string
}

var kindsOfProblem = []kindOfProblem{
	{errs.Invalid, http.StatusUnprocessableEntity, "The request is wrong", "Mend the request; repeating it is of no use. A request that could not even be read (no JSON, no idempotency key) has the status 400."},
	{errs.Unauthenticated, http.StatusUnauthorized, "No valid key", "Send a valid API key."},
	{errs.Unpaid, http.StatusPaymentRequired, "Not enough funds", "Top up; the project resumes at once."},
	{errs.Denied, http.StatusForbidden, "Not allowed", "This key, or this project's limits, do not allow it."},
	{errs.NotFound, http.StatusNotFound, "No such thing", "There is no such thing, or none that this key may know of."},
	{errs.Conflict, http.StatusConflict, "In conflict with what is there", "Read the present state, then decide."},
	{errs.Unavailable, http.StatusServiceUnavailable, "Not now", "Repeat the request with the same idempotency key after the time the header Retry-After gives. Too many requests without a valid key have the status 429."},
	{errs.Internal, http.StatusInternalServerError, "A fault of ours", "Report it with the request's id. Repeating the request with the same idempotency key is safe."},
}

func problemKind(kind errs.Kind) kindOfProblem {
	for _, k := range kindsOfProblem {
		if k.kind == kind {
			return k
		}
	}
	panic("no status for errors of kind " + kind.String())
}

func (k kindOfProblem) typeURI() string {
	return "/docs#problem-" + strings.ReplaceAll(k.kind.String(), "_", "-")
}

// Params that steer the answer and are not shown.
const (
	malformed  = "api:malformed"   // 400 instead of 422
	tooMany    = "api:too_many"    // 429 instead of 503
	retryAfter = "api:retry_after" // seconds
)

// defaultRetry is how long to wait where an error does not say.
const defaultRetry int64 = 1

// problemOf describes an error. Of an internal one it tells nothing.
func problemOf(err error, request string) *Problem {
	var ready *Problem
	if errors.As(err, &ready) {
		return ready
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		err = errs.New(errs.Unavailable, "api.timed_out", "the request was given up").Try("repeat it with the same idempotency key")
	}
	var known *errs.Error
	if !errors.As(err, &known) || known.Kind == errs.Internal {
		known = errs.New(errs.Internal, "internal", "something went wrong on our side")
	}
	kind := problemKind(known.Kind)
	p := &Problem{
		Type: kind.typeURI(), Title: kind.title, Status: kind.status, Code: known.Code, Detail: known.Message,
		Where: known.Where, Hint: known.Hint, Params: maps.Clone(known.Params), Request: request,
	}
	p.steer()
	return p
}

// steer takes out of Params what is for us.
func (p *Problem) steer() {
	if p.Params[malformed] != nil {
		p.Status = http.StatusBadRequest
	}
	if p.Params[tooMany] != nil {
		p.Status = http.StatusTooManyRequests
	}
	if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests {
		p.after = defaultRetry
		if seconds, ok := p.Params[retryAfter].(int64); ok {
			p.after = seconds
		}
	}
	for _, name := range []string{malformed, tooMany, retryAfter} {
		delete(p.Params, name)
	}
	if len(p.Params) == 0 {
		p.Params = nil
	}
}

func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus is the status of the answer.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is that of RFC 9457.
func (p *Problem) ContentType(string) string { return problemMedia }

const problemMedia = "application/problem+json"

// GetHeaders are what goes with the status.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.after > 0 {
		h.Set("Retry-After", strconv.FormatInt(p.after, 10))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="bellwether"`)
	}
	return h
}

// problem describes an error of a domain to the caller. What only we can mend is logged here, once.
func (a *API) problem(ctx context.Context, err error) *Problem {
	noted := noteOf(ctx)
	p := problemOf(err, noted.id)
	switch {
	case ctx.Err() != nil: // the caller has gone: nobody's mistake
	case p.Status == http.StatusInternalServerError:
		a.parts.Log.Error("request failed", "request", noted.id, "error", err)
	case p.Status == http.StatusServiceUnavailable:
		a.parts.Log.Warn("request refused", "request", noted.id, "code", p.Code, "error", err)
	}
	noted.code = p.Code
	return p
}

// refuse answers a request that does not get to its operation.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	writeProblem(w, a.problem(r.Context(), err))
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	maps.Copy(w.Header(), p.GetHeaders())
	w.Header().Set("Content-Type", problemMedia)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

// huma makes its own errors through these variables, which it has for this purpose; one program has one form of error.
func init() {
	huma.NewError = func(status int, message string, causes ...error) huma.StatusError {
		return requestProblem(status, message, causes, "")
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, causes ...error) huma.StatusError {
		noted := noteOf(ctx.Context())
		p := requestProblem(status, message, causes, noted.id)
		noted.code = p.Code
		return p
	}
	huma.DefaultArrayNullable = false // our lists are never null
	huma.ValidateStrictCasing = true  // decoding takes "AMOUNT" for "amount" and checks neither, so no schema has it
}

// requestCodes name what huma finds wrong with a request before an operation sees it.
var requestCodes = map[int]string{
	http.StatusBadRequest:            "api.malformed",
	http.StatusNotAcceptable:         "api.not_acceptable",
	http.StatusRequestTimeout:        "api.body_slow",
	http.StatusRequestEntityTooLarge: "api.body_too_large",
	http.StatusUnsupportedMediaType:  "api.unsupported_media_type",
	http.StatusUnprocessableEntity:   "api.invalid",
}

// requestProblem describes what is wrong with a request. Values that were sent are not repeated: they may be telephone
// numbers.
func requestProblem(status int, message string, causes []error, request string) *Problem {
	code, known := requestCodes[status]
	if !known && status >= http.StatusInternalServerError {
		return problemOf(errors.New(message), request)
	}
	if !known {
		code = "api.refused"
	}
	kind := problemKind(errs.Invalid)
	p := &Problem{Type: kind.typeURI(), Title: kind.title, Status: status, Code: code, Detail: message, Request: request}
	for _, cause := range causes {
		mistake := Mistake{Message: cause.Error()}
		if detail, ok := cause.(huma.ErrorDetailer); ok {
			mistake = Mistake{Where: detail.ErrorDetail().Location, Message: detail.ErrorDetail().Message}
		}
		p.Errors = append(p.Errors, mistake)
	}
	if len(p.Errors) > 0 {
		p.Detail, p.Where = p.Errors[0].Message, p.Errors[0].Where
	}
	if len(p.Errors) == 1 {
		p.Errors = nil
	}
	return p
}
