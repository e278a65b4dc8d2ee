package pbx_test

import (
	"context"
	"crypto/tls"
	"net"
	"testing"

	"bellwether/internal/ident"
	"bellwether/internal/media/mediatest"
	"bellwether/internal/media/sdp"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/sip/wire"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
)

// wire is how the house reaches others.
func (h *house) wire() wire.Config {
	h.Helper()
	cfg := wire.Config{Resolver: addresses{}, Count: h.count}
	if h.shown != nil {
		cfg.ClientTLS = siptest.Trusting(h, *h.shown)
	}
	return cfg
}

// serveTLS listens for TLS where the house has a certificate.
func (h *house) serveTLS() {
	h.Helper()
	if h.shown == nil {
		return
	}
	l := h.listenTCP("127.0.0.1")
	h.secure = l.Addr().String()
	if err := h.stack.ServeTCP(l, &tls.Config{Certificates: []tls.Certificate{*h.shown}}); err != nil {
		h.Fatal(err)
	}
}

func (h *house) listenTCP(ip string) net.Listener {
	h.Helper()
	l, err := net.Listen("tcp", ip+":0")
	if err != nil {
		h.Fatal(err)
	}
	return l
}

const tlsCarrier = "127.0.0.6"

// secureHouse has a carrier over TLS, and no other; calls come from it and go to it.
func secureHouse(t *testing.T) *house {
	t.Helper()
	shown := siptest.Certificate(t, "127.0.0.1", tlsCarrier)
	h := newHouse(t, "1000", func(h *house) { h.shown = &shown })
	l := h.listenTCP(tlsCarrier)
	h.carrier = siptest.NewSecurePhone(h, l, shown, "sip:"+h.secure+";transport=tls", "carrier", "")
	permit := h.permit(ident.Operator)
	h.must(func(ctx context.Context, tx *store.Tx) error {
		all, err := trunk.OfProject(ctx, tx, "")
		if err != nil {
			return err
		}
		line := all[0]
		line.Transport, line.Server, line.Addresses = trunk.TLS, l.Addr().String(), []string{tlsCarrier}
		_, err = h.trunks.Edit(ctx, tx, permit, line, "", h.began)
		return err
	})
	h.trunks.Changed()
	if err := h.pbx.SetTrunks(t.Context()); err != nil {
		t.Fatal(err)
	}
	return h
}

// refused waits for the refusal of a call, before which nobody may ring.
func (h *house) refused(c *siptest.PhoneCall) int {
	h.Helper()
	for e := range c.Events {
		switch e := e.(type) {
		case sip.Refused:
			return e.Code
		case sip.Ringing, sip.Answered:
			h.Fatalf("%T before it is refused", e)
		}
	}
	return 0
}

// Rule T-90: the audio of a TLS trunk's calls is encrypted both ways, whoever calls; nobody on the wire hears it.
func TestTrunkOverTLSIsEncrypted(t *testing.T) {
	t.Parallel()
	h := secureHouse(t)
	h.route(h.ring("olena"))
	olena, desk := h.phone("olena"), h.voice(900)
	olena.Does(takes(desk))
	client := mediatest.New(t, mediatest.Sealed)
	client.Speak(400)
	c := h.calls(client)
	client.Hear(900)
	desk.Hear(400)
	if client.Sniffed(900) {
		t.Error("what the client hears is plain on the wire")
	}
	if !desk.Sniffed(400) {
		t.Error("the sniffer hears nothing where there is no encryption either")
	}
	c.Hangup(sip.Normal)
	h.logged()

	mobile := h.voice(700)
	h.carrier.Does(takes(mobile))
	out := olena.Dial("+380671234567", desk.Offer())
	desk.Accept(h.answered(out).SDP)
	mobile.Hear(900)
	desk.Hear(700)
	if mobile.Sniffed(900) {
		t.Error("what the mobile hears is plain on the wire")
	}
	out.Hangup(sip.Normal)
	h.logged()
	h.nothingIsOpen()
}

// Rule T-90: a call of a TLS trunk that comes without keys, or whose keys could be read on the way, is refused before anybody rings; so is one
// that we could not hear, whosever it is.
func TestUnheardOfBeforeItRings(t *testing.T) {
	t.Parallel()
	h := secureHouse(t)
	h.route(h.ring("olena"))
	olena := h.phone("olena")
	olena.Does(func(in *sip.Incoming) { t.Error("a telephone rings"); _ = in.Refuse(486, sip.Cause{}) })
	plain, sealed := mediatest.New(t), mediatest.New(t, mediatest.Sealed)
	if code := h.refused(h.rings(plain)); code != 488 {
		t.Errorf("plain audio over TLS: %d", code)
	}
	h.carrier = siptest.NewPhone(h, h.listen(tlsCarrier), "sip:"+h.at, "carrier", "")
	if code := h.refused(h.rings(sealed)); code != 403 {
		t.Errorf("keys in the clear: %d", code)
	}
	h.carrier = h.addCarrier("127.0.0.4", 100, 0)
	if code := h.refused(h.rings(mediatest.New(t, mediatest.Speaks("G729")))); code != 488 {
		t.Errorf("a codec that we do not speak: %d", code)
	}
	if code := h.refused(olena.Dial("+380671234567", mediatest.New(t, mediatest.Speaks(sdp.TelephoneEvent)).Offer())); code != 488 {
		t.Errorf("a telephone without a voice: %d", code)
	}
	if n := h.pbx.Calls(); n > 0 {
		t.Errorf("%d calls began", n)
	}
}

// Rule T-90: over UDP keys are taken where they are offered.
func TestKeysAreTakenWhereOffered(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	h.route(h.ring("olena"))
	olena, desk := h.phone("olena"), h.voice(900)
	olena.Does(takes(desk))
	client := mediatest.New(t, mediatest.Sealed)
	client.Speak(400)
	c := h.calls(client)
	client.Hear(900)
	desk.Hear(400)
	if client.Sniffed(900) {
		t.Error("it is plain on the wire")
	}
	c.Hangup(sip.Normal)
	h.logged()
}
