package sip_test

import (
	"strings"
	"testing"

	"bellwether/internal/sip"
)

// parts is a body of several, each its head and its text.
func parts(all ...[2]string) string {
	var b strings.Builder
	for _, part := range all {
		b.WriteString("--cut\r\n" + part[0] + "\r\n\r\n" + part[1] + "\r\n")
	}
	return b.String() + "--cut--\r\n"
}

// TestBodiesOfSeveralParts: the description of the media is found where it is (RFC 5621), and what must be understood and is not is refused.
func TestBodiesOfSeveralParts(t *testing.T) {
	t.Parallel()
	const mixed, alternative = "multipart/mixed;boundary=cut", `multipart/alternative; boundary="cut"`
	described := [2]string{"Content-Type: application/sdp", strings.TrimSuffix(string(offer), "\r\n")}
	other := [2]string{"Content-Type: application/sdp", strings.Replace(strings.TrimSuffix(string(offer), "\r\n"), "RTP/AVP 8", "RTP/AVP 0", 1)}
	place := [2]string{"Content-Type: application/pidf+xml\r\nContent-Disposition: by-reference;handling=optional", "<presence/>"}
	for name, c := range map[string]struct{ kind, body, code string }{
		"beside a place":              {mixed, parts(place, described), ""},
		"the first of two":            {mixed, parts(described, other), ""},
		"the last alternative":        {alternative, parts(other, described), ""},
		"an alternative nobody knows": {alternative, parts(described, [2]string{"Content-Type: application/sdpng;handling=required", "<sdpng/>"}), ""},
		"within a part":               {mixed, parts([2]string{"Content-Type: multipart/alternative;boundary=in", "--in\r\n" + described[0] + "\r\n\r\n" + described[1] + "\r\n--in--"}, place), ""},
		"beside early media":          {mixed, parts([2]string{other[0] + "\r\nContent-Disposition: early-session", other[1]}, described), ""},
		"no description":              {mixed, parts(place), "415"},
		"early media alone":           {mixed, parts([2]string{described[0] + "\r\nContent-Disposition: early-session", described[1]}), "415"},
		"more to be understood":       {mixed, parts(described, [2]string{"Content-Type: application/isup\r\nContent-Disposition: signal;handling=required", "x"}), "415"},
		"no boundary":                 {"multipart/mixed", parts(described), "415"},
		"nothing within it":           {mixed, "--cut--\r\n", "415"},
		"one within another for ever": {mixed, strings.Repeat("--cut\r\nContent-Type: multipart/mixed;boundary=cut\r\n\r\n", 50), "415"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, r *rig) {
				p := r.carrier()
				p.Request(p.NewCall("100"), "INVITE", []byte(c.body), "Content-Type: "+c.kind)
				if c.code != "" {
					if m := p.Expect("2xx", "4xx"); !m.Is(c.code) || !strings.Contains(m.Value("Accept"), "multipart/mixed") {
						t.Errorf("%s", m.Raw)
					}
					return
				}
				if in := <-r.calls; string(in.Offer) != string(offer) {
					t.Errorf("the offer is %q", in.Offer)
				}
			})
		})
	}
}

// TestAnswerOfSeveralParts: a 2xx, and a change of a call that is up, may hold the description so too.
func TestAnswerOfSeveralParts(t *testing.T) {
	bubble(t, nil, func(t *testing.T, r *rig) {
		p := r.carrier()
		call, in, e := up(t, r, p)
		p.Request(call, "INVITE", []byte(parts([2]string{"Content-Type: application/sdp", string(held)})), "Content-Type: multipart/mixed;boundary=cut")
		if got := expect[sip.Reinvited](t, e); string(got.SDP) != string(held) || got.Direction != sip.SendOnly {
			t.Errorf("offered %q", got.SDP)
		}
		if err := in.AnswerOffer(reply); err != nil {
			t.Fatal(err)
		}
		p.Expect("200")
	})
}
