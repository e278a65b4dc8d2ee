package pbx_test

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
)

// request is a request that somebody got, and how they answer.
type request struct {
	text string
	from net.Addr
	over net.PacketConn
}

// requests are those that come to a socket until it is closed, with or without their repetitions.
func requests(conn net.PacketConn, again bool) <-chan request {
	heard := make(chan request, 1000)
	go func() {
		defer close(heard)
		known := map[string]bool{}
		for buffer := make([]byte, 65536); ; {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			if r := (request{string(buffer[:n]), from, conn}); again || !known[r.method()+r.header("Via")] {
				known[r.method()+r.header("Via")] = true
				heard <- r
			}
		}
	}()
	return heard
}

func (r request) method() string {
	method, _, _ := strings.Cut(r.text, " ")
	return method
}

func (r request) header(name string) string {
	_, rest, _ := strings.Cut(r.text, "\r\n"+name+": ")
	value, _, _ := strings.Cut(rest, "\r\n")
	return value
}

// answer answers a request, with or without an SDP.
func (r request) answer(status string, sdp ...byte) {
	text := "SIP/2.0 " + status + "\r\n"
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		text += name + ": " + r.header(name)
		if name == "To" && !strings.Contains(r.header(name), ";tag=") {
			text += ";tag=theirs"
		}
		text += "\r\n"
	}
	text += "Contact: <sip:peer@" + r.over.LocalAddr().String() + ">\r\n"
	if len(sdp) > 0 {
		text += "Content-Type: application/sdp\r\n"
	}
	text += "Content-Length: " + strconv.Itoa(len(sdp)) + "\r\n\r\n" + string(sdp)
	_, _ = r.over.WriteTo([]byte(text), r.from)
}

// Rule T-11: a carrier that answers while we cancel counts from its answer, and so does the log.
func TestAnAnswerThatCrossesTheCancel(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "1000")
	carrier := h.listen("127.0.0.4")
	h.Cleanup(func() { _ = carrier.Close() })
	h.addTrunk(carrier.LocalAddr().String(), 1, 0)
	olena, mobile := h.phone("olena"), h.voice(900)
	heard := requests(carrier, false)
	next := func(method string) request {
		t.Helper()
		for r := range heard {
			if r.method() == method {
				return r
			}
			r.answer("200 OK")
		}
		t.Fatal("the carrier is gone")
		return request{}
	}
	c := olena.Dial("+380671234567", h.voice(400).Offer())
	invite := next("INVITE")
	invite.answer("180 Ringing")
	if _, ok := siptest.Await[sip.Ringing](c); !ok {
		t.Fatal("it does not ring")
	}
	c.Hangup(sip.Normal)
	cancel := next("CANCEL")
	_, offer, _ := strings.Cut(invite.text, "\r\n\r\n")
	invite.answer("200 OK", mobile.Answer([]byte(offer))...)
	cancel.answer("200 OK")
	next("ACK")
	next("BYE").answer("200 OK")
	d := h.logged()
	if len(d.Legs) != 2 || d.Legs[1].AnsweredAt.IsZero() || d.Legs[1].SIPCode != 200 {
		t.Errorf("in the log: %+v", d.Legs)
	}
	if legs := h.charged(); len(legs) != 1 || legs[0].AnsweredAt.IsZero() {
		t.Errorf("charged: %+v", legs)
	}
	h.nothingIsOpen()
}
