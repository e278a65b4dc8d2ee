package app_test

import (
	"context"
	"encoding/json"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/icholy/digest"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/app"
	"bellwether/internal/audit"
	"bellwether/internal/call"
	"bellwether/internal/config"
	"bellwether/internal/ident"
	"bellwether/internal/project"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
)

// Rule T-36: a node that comes back ends what its earlier run left with a carrier that asks for a password before it lets a call be ended:
// trunks, and so passwords, are known by then.
func TestACarrierThatChallengesTheBYE(t *testing.T) {
	t.Parallel()
	const user, password = "line7", "carrier's secret"
	conn := packets(t, "127.0.0.4")
	carrier := siptest.NewPeer(t, conn, "127.0.0.1:5060", user)
	carrier.AnswerProbes()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := startOn(t, listener, t.TempDir(), time.Now(), func(c *config.Config, _ *app.Options) {
		c.SIPUDP, c.SIPPublic, c.RTPFirst, c.RTPLast = "127.0.0.1:0", "127.0.0.1", 20000, 30000
	}, func(a *app.App) { leaveTalk(t, a, conn.LocalAddr().String(), user, password) })

	challenge := `Digest realm="carrier", nonce="n1", algorithm=MD5, qop="auth"`
	carrier.Reply(carrier.Expect("BYE"), 407, nil, "Proxy-Authenticate: "+challenge)
	bye := carrier.Expect("BYE")
	given, err := digest.ParseCredentials(bye.Value("Proxy-Authorization"))
	if err != nil {
		t.Fatalf("%v: %s", err, bye.Raw)
	}
	asked, err := digest.ParseChallenge(challenge)
	if err != nil {
		t.Fatal(err)
	}
	want, err := digest.Digest(asked, digest.Options{Method: "BYE", URI: given.URI, Username: user, Password: password, Count: given.Nc, Cnonce: given.Cnonce})
	if err != nil || given.Response != want.Response {
		t.Errorf("%v, proved by %s", err, given)
	}
	carrier.Reply(bye, 200, nil)
	for {
		left, err := call.Danglings(t.Context(), n.app.DB, call.Dangling{}, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(left) == 0 {
			return
		}
	}
}

// leaveTalk leaves a node as a crash in the middle of a talk over a carrier's trunk does.
func leaveTalk(t *testing.T, a *app.App, carrier, user, password string) {
	t.Helper()
	at := time.Now().Add(-time.Minute)
	by := access.ByKey(account.Key{ID: "test", Scope: account.Operator}, audit.Program("test"))
	permit, err := access.NewGate(a.DB).Enter(t.Context(), by, ident.Operator, at)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.DB.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		opening := project.Opening{ID: "shop", Name: "Shop", Country: "UA", TimeZone: "Europe/Kyiv", Book: "ringostat"}
		if _, err := a.Billing.Open(ctx, tx, opening, 0, at); err != nil {
			return err
		}
		line, err := a.Trunks.Add(ctx, tx, permit, trunk.Trunk{
			Name: "Carrier", Enabled: true, Mode: trunk.ByRegistration, Transport: trunk.UDP, Server: carrier, User: user,
			Out: trunk.Format{Style: trunk.E164}, In: trunk.Format{Style: trunk.E164}, Policy: trunk.AnyCaller,
		}, password, at)
		if err != nil {
			return err
		}
		dialog, err := json.Marshal(sip.State{
			ID: "1", CallID: "left", Tag: "ours", PeerTag: "theirs", From: "<sip:201@pbx.example>;tag=ours", To: "<sip:380671234567@carrier.example>;tag=theirs",
			Target: "sip:380671234567@" + carrier, Transport: "UDP", Remote: netip.MustParseAddrPort(carrier), Source: true, Out: true, Trunk: string(line.ID),
		})
		if err != nil {
			return err
		}
		left := call.Opening{Project: "shop", ID: call.NewID(at), Direction: call.Outbound, Client: "+380671234567", Node: "test"}
		left.Legs = []call.Leg{{N: 1, StartedAt: at, AnsweredAt: at, Dialog: string(dialog)}}
		return call.Open(ctx, tx, left)
	}); err != nil {
		t.Fatal(err)
	}
}
