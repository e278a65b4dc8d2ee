package sdp_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"bellwether/internal/errs"
	"bellwether/internal/media/sdp"
)

func lines(text ...string) []byte { return []byte(strings.Join(text, "\r\n") + "\r\n") }

// plain is what a desk phone offers.
var plain = lines("v=0", "o=alice 2890844526 2890844526 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0",
	"m=audio 49170 RTP/AVP 0 8 97 101", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000", "a=rtpmap:97 iLBC/8000",
	"a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16", "a=ptime:20")

func parse(t *testing.T, text []byte) *sdp.Session {
	t.Helper()
	s, err := sdp.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func local() sdp.Local {
	return sdp.Local{
		ID: 7, Version: 1, Addr: netip.MustParseAddr("198.51.100.5"), Port: 10000,
		Codecs: []string{sdp.PCMA, sdp.PCMU}, Ptime: 20, Keys: sdp.NewKeys(),
	}
}

func TestAnswerToAPhone(t *testing.T) {
	t.Parallel()
	answer, agreed, err := local().Answer(parse(t, plain))
	if err != nil {
		t.Fatal(err)
	}
	want := lines("v=0", "o=- 7 1 IN IP4 198.51.100.5", "s=-", "c=IN IP4 198.51.100.5", "t=0 0",
		"m=audio 10000 RTP/AVP 8 101", "a=rtpmap:8 PCMA/8000", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=ptime:20", "a=sendrecv")
	if diff := cmp.Diff(string(want), string(answer)); diff != "" {
		t.Error(diff)
	}
	wanted := sdp.Agreement{
		Remote: netip.MustParseAddrPort("192.0.2.1:49170"), RTCP: netip.MustParseAddrPort("192.0.2.1:49171"),
		Send:    sdp.Codec{PT: 8, Name: "PCMA", Rate: 8000},
		Receive: []sdp.Codec{{PT: 8, Name: "PCMA", Rate: 8000}, {PT: 0, Name: "PCMU", Rate: 8000}},
		Events:  true, EventOut: 101, EventIn: 101, Ptime: 20,
	}
	if diff := cmp.Diff(wanted, agreed, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" {
		t.Error(diff)
	}
}

// The direction of an answer never promises more than the offer takes (RFC 3264 section 6.1).
func TestDirections(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ ours, theirs, answer sdp.Direction }{
		{sdp.SendRecv, sdp.SendRecv, sdp.SendRecv},
		{sdp.SendRecv, sdp.SendOnly, sdp.RecvOnly},
		{sdp.SendRecv, sdp.RecvOnly, sdp.SendOnly},
		{sdp.SendRecv, sdp.Inactive, sdp.Inactive},
		{sdp.SendOnly, sdp.SendRecv, sdp.SendOnly},
		{sdp.SendOnly, sdp.SendOnly, sdp.Inactive},
		{sdp.Inactive, sdp.SendRecv, sdp.Inactive},
	} {
		l := local()
		l.Direction = c.ours
		_, agreed, err := l.Answer(parse(t, slices.Concat(plain, lines("a="+c.theirs.String()))))
		if err != nil || agreed.Direction != c.answer {
			t.Errorf("%v to %v: %v, %v; want %v", c.ours, c.theirs, agreed.Direction, err, c.answer)
		}
	}
	held := parse(t, []byte(strings.ReplaceAll(string(plain), "c=IN IP4 192.0.2.1", "c=IN IP4 0.0.0.0")))
	if _, agreed, err := local().Answer(held); err != nil || agreed.Direction != sdp.RecvOnly {
		t.Errorf("the hold of RFC 2543 gave %v, %v", agreed.Direction, err)
	}
}

// An answer has the lines of the offer, those not taken with port 0 (RFC 3264 section 6).
func TestOtherMediaAreRefusedInPlace(t *testing.T) {
	t.Parallel()
	offer := append(lines("v=0", "o=- 1 1 IN IP6 2001:db8::1", "s=-", "c=IN IP6 2001:db8::1", "t=0 0",
		"m=video 5000 RTP/AVP 96", "a=rtpmap:96 VP8/90000", "m=audio 0 RTP/AVP 0"), "m=audio 49170 RTP/AVP 0\r\nm=message 1 TCP/MSRP *\r\n"...)
	answer, agreed, err := local().Answer(parse(t, offer))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"m=video 0 RTP/AVP 96", "m=audio 0 RTP/AVP 0", "m=audio 10000 RTP/AVP 0", "m=message 0 TCP/MSRP *"} {
		if !strings.Contains(string(answer), line+"\r\n") {
			t.Errorf("no %q in\n%s", line, answer)
		}
	}
	if got := agreed.Remote.String(); got != "[2001:db8::1]:49170" || agreed.Events {
		t.Errorf("remote %s, events %v", got, agreed.Events)
	}
}

// Keys are agreed or the stream is refused (Rule T-90).
func TestKeys(t *testing.T) {
	t.Parallel()
	caller := local()
	offer := parse(t, caller.Offer())
	if offer.Media[0].Proto != "RTP/SAVP" {
		t.Errorf("an offer with keys is %s", offer.Media[0].Proto)
	}
	text, staff, err := local().Answer(offer)
	if err != nil || !staff.Secure {
		t.Fatalf("secure %v, %v", staff.Secure, err)
	}
	agreed, err := caller.Accept(parse(t, text))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(staff.LocalKey, agreed.RemoteKey); diff != "" || agreed.LocalKey.Suite != sdp.Suite80 {
		t.Errorf("the sides hold different keys, or the weaker: %s", diff)
	}
	refused := func(name string, err error) {
		if errs.CodeOf(err) != "sdp.not_acceptable" {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, _, err = sdp.Local{Codecs: []string{sdp.PCMA}}.Answer(offer)
	refused("keys offered to who has none", err)
	required := local()
	required.KeysOnly = true
	_, _, err = required.Answer(parse(t, plain))
	refused("plain offered to who wants keys", err)
	_, err = caller.Accept(parse(t, plain))
	refused("keys offered, answered without", err)
}

// Some phones offer a stream with keys and the same without: who has no keys takes the second.
func TestKeysIfPossible(t *testing.T) {
	t.Parallel()
	both := local()
	keyed := parse(t, both.Offer())
	both.Keys = nil
	both.Port = 20000
	keyed.Media = append(keyed.Media, parse(t, both.Offer()).Media...)
	offer := parse(t, keyed.Marshal())
	if _, agreed, err := local().Answer(offer); err != nil || !agreed.Secure || agreed.Remote.Port() != 10000 {
		t.Errorf("with keys: %+v, %v", agreed, err)
	}
	plain := local()
	plain.Keys = nil
	answer, agreed, err := plain.Answer(offer)
	if err != nil || agreed.Secure || agreed.Remote.Port() != 20000 || !strings.Contains(string(answer), "m=audio 0 RTP/SAVP 8 0 101") {
		t.Errorf("without keys: %+v, %v\n%s", agreed, err, answer)
	}
}

func TestRTCP(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ line, want string }{
		{"a=rtcp:53020", "192.0.2.1:53020"},
		{"a=rtcp:53020 IN IP4 192.0.2.9", "192.0.2.9:53020"},
		{"a=rtcp-mux", "192.0.2.1:49170"},
		{"a=x", "192.0.2.1:49171"},
	} {
		_, agreed, err := local().Answer(parse(t, slices.Concat(plain, lines(c.line))))
		if err != nil || agreed.RTCP.String() != c.want {
			t.Errorf("%s: %v, %v; want %s", c.line, agreed.RTCP, err, c.want)
		}
	}
}

func TestHostileDescriptions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, code string }{
		{"empty", "", "sdp.malformed"},
		{"no version", "o=- 1 1 IN IP4 192.0.2.1\r\n", "sdp.malformed"},
		{"binary", "v=0\r\n\x00\x01\x02\r\n", "sdp.malformed"},
		{"a port beyond", "v=0\r\nm=audio 70000 RTP/AVP 0\r\n", "sdp.malformed"},
		{"a negative port", "v=0\r\nm=audio -1 RTP/AVP 0\r\n", "sdp.malformed"},
		{"too long", "v=0\r\n" + strings.Repeat("a=x\r\n", 10000), "sdp.too_large"},
		{"too many lines", "v=0\r\n" + strings.Repeat("a=\r\n", 700), "sdp.too_large"},
		{"too many media", "v=0\r\n" + strings.Repeat("m=audio 1 RTP/AVP 0\r\n", 17), "sdp.too_large"},
		{"too many codecs", "v=0\r\nm=audio 1 RTP/AVP" + strings.Repeat(" 0", 65) + "\r\n", "sdp.malformed"},
		{"a short key", "v=0\r\nm=audio 1 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA\r\n", "sdp.malformed"},
		{"a rate of zero", "v=0\r\nm=audio 1 RTP/AVP 9\r\na=rtpmap:9 X/0\r\n", "sdp.malformed"},
	} {
		if _, err := sdp.Parse([]byte(c.text)); errs.CodeOf(err) != c.code {
			t.Errorf("%s: %v; want %s", c.name, err, c.code)
		}
	}
	for _, c := range []struct{ name, text string }{
		{"multicast", strings.ReplaceAll(string(plain), "192.0.2.1", "239.1.2.3")},
		{"no codec of ours", "v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 9 18\r\n"},
		{"video alone", "v=0\r\nc=IN IP4 192.0.2.1\r\nm=video 4000 RTP/AVP 96\r\n"},
	} {
		if _, _, err := local().Answer(parse(t, []byte(c.text))); errs.CodeOf(err) != "sdp.not_acceptable" {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// A name instead of an address is not looked up: the peer is known by its packets.
func TestNamesAreNotLookedUp(t *testing.T) {
	t.Parallel()
	_, agreed, err := local().Answer(parse(t, []byte(strings.ReplaceAll(string(plain), "192.0.2.1", "pbx.example.com"))))
	if err != nil || agreed.Remote.Addr().IsValid() || agreed.Remote.Port() != 49170 {
		t.Errorf("remote %v, %v", agreed.Remote, err)
	}
}

// FuzzParse: no text makes the parser panic, and what it takes can be written, read again and answered.
func FuzzParse(f *testing.F) {
	f.Add(plain)
	f.Add(local().Offer())
	f.Add(lines("v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 111 0 126", "a=ice-ufrag:x", "a=fingerprint:sha-256 00", "a=rtcp:9 IN IP4 0.0.0.0", "a=rtcp-mux"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := sdp.Parse(text)
		if err != nil {
			return
		}
		again, err := sdp.Parse(s.Marshal())
		if err != nil {
			t.Fatalf("%v in what was written:\n%q\nof %q", err, s.Marshal(), text)
		}
		if len(again.Media) != len(s.Media) {
			t.Fatalf("%d media became %d", len(s.Media), len(again.Media))
		}
		if answer, _, err := local().Answer(s); err == nil {
			if _, err := sdp.Parse(answer); err != nil {
				t.Fatalf("the answer cannot be read: %v\n%s", err, answer)
			}
		}
	})
}
