package demo_test

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/config"
	"bellwether/internal/demo"
	"bellwether/internal/ident"
	"bellwether/internal/media/mediatest"
	"bellwether/internal/pricebook"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/store"
)

// A softphone of the demo hears itself at the test number, and is rung by the client it asks for.
func TestPhonesOfTheDemo(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	c := config.Config{
		DataDir: folder, Database: "sqlite:" + filepath.Join(folder, "core.db"), Node: "demo", CloseInterval: time.Minute, KeyFile: filepath.Join(folder, "key"),
		PublicURL: "http://localhost", SIPUDP: "127.0.0.1:0", SIPPublic: "127.0.0.1", RTPFirst: 20000, RTPLast: 29999,
	}
	a, err := app.Open(t.Context(), c, pricebook.Shipped(), app.Options{Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})), Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	if _, err := demo.Load(t.Context(), demo.PartsOf(a), demo.Options{Seed: 1, Now: now}); err != nil {
		t.Fatal(err)
	}
	before, err := demo.OpenPhones(t.Context(), a, now)
	if err != nil {
		t.Fatal(err)
	}
	lost := func(user string) { // as by a click on its page
		by := access.ByKey(account.Key{ID: "test", Scope: account.Operator}, audit.Program("test"))
		permit, err := access.NewGate(a.DB).Enter(t.Context(), by, ident.ProjectOrg(demo.Project), now)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.DB.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := a.Staff.NewPassword(ctx, tx, permit, user, now)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	lost(before[1].User)
	phones, err := demo.OpenPhones(t.Context(), a, now) // the demo goes on: whoever was set up goes on too
	if err != nil || len(phones) != 2 || phones[0] != before[0] || phones[1].User != before[1].User || phones[1].Password == before[1].Password {
		t.Fatal(before, phones, err)
	}
	network, err := demo.Connect(t.Context(), a, now)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		network.Close()
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	talk(t, a, phones[0])
}

func talk(t *testing.T, a *app.App, p demo.Phone) {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.3:0")
	if err != nil {
		t.Fatal(err)
	}
	phone := siptest.NewPhone(t, conn, "sip:"+a.SIPAddress(), p.User, p.Password)
	for a.Health().Calls.TrunksUp == 0 {
		if t.Context().Err() != nil {
			t.Fatal("the network is not up")
		}
	}
	voice := mediatest.New(t)
	voice.Speak(700)
	c := phone.Dial(demo.EchoNumber, voice.Offer())
	answered, ok := siptest.Await[sip.Answered](c)
	if !ok {
		t.Fatal("the test number does not answer")
	}
	voice.Accept(answered.SDP)
	voice.Hear(1000) // the tone
	voice.Hear(700)  // oneself
	c.Hangup(sip.Normal)
	rung := make(chan string, 1)
	phone.Does(func(in *sip.Incoming) {
		rung <- in.Caller.User
		_ = in.Refuse(486, sip.Cause{})
	})
	phone.Dial(demo.CallMeNumber, voice.Offer())
	select {
	case from := <-rung:
		if from == "" {
			t.Error("the client calls without a number")
		}
	case <-time.After(20 * time.Second):
		t.Error("no client calls")
	}
}
