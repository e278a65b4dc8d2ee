package pbx_test

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/dialplan"
	"bellwether/internal/media/audio"
	"bellwether/internal/money"
	"bellwether/internal/routing"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/store"
)

// TestNode is no test but the node that TestKill kills: the test binary runs it as a process of its own.
func TestNode(t *testing.T) {
	dsn := os.Getenv("PBX_NODE_DSN")
	if dsn == "" {
		t.Skip("it is run by TestKill")
	}
	h := build(t, dsn, os.Getenv("PBX_NODE_KEY"), os.Getenv("PBX_NODE_FOLDER"))
	h.charging.Silence = 3 * time.Second // so that a heartbeat is due each second
	h.open(os.Getenv("PBX_NODE_AT"), time.Now)
	if err := h.pbx.SetTrunks(context.Background()); err != nil {
		t.Fatal(err)
	}
	_, _ = os.Stdout.WriteString("ready\n")
	select {} // until it is killed
}

// process starts a node as a process of its own in the place of the one in here, and gives what kills it.
func (h *house) process() (kill func()) {
	h.Helper()
	h.close()
	h.unload()
	node := exec.Command(os.Args[0], "-test.run=^TestNode$")
	node.Env = append(os.Environ(), "PBX_NODE_DSN="+h.dsn, "PBX_NODE_KEY="+h.key, "PBX_NODE_FOLDER="+h.folder, "PBX_NODE_AT="+h.at)
	node.Stderr = h.Output()
	out, err := node.StdoutPipe()
	if err != nil {
		h.Fatal(err)
	}
	if err := node.Start(); err != nil {
		h.Fatal(err)
	}
	killed := false
	kill = func() {
		if !killed {
			killed = true
			_ = node.Process.Kill() // SIGKILL: it says nothing to anybody
			_ = node.Wait()
			h.load()
		}
	}
	h.Cleanup(kill)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "ready") {
			return kill
		}
	}
	h.Fatal("the node does not start")
	return nil
}

// Rules T-36 and T-102: kill -9 in the middle of a call. At most one heartbeat goes unbilled and what is billed is in the log, nothing stays
// reserved, both legs get their BYE, and what was recorded comes to the call.
func TestKill(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, dsn string) {
		h := newHouseOn(t, dsn, "1000")
		h.settings(func(s *routing.Settings) { s.Recording.Mode = dialplan.RecordSilently })
		kill := h.process()
		olena := h.phone("olena")
		desk, mobile := h.voice(400), h.voice(900)
		h.carrier.Does(takes(mobile))
		c := olena.Dial("+380671234567", desk.Offer())
		answered, ok := siptest.Await[sip.Answered](c)
		if !ok {
			t.Fatal("nobody answers")
		}
		desk.Accept(answered.SDP)
		desk.Hear(900)
		mobile.Hear(400)
		begun := time.Now()
		h.until("heartbeats have told of talk, and three seconds of it are on the disk", func() bool { return time.Since(begun) > 4*time.Second })
		kill()
		later := func() time.Time { return time.Now().Add(40 * time.Second) } // the heartbeats have been missing for long enough
		h.open(h.at, later)
		if err := h.pbx.SetTrunks(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := h.pbx.Recover(context.Background()); err != nil {
			t.Fatal(err)
		}
		for name, leg := range map[string]*siptest.PhoneCall{"the employee": c, "the client": h.carrier.Next()} {
			if _, ok := siptest.Await[sip.Ended](leg); !ok {
				t.Errorf("%s gets no BYE", name)
			}
		}
		d := h.logged()
		if d.Status != call.Answered || !d.Recovered {
			t.Errorf("in the log: %+v", d.Call)
		}
		h.nothingIsOpen()
		if legs := h.charged(); len(legs) != 1 || legs[0].State != charging.Expired || legs[0].Seconds < 1 || legs[0].Amount != money.MustParse("2.009") || d.Cost != legs[0].Amount {
			t.Errorf("charged: %+v, in the log %s", legs, d.Cost)
		}
		mend := func(path string) error { _, err := audio.RepairFile(path); return err }
		if n, err := (call.Sweeper{DB: h.db, Files: h.files, Mend: mend}).Step(context.Background(), later().Add(time.Minute)); n != 1 || err != nil {
			t.Errorf("%d recordings are brought to their calls, %v", n, err)
		}
		if d := h.logged(); len(d.Recordings) != 1 || d.Recordings[0].Seconds < 1 || slices.Max(d.Recordings[0].Peaks.Left) == 0 {
			t.Errorf("recordings: %+v", d.Recordings)
		}
		h.until("no dialog is kept for ever", func() bool { return h.dialogs() == 0 })
	})
}

// dialogs counts the legs that are still to be ended after a crash.
func (h *house) dialogs() (n int) {
	h.Helper()
	if err := h.db.Snapshot(context.Background(), func(ctx context.Context, q store.Querier) error {
		left, err := call.Danglings(ctx, q, call.Dangling{}, 1000)
		n = len(left)
		return err
	}); err != nil {
		h.Fatal(err)
	}
	return n
}

// Rule T-37: a node that drains takes no new calls and lets the running ones go on.
func TestDrain(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.route(h.ring("olena"))
	olena := h.phone("olena")
	at, desk := h.voice(400), h.voice(900)
	olena.Does(takes(desk))
	c := h.calls(at)
	drained := make(chan error, 1)
	go func() { drained <- h.pbx.Drain(context.Background()) }()
	h.until("new calls are refused", func() bool {
		one := h.rings(h.voice(500))
		for e := range one.Events {
			switch e := e.(type) {
			case sip.Refused:
				return e.Code == 503
			case sip.Ringing, sip.Answered:
				one.Hangup(sip.Normal)
			case sip.Ended:
				return false
			}
		}
		return false
	})
	if _, err := h.pbx.ClickToCall(t.Context(), shop, string(h.people["olena"].id), "+380671234567"); err == nil {
		t.Error("a draining node places a call")
	}
	at.Hear(900)
	desk.Hear(400)
	c.Hangup(sip.Normal)
	if err := <-drained; err != nil {
		t.Error(err)
	}
	if d := h.logged(); d.Status != call.Answered {
		t.Errorf("in the log: %+v", d.Call)
	}
}
