package kept

import (
	"encoding/json"
	"errors"

	"bellwether/internal/errs"
)

// Error is an error as it is kept: empty for none, else JSON. What is no JSON is taken for the words of an error without a code.
type Error string

// written is what the text of an Error holds.
type written struct {
	Code   string           `json:"code,omitempty"`
	Params map[string]param `json:"params,omitempty"`
	Words  string           `json:"words"` // all that the error says, in English
}

// Of writes an error down; nil becomes the empty Error.
func Of(err error) Error {
	if err == nil {
		return ""
	}
	w := written{Words: err.Error()}
	var known *errs.Error
	if errors.As(err, &known) && known.Kind != errs.Internal {
		w.Code, w.Params = known.Code, writeParams(known.Params)
	}
	text, err := json.Marshal(w)
	if err != nil {
		return Error(w.Words)
	}
	return Error(text)
}

func (e Error) read() written {
	var w written
	if err := json.Unmarshal([]byte(e), &w); err != nil {
		return written{Words: string(e)}
	}
	return w
}

// Err is the error again, nil where there was none. Its message is the whole English; the place, the hint and the cause are in it.
// Its kind is errs.Internal where it has no code, else errs.Conflict: whoever is told of it asked long ago.
func (e Error) Err() error {
	if e == "" {
		return nil
	}
	w, kind := e.read(), errs.Conflict
	if w.Code == "" {
		kind = errs.Internal
	}
	return &errs.Error{Kind: kind, Code: w.Code, Message: w.Words, Params: readParams(w.Params)}
}

// String is the whole English of the error, for programs and logs.
func (e Error) String() string {
	if e == "" {
		return ""
	}
	return e.read().Words
}

// MarshalText gives programs the English too, for the rest is ours.
func (e Error) MarshalText() ([]byte, error) { return []byte(e.String()), nil }
