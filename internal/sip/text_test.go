package sip_test

import (
	"strings"
	"testing"

	"bellwether/internal/sip"
)

// TestDialled (Rule T-62).
func TestDialled(t *testing.T) {
	t.Parallel()
	for user, want := range map[string]string{
		"100": "100", "+380441234567": "+380441234567", "+380(44)123-45.67": "+380441234567", "*72%2323": "*72#23", "%2B380441234567": "+380441234567",
		"0441234567;phone-context=+380": "0441234567", strings.Repeat("1", 32): strings.Repeat("1", 32),
		"": "", "+": "", "alice": "", "1+2": "", "++1": "", "1 2": "", "1@evil": "", "1%00": "", "1\r\n": "", "٣": "", strings.Repeat("1", 33): "", "-": "",
	} {
		if got, ok := sip.Dialled(user); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v; want %q", user, got, ok, want)
		}
	}
}

func TestDirectionOf(t *testing.T) {
	t.Parallel()
	for sdp, want := range map[string]sip.Direction{
		"v=0\r\nm=audio 1 RTP/AVP 8\r\n":                                                sip.SendRecv,
		"v=0\r\na=sendonly\r\nm=audio 1 RTP/AVP 8\r\n":                                  sip.SendOnly,
		"v=0\r\na=sendonly\r\nm=audio 1 RTP/AVP 8\r\na=recvonly\r\n":                    sip.RecvOnly,
		"v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 1 RTP/AVP 8\r\n":                            sip.Inactive,
		"v=0\r\nm=audio 1 RTP/AVP 8\r\na=inactive\r\nm=video 1 RTP/AVP 9\r\na=sendrecv": sip.Inactive,
		"": sip.SendRecv,
	} {
		if got := sip.DirectionOf([]byte(sdp)); got != want {
			t.Errorf("%q: %s, want %s", sdp, got, want)
		}
	}
}
