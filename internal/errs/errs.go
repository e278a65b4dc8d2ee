package errs

import (
	"errors"
	"fmt"
)

// Kind says whose mistake an error is and what the caller can do about it.
type Kind uint8

const (
	// Internal is ours: the caller can only report it. It is the kind of any error that is not an *Error.
	Internal Kind = iota
	// Invalid input: mend the request.
	Invalid
	// NotFound: no such thing, or none that this caller may see.
	NotFound
	// Conflict with what is already there: read, then decide.
	Conflict
	// Unauthenticated: no valid key or session.
	Unauthenticated
	// Denied: this caller may not.
	Denied
	// Unpaid: not enough funds.
	Unpaid
	// Unavailable: try again later.
	Unavailable
)

var kindNames = [...]string{"internal", "invalid", "not_found", "conflict", "unauthenticated", "denied", "unpaid", "unavailable"}

func (k Kind) String() string { return kindNames[k] }

// Error is an error with an address. Make one with New and the With methods.
type Error struct {
	Kind    Kind
	Code    string         // stable, "package.what": programs match on it
	Message string         // what is wrong, one sentence in English; surfaces translate by Code
	Where   string         // the field, line or object it is about, where there is one
	Hint    string         // what to do about it, where we know
	Params  map[string]any // values of the message, for translation and for programs
	Cause   error          // what went wrong underneath; never shown to a stranger
}

// New makes an error; format and args make its Message.
func New(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
}

// At names the field, line or object the error is about.
func (e *Error) At(where string) *Error {
	e.Where = where
	return e
}

// Try says what to do about it.
func (e *Error) Try(hint string) *Error {
	e.Hint = hint
	return e
}

// With adds a value to Params.
func (e *Error) With(name string, value any) *Error {
	if e.Params == nil {
		e.Params = map[string]any{}
	}
	e.Params[name] = value
	return e
}

// Because records the cause underneath.
func (e *Error) Because(cause error) *Error {
	e.Cause = cause
	return e
}

func (e *Error) Error() string {
	text := e.Message
	if e.Where != "" {
		text = e.Where + ": " + text
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Cause }

// KindOf is the kind of the first *Error in err's chain, or Internal.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// CodeOf is the code of the first *Error in err's chain, or "internal".
func CodeOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal.String()
}
