package dialplan

// asking is a caller who is asked for a code.
type asking struct {
	Keys   string `json:"keys,omitempty"`
	Tries  int    `json:"tries,omitempty"`
	Search int    `json:"search,omitempty"` // the serial of FindCode while it is looked for
	Found  bool   `json:"found,omitempty"`  // only the thanks are still to be heard
}

const (
	mostCodeKeys  = 10 // as many digits as a code may have
	searchSeconds = 5  // nobody waits longer for a code to be looked up
)

// The built-in prompts of a step that has none of its own.
const (
	promptCode      = "@code"
	promptCodeWrong = "@code_wrong"
)

func (r *run) enterCode(c *AskCode) {
	r.answer(r.Near)
	r.Asking = &asking{}
	r.askForCode(c.Prompt, promptCode)
}

func (r *run) askForCode(prompt, builtIn string) {
	if prompt == "" {
		prompt = builtIn
	}
	r.play(r.Near, Sound{Kind: Prompt, Name: prompt})
}

func (r *run) askCode() *AskCode { return r.scheme().step(r.At).Code }

// codePlayed waits for the keys, or goes on behind the thanks.
func (r *run) codePlayed() {
	switch {
	case r.Asking.Found:
		r.codeDone()
	case r.Asking.Search == 0:
		r.start(timerCode, seconds(r.askCode().TimeoutSeconds))
	}
}

// codeKey takes a key: # ends a code, or passes the step over; * begins it anew (Rule T-124).
func (r *run) codeKey(key string) {
	a := r.Asking
	if a.Search != 0 || a.Found {
		return
	}
	r.quiet(r.Near)
	switch {
	case key == "#":
		r.codeKeyed()
		return
	case key == "*":
		a.Keys = ""
	default:
		a.Keys += key
	}
	if len(a.Keys) == mostCodeKeys {
		r.codeKeyed()
		return
	}
	wait := keysSeconds
	if a.Keys == "" {
		wait = r.askCode().TimeoutSeconds
	}
	r.start(timerCode, seconds(wait))
}

// codeKeyed has a code looked up; whoever keyed none has none.
func (r *run) codeKeyed() {
	r.cancel(timerCode)
	a := r.Asking
	if a.Keys == "" {
		r.note("code.none")
		r.codeDone()
		return
	}
	r.Serial++
	a.Search = r.Serial
	r.do(FindCode{Leg: r.Near, Serial: a.Search, Code: a.Keys})
	r.start(timerCode, seconds(searchSeconds))
}

// codeTimedOut goes on: the caller has keyed all, keys nothing, or the code is not found in time.
func (r *run) codeTimedOut() {
	if r.Asking == nil {
		return
	}
	if r.Asking.Search != 0 {
		r.codeFound(CodeFound{Serial: r.Asking.Search, Found: CodeUnasked})
		return
	}
	r.codeKeyed()
}

// codeFound goes on with what is known of a code.
func (r *run) codeFound(e CodeFound) {
	a := r.Asking
	if a == nil || a.Search == 0 || a.Search != e.Serial {
		return
	}
	r.cancel(timerCode)
	step := r.askCode()
	r.note("code."+string(e.Found), "keys", a.Keys)
	a.Search, a.Keys = 0, ""
	switch {
	case e.Found == CodeUnknown && a.Tries+1 < step.Tries:
		a.Tries++
		r.askForCode(step.Wrong, promptCodeWrong)
	case (e.Found == CodeKnown || e.Found == CodeAssumed) && step.Thanks != "":
		a.Found = true
		r.play(r.Near, Sound{Kind: Prompt, Name: step.Thanks})
	default:
		r.codeDone()
	}
}

// codeDone goes on behind the step, with a code or without.
func (r *run) codeDone() {
	r.cancel(timerCode)
	r.Asking = nil
	r.next()
}

func (c *AskCode) check(path string, found *problems) {
	checkRange(c.TimeoutSeconds, 1, 60, path+".timeout_seconds", found)
	checkRange(c.Tries, 1, 5, path+".tries", found)
}
