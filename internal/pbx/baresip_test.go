package pbx_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/media/mediatest"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
)

// foreign is baresip as an employee's telephone: it takes every call.
type foreign struct {
	*house
	*process
	folder, control string
}

// baresip registers an employee's telephone of another make, whose owner speaks a tone.
func (h *house) baresip(program, name string, hz float64) *foreign {
	h.Helper()
	modules, err := filepath.Glob("/usr/lib*/baresip/modules")
	if more, _ := filepath.Glob("/usr/lib/*/baresip/modules"); err != nil || len(modules)+len(more) == 0 {
		h.Fatal("where are the modules of baresip?")
	} else {
		modules = append(modules, more...)
	}
	f := &foreign{house: h, folder: h.TempDir(), control: h.free("127.0.0.1")}
	ip, port, _ := net.SplitHostPort(h.free("127.0.0.6"))
	tone := h.write(f.folder, "tone.wav", string(wav(hz, time.Minute)))
	h.fill(f.folder, "baresip/config", "TONE", tone, "MODULES", modules[0], "ADDRESS", ip, "PORT", port, "CONTROL", f.control, "FOLDER", f.folder)
	p := h.people[name]
	h.write(f.folder, "accounts", fmt.Sprintf("<sip:%s@%s;transport=udp>;auth_pass=%s;answermode=auto;regint=60\n", p.user, h.at, p.password))
	f.process = h.start(program, "-4", "-f", f.folder)
	h.until(name+" registers", func() bool { return len(h.stack.Contacts(p.user)) > 0 })
	return f
}

// order gives a command, as one types it: "dial".
func (f *foreign) order(command, parameters string) {
	f.Helper()
	conn, err := net.Dial("tcp", f.control)
	if err != nil {
		f.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // it was heard, or the test fails
	text, _ := json.Marshal(map[string]string{"command": command, "params": parameters})
	if _, err := fmt.Fprintf(conn, "%d:%s,", len(text), text); err != nil {
		f.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1000)); err != nil {
		f.Fatal(err)
	}
}

// heard tells whether a tone is in what the telephone has heard in one of its calls.
func (f *foreign) heard(hz float64) bool {
	files, _ := filepath.Glob(filepath.Join(f.folder, "dump-*-dec.wav"))
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil || len(raw) < 44 {
			continue
		}
		samples := make([]int16, (len(raw)-44)/2)
		for i := range samples {
			samples[i] = int16(binary.LittleEndian.Uint16(raw[44+2*i:]))
		}
		for ; len(samples) >= 800; samples = samples[800:] {
			if mediatest.Hears(samples[:800], hz) {
				return true
			}
		}
	}
	return false
}

// A telephone of another make: it is called by a client and calls one, tones both ways, ended by either side.
func TestBaresip(t *testing.T) {
	t.Parallel()
	program := needs(t, "baresip")
	h := newHouse(t, "1000")
	h.route(h.ring("olena"))
	olena := h.baresip(program, "olena", 700)
	at := h.voice(400)
	c := h.calls(at)
	at.Hear(700)
	h.talks()
	c.Hangup(sip.Normal)
	if d := h.logged(); d.Status != call.Answered || d.Person.Name != "olena" {
		t.Errorf("in the log: %+v", d.Call)
	}
	h.until("the telephone hears the client", func() bool { return olena.heard(400) })

	far := h.voice(1000)
	h.carrier.Does(takes(far))
	olena.order("dial", "0671234567")
	far.Hear(700)
	h.talks()
	olena.order("hangup", "")
	if _, ok := siptest.Await[sip.Ended](h.carrier.Next()); !ok {
		t.Error("the carrier's side goes on")
	}
	if d := h.logged(); d.Status != call.Answered || d.Client != "+380671234567" || d.Cost == 0 {
		t.Errorf("in the log: %+v", d.Call)
	}
	h.until("the telephone hears whom it called", func() bool { return olena.heard(1000) })
	h.nothingIsOpen()
	if strings.Contains(olena.text(), "warning") {
		t.Errorf("the telephone complains:\n%s", olena.text())
	}
}

// Rules T-18, T-120 and T-125: each order that a page or a program gives is obeyed where telephones of another make talk.
func TestOrdersToTelephonesOfAnotherMake(t *testing.T) {
	t.Parallel()
	program := needs(t, "baresip")
	h := newHouse(t, "1000")
	h.route(h.ring("olena"))
	olena, petro := h.baresip(program, "olena", 700), h.baresip(program, "petro", 1300)
	one, two := string(h.people["olena"].id), string(h.people["petro"].id)
	to := dialplan.Target{Employee: two}
	at := h.voice(400)
	c := h.calls(at)
	at.Hear(700)
	for _, step := range []struct {
		order call.Command
		hears []float64 // what the client hears then, together
	}{
		{call.Command{Kind: call.Hold, Employee: one}, []float64{440}},
		{call.Command{Kind: call.Resume, Employee: one}, []float64{700}},
		{call.Command{Kind: call.Consult, Employee: one, To: to}, []float64{440}},
		{call.Command{Kind: call.Return, Employee: one}, []float64{700}},
		{call.Command{Kind: call.Consult, Employee: one, To: to}, []float64{440}},
		{call.Command{Kind: call.Merge, Employee: one}, []float64{700, 1300}},
	} {
		h.obeyed(step.order)
		at.HearOnly(step.hears, others(step.hears))
	}
	petro.order("hangup", "")
	at.HearOnly([]float64{700}, []float64{440, 1300})
	for _, step := range []struct {
		order call.Command
		hears float64
	}{
		{call.Command{Kind: call.Consult, Employee: one, To: to}, 440},
		{call.Command{Kind: call.Complete, Employee: one}, 1300},
		{call.Command{Kind: call.Park, Employee: two}, 440},
		{call.Command{Kind: call.Fetch, Employee: one}, 700},
		{call.Command{Kind: call.TransferTo, Employee: one, To: to}, 1300},
	} {
		h.obeyed(step.order)
		at.HearOnly([]float64{step.hears}, others([]float64{step.hears}))
	}
	h.until("the telephones hear each other and the client", func() bool {
		return olena.heard(400) && olena.heard(1300) && petro.heard(400) && petro.heard(700)
	})
	h.obeyed(call.Command{Kind: call.HangUp})
	if _, ok := siptest.Await[sip.Ended](c); !ok {
		t.Error("the client's side goes on")
	}
	if d := h.logged(); d.Status != call.Answered || d.Person.Name != "petro" {
		t.Errorf("in the log: %+v, %+v", d.Call, d.Timeline)
	}
	h.callsBack(olena)
	h.nothingIsOpen()
}

// obeyed gives an order once the call is ready for it: whom it concerns may still be answering.
func (h *house) obeyed(o call.Command) {
	h.Helper()
	var err error
	h.until("the order "+string(o.Kind), func() bool {
		err = h.pbx.Order(context.Background(), h.ref(), o)
		return errs.CodeOf(err) != "pbx.not_now" && errs.CodeOf(err) != "pbx.nobody_talks"
	})
	if err != nil {
		h.Fatal(o.Kind, err)
	}
}

// others are the tones of the client's music and of the telephones, without some.
func others(these []float64) (rest []float64) {
	for _, hz := range []float64{440, 700, 1300} {
		if !slices.Contains(these, hz) {
			rest = append(rest, hz)
		}
	}
	return rest
}

// callsBack has a client called with a telephone, as a click and as a callback have it.
func (h *house) callsBack(olena *foreign) {
	h.Helper()
	for name, place := range map[string]func() (call.ID, error){
		"a click": func() (call.ID, error) {
			return h.pbx.Place(context.Background(), shop, string(h.people["olena"].id), "+380671234567")
		},
		"a callback": func() (call.ID, error) {
			return h.pbx.Callback(context.Background(), number, "+380671234567", false)
		},
	} {
		far := h.voice(1000)
		h.carrier.Does(takes(far))
		if _, err := place(); err != nil {
			h.Fatal(name, err)
		}
		far.Hear(700)
		h.until("the telephone hears the client", func() bool { return olena.heard(1000) })
		olena.order("hangup", "")
		if _, ok := siptest.Await[sip.Ended](h.carrier.Next()); !ok {
			h.Error(name, "the client's side goes on")
		}
		if d := h.logged(); d.Status != call.Answered || d.Client != "+380671234567" {
			h.Errorf("%s in the log: %+v", name, d.Call)
		}
	}
}
