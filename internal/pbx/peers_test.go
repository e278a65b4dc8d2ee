package pbx_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
)

// process is a program of somebody else's, and what it has said.
type process struct {
	mu   sync.Mutex
	said strings.Builder
}

// start runs a program until the test ends.
func (h *house) start(program string, arguments ...string) *process {
	h.Helper()
	p := &process{}
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, arguments...)
	cmd.Dir, cmd.Stdin = h.TempDir(), nil
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	if err := cmd.Start(); err != nil {
		h.Fatal(err)
	}
	var reader sync.WaitGroup
	reader.Go(func() { p.listen(out) })
	h.Cleanup(func() {
		stop()
		_ = cmd.Wait()
		_ = in.Close()
		reader.Wait()
		if h.Failed() {
			h.Logf("%s said:\n%s", filepath.Base(program), p.text())
		}
	})
	return p
}

func (p *process) listen(out io.Reader) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		p.mu.Lock()
		p.said.WriteString(lines.Text() + "\n")
		p.mu.Unlock()
	}
}

func (p *process) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.String()
}

// needs skips the test where a program of a real peer is not there.
func needs(t *testing.T, program string) string {
	t.Helper()
	for _, folder := range []string{"", "/usr/sbin/"} {
		if path, err := exec.LookPath(folder + program); err == nil {
			return path
		}
	}
	t.Skip(program + " is not installed: make needs")
	return ""
}

// fill writes a file of testdata into a folder, with its names replaced.
func (h *house) fill(folder, file string, names ...string) string {
	h.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		h.Fatal(err)
	}
	return h.write(folder, filepath.Base(file), strings.NewReplacer(names...).Replace(string(text)))
}

func (h *house) write(folder, name, text string) string {
	h.Helper()
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		h.Fatal(err)
	}
	return path
}

// free is an address whose port nobody has at the moment.
func (h *house) free(ip string) string {
	conn := h.listen(ip)
	defer conn.Close() //nolint:errcheck // nothing was sent
	return conn.LocalAddr().String()
}

// A carrier behind kamailio, which records its route: calls both ways through it, each ended by the other side.
func TestKamailio(t *testing.T) {
	t.Parallel()
	program := needs(t, "kamailio")
	h := newHouse(t, "1000")
	proxy, folder := h.free("127.0.0.7"), t.TempDir()
	conn := h.listen("127.0.0.8")
	carrier := siptest.NewPhone(h, conn, "sip:"+proxy, "carrier", "")
	list := h.write(folder, "dispatcher.list", fmt.Sprintf("1 sip:%s\n2 sip:%s\n", h.at, conn.LocalAddr()))
	modules, err := filepath.Glob("/usr/lib/*/kamailio/modules")
	if err != nil || len(modules) != 1 {
		t.Fatal("where are the modules of kamailio?", modules, err)
	}
	ip, _, _ := net.SplitHostPort(h.at)
	cfg := h.fill(folder, "kamailio/kamailio.cfg", "PROXY", proxy, "MODULES", modules[0]+"/", "LIST", list, "PBX_IP", ip)
	kamailio := h.start(program, "-f", cfg, "-DD", "-E", "-m", "32", "-M", "4", "-Y", folder, "-P", filepath.Join(folder, "pid"))
	h.addTrunk(proxy, 1, 0)
	h.until("the proxy answers", func() bool { return h.answers(proxy) })

	h.route(h.ring("olena"))
	olena, at, desk := h.phone("olena"), h.voice(400), h.voice(900)
	olena.Does(takes(desk))
	h.carrier = carrier
	c := h.calls(at)
	at.Hear(900)
	desk.Hear(400)
	olena.Next().Hangup(sip.Normal)
	if _, ok := siptest.Await[sip.Ended](c); !ok {
		t.Error("the client's side goes on")
	}
	if d := h.logged(); d.Status != call.Answered || d.EndedBy != call.ByStaff {
		t.Errorf("in the log: %+v", d.Call)
	}
	carrier.Does(takes(at))
	c = olena.Dial("+380671234567", desk.Offer())
	desk.Accept(h.answered(c).SDP)
	desk.Hear(400)
	at.Hear(900)
	far := carrier.Next()
	if routes := far.In.Header("Record-Route"); !strings.Contains(routes, proxy) {
		t.Errorf("the call came by %q", routes)
	}
	far.Hangup(sip.Normal)
	if _, ok := siptest.Await[sip.Ended](c); !ok {
		t.Error("the employee's side goes on")
	}
	h.logged()
	h.nothingIsOpen()
	h.until("each end to come by the proxy", func() bool { return strings.Count(kamailio.text(), "relayed BYE") == 2 })
}

// answers tells whether somebody answers OPTIONS at an address.
func (h *house) answers(at string) bool {
	p := siptest.NewPeer(h, h.listen("127.0.0.8"), at, "probe")
	p.Request(p.NewCall("probe"), "OPTIONS", nil)
	return p.Await(200*time.Millisecond, "200") != nil
}

// A carrier whose calls are sipp's: refused, given up, never taken, held.
func TestSipp(t *testing.T) {
	t.Parallel()
	program := needs(t, "sipp")
	h := newHouse(t, "1000")
	carrier := h.free("127.0.0.9")
	h.addTrunk(carrier, 200, 0)
	_, port, _ := net.SplitHostPort(carrier)
	step := h.ring("olena")
	step.Ring.Seconds = 5
	h.route(step)
	olena, desk := h.phone("olena"), h.voice(900)
	for _, s := range []struct {
		scenario string
		olena    func(*sip.Incoming)
		status   call.Status
	}{
		{"busy", siptest.Refuses(486), call.Busy},
		{"timeout", siptest.Rings, call.NoAnswer},
		{"cancel", siptest.Rings, call.NoAnswer},
		{"reinvite", takes(desk), call.Answered},
	} {
		olena.Does(s.olena)
		if s.scenario == "cancel" {
			step.Ring.Seconds = 20
			h.route(step)
		}
		script, err := filepath.Abs(filepath.Join("testdata", "sipp", s.scenario+".xml"))
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), program, h.at, "-sf", script, "-m", "1", "-i", "127.0.0.9", "-p", port, "-s", string(number),
			"-nostdin", "-timeout", "20s", "-timeout_error", "-recv_timeout", "8000", "-trace_err", "-error_file", "/dev/stderr")
		cmd.Dir = t.TempDir()
		if out, err := cmd.CombinedOutput(); err != nil {
			lines := strings.Split(string(out), "\n")
			t.Errorf("%s: %v\n%s", s.scenario, err, strings.Join(lines[max(0, len(lines)-40):], "\n"))
		}
		if d := h.logged(); d.Status != s.status || d.Client != client {
			t.Errorf("%s: in the log: %+v", s.scenario, d.Call)
		}
	}
	h.nothingIsOpen()
}
