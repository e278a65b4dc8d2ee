package dialplan

import "strconv"

// choosing is a caller in a menu.
type choosing struct {
	Keys    string `json:"keys,omitempty"`
	Repeats int    `json:"repeats,omitempty"`
}

const (
	keysSeconds      = 3  // between two digits of an extension
	extensionSeconds = 25 // an extension dialled in a menu rings
)

func (r *run) menu() *IVRMenu { return r.scheme().step(r.At).Menu }

func (r *run) menuPlayed() { r.start(timerSilence, seconds(r.menu().TimeoutSeconds)) }

// menuKey takes a key at once where it can mean one thing only, and waits for more where it may begin an extension
// (Rule T-09).
func (r *run) menuKey(key string) {
	r.quiet(r.Near)
	r.cancel(timerSilence)
	menu := r.menu()
	r.Menu.Keys += key
	switch {
	case key == "#" && len(r.Menu.Keys) > 1:
		r.Menu.Keys = r.Menu.Keys[:len(r.Menu.Keys)-1]
		r.keysDone()
	case menu.Extensions && r.mayGoOn(r.Menu.Keys):
		r.start(timerKeys, seconds(keysSeconds))
	default:
		r.keysDone()
	}
}

// mayGoOn tells whether more keys are to be waited for: an extension begins like that, or the keys mean nothing and are not
// as long as extensions are, so that a wrong one is heard out.
func (r *run) mayGoOn(keys string) bool {
	_, exact := r.Call.Staff.Extension(keys)
	meant := exact || r.menu().Choices[keys] != ""
	return r.Call.Staff.longerExtension(keys) || !meant && len(keys) < r.Call.Staff.longestExtension()
}

// keysDone does what was pressed.
func (r *run) keysDone() {
	r.cancel(timerKeys)
	menu, keys := r.menu(), r.Menu.Keys
	r.Menu.Keys = ""
	if to, ok := menu.Choices[keys]; ok {
		r.note("menu.choice", "key", keys, "step", to)
		r.Menu = nil
		r.enter(to)
		return
	}
	if e, ok := r.Call.Staff.Extension(keys); ok && menu.Extensions {
		r.note("menu.extension", "extension", keys, "employee", e.ID)
		r.Menu = nil
		r.Turn = r.Call.Staff.parties([]Target{{Employee: e.ID}})
		r.ringNext()
		return
	}
	r.note("menu.wrong", "keys", keys)
	r.WrongExtension = r.WrongExtension || menu.Extensions && len(keys) > 1
	r.menuAgain(menu.Wrong)
}

func (r *run) menuSilence() {
	r.note("menu.silence", "seconds", strconv.Itoa(r.menu().TimeoutSeconds))
	r.menuAgain("")
}

// menuAgain plays a menu once more, or leaves it where that was often enough.
func (r *run) menuAgain(prompt string) {
	menu := r.menu()
	if r.Menu.Repeats++; r.Menu.Repeats > menu.Repeats {
		r.Menu = nil
		r.next()
		return
	}
	if prompt == "" {
		prompt = menu.Prompt
	}
	r.play(r.Near, Sound{Kind: Prompt, Name: prompt})
}
