package wire

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What becomes of each message of RFC 4475 at the sanity stage: 0 passes it on, -1 drops it, anything else is the answer.
// Where the RFC leaves a choice, the comment says which we made.
var torture = map[string]int{
	// 3.1.1 valid messages
	"wsinv": 0, "intmeth": 0, "esc01": 0, "escnull": 0, "esc02": 0, "lwsdisp": 0, "longreq": 0, "dblreq": 0, "semiuri": 0,
	"transports": 0, "mpart01": 0, "unreason": 0, "noreason": 0,
	// 3.1.2 invalid messages
	"badinv01": 400, "clerr": 400, "ncl": 400, "scalar02": 400, "scalarlg": -1, "quotbal": 400, "ltgtruri": 400, "lwsruri": 400,
	"lwsstart": 400, "trws": 400, "escruri": 400,
	"baddate":  0, // we use no Date, so its zone is no concern of ours
	"regbadct": 400, "badaspec": 400, "baddn": 400, "badvers": 505, "mismatch01": 400, "mismatch02": 400, "bigcode": -1,
	// 3.2 and 3.3, transactions and the application
	"badbranch": 400, "insuf": 400, "unkscm": 416, "novelsc": 416,
	"unksm2":   0, // a registrar of ours refuses it: no account has such an address
	"bext01":   420,
	"invut":    0, // 415 comes from the dialog layer
	"regaut01": 0, // challenged as without credentials
	"multi01":  400, "mcl01": 400, "bcast": -1,
	"zeromf":   0, // it has arrived
	"cparam01": 0, "cparam02": 0, "regescrt": 0,
	"sdp01": 0, // 406 comes from the dialog layer
	// 3.4
	"inv2543": 0,
}

// TestTorture sends the messages of RFC 4475 through the sanity stage (Rule T-60).
func TestTorture(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/rfc4475/*.dat")
	if err != nil || len(files) != len(torture) {
		t.Fatalf("%d messages, want %d (%v)", len(files), len(torture), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".dat")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got, why := verdict(data); got != torture[name] {
				t.Errorf("verdict %d (%s), want %d", got, why, torture[name])
			}
		})
	}
}

func verdict(data []byte) (int, string) {
	_, raw, fault := Parse(data)
	switch {
	case fault == nil:
		return 0, ""
	case fault.Code == 0 || raw == nil || raw.refusal(fault, Flow{}) == nil:
		return -1, fault.Why
	}
	return fault.Code, fault.Why
}

// TestTortuousInvite reads the first message of RFC 4475 in detail: white space everywhere changes nothing.
func TestTortuousInvite(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/rfc4475/wsinv.dat")
	if err != nil {
		t.Fatal(err)
	}
	m, _, fault := Parse(data)
	if fault != nil {
		t.Fatal(fault.Why)
	}
	r := m.(*Request)
	vias := r.GetHeaders("Via")
	if len(vias) != 3 || vias[1].Value() != "SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8" {
		t.Errorf("Via: %v", vias)
	}
	for what, got := range map[string]string{
		"1918181833n": Tag(r.To().Params), "98asjd8": Tag(r.From().Params), "390skdjuw": r.Via().Params.GetOr("branch", ""),
		"0.33": r.Contact().Params.GetOr("q", ""), "newvalue": r.Contact().Params.GetOr("newparam", ""), "68": r.MaxForwards().Value(),
		"newfangled value continued newfangled value": Value(r, "newfangledheader"), "9 INVITE": r.CSeq().Value(),
	} {
		if got != what {
			t.Errorf("got %q, want %q", got, what)
		}
	}
	if len(r.Body()) != 150 {
		t.Errorf("body of %d bytes", len(r.Body()))
	}
}

const options = "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n"

// TestIPv6 sends the messages of RFC 5118 through, those that differ in an address by that address.
func TestIPv6(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		old, new string
		want     int
	}{
		"4.1 valid SIP message with an IPv6 reference": {"sip:h SIP", "sip:[2001:db8::10] SIP", 0},
		"4.2 invalid: no brackets":                     {"sip:h SIP", "sip:2001:db8::10 SIP", 400},
		"4.3 port ambiguous":                           {"sip:h SIP", "sip:[2001:db8::10:5070] SIP", 0},
		"4.4 port unambiguous":                         {"sip:h SIP", "sip:[2001:db8::10]:5070 SIP", 0},
		"4.5 received in brackets":                     {"UDP h;", "UDP [2001:db8::9:1];received=[2001:db8::9:255];", 0},
		"4.5 received without":                         {"UDP h;", "UDP [2001:db8::9:1];received=2001:db8::9:255;", 0},
		"4.6 scoped":                                   {"<sip:b@h>", "<sip:b@[fe80::1]>", 0},
		"4.7 several of both":                          {"UDP h;", "UDP [2001:db8::9:1]:6050;", 0},
		"4.8 dotted quad inside":                       {"<sip:b@h>", "<sip:b@[::ffff:192.0.2.10]:19823>", 0},
		"4.10 three colons":                            {"<sip:b@h>", "<sip:b@[2001:db8:::192.0.2.1]>", 400},
		"no closing bracket":                           {"sip:h SIP", "sip:[2001:db8::10 SIP", 400},
		"port beyond the bracket is no number":         {"UDP h;", "UDP [2001:db8::1]:abc;", 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			message := strings.Replace(options, c.old, c.new, 1) + "\r\n"
			if got, why := verdict([]byte(message)); got != c.want {
				t.Errorf("verdict %d (%s), want %d", got, why, c.want)
			}
		})
	}
}

// TestSanity goes over what the parser alone lets through.
func TestSanity(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		message string
		want    int
	}{
		"plain":                       {options + "\r\n", 0},
		"nothing":                     {"", -1},
		"HTTP":                        {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", -1},
		"no end":                      {options[:60], -1},
		"two lengths":                 {options + "Content-Length: 0\r\nl: 0\r\n\r\n", 400},
		"length beyond the datagram":  {options + "Content-Length: 4\r\n\r\nabc", 400},
		"length short of it":          {options + "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nabc", 0},
		"body of no type":             {options + "\r\nabc", 400},
		"CSeq of another method":      {strings.Replace(options, "1 OPTIONS", "1 INVITE", 1) + "\r\n", 400},
		"CSeq too large":              {strings.Replace(options, "1 OPTIONS", "2147483648 OPTIONS", 1) + "\r\n", 400},
		"Max-Forwards too large":      {options + "Max-Forwards: 256\r\n\r\n", 400},
		"Max-Forwards no number":      {options + "Max-Forwards: many\r\n\r\n", 400},
		"unknown extension":           {options + "Require: 100rel, teleport\r\n\r\n", 420},
		"known extension":             {options + "Require: 100rel\r\n\r\n", 0},
		"proxy extension":             {options + "Proxy-Require: sec-agree\r\n\r\n", 420},
		"71 Via":                      {options + strings.Repeat("Via: SIP/2.0/UDP h;branch=z9hG4bKb\r\n", 70) + "\r\n", 483},
		"a bell in a header":          {options + "Subject: a\ab\r\n\r\n", 400},
		"a header without colon":      {options + "Subject\r\n\r\n", 400},
		"a bare line feed":            {options + "Subject: a\nX: b\r\n\r\n", 400},
		"quote not closed":            {strings.Replace(options, "<sip:b@h>", `"b <sip:b@h>`, 1) + "\r\n", 400},
		"two From":                    {options + "f: <sip:x@h>\r\n\r\n", 400},
		"compact names":               {"OPTIONS sip:h SIP/2.0\r\nv: SIP/2.0/UDP h;branch=z9hG4bKa\r\nf: <sip:a@h>;tag=1\r\nt: <sip:b@h>\r\ni: c\r\nCSeq: 1 OPTIONS\r\n\r\n", 0},
		"URI with a quote":            {strings.Replace(options, "sip:h", `sip:"h`, 1) + "\r\n", 400},
		"201 headers":                 {options + strings.Repeat("X: y\r\n", 200) + "\r\n", 400},
		"URI of 3000 bytes":           {strings.Replace(options, "sip:h", "sip:"+strings.Repeat("u", 3000)+"@h", 1) + "\r\n", 414},
		"port 70000":                  {strings.Replace(options, "sip:h ", "sip:h:70000 ", 1) + "\r\n", 400},
		"Via of another protocol":     {strings.Replace(options, "SIP/2.0/UDP", "ICE/2.0/UDP", 1) + "\r\n", 400},
		"ACK is never answered":       {strings.ReplaceAll(options, "OPTIONS", "ACK") + "l: 9\r\n\r\n", -1},
		"response of two Via":         {"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nVia: SIP/2.0/UDP g;branch=z9hG4bKb\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=2\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n", -1},
		"tel as the target":           {strings.Replace(options, "sip:h ", "tel:+380441234567 ", 1) + "\r\n", 0},
		"From without white space":    {strings.Replace(options, "<sip:a@h>;tag=1", `"A"<sip:a@h>;tag=1`, 1) + "\r\n", 0},
		"From with a comma, unquoted": {strings.Replace(options, "<sip:a@h>;tag=1", `Bell, A <sip:a@h>;tag=1`, 1) + "\r\n", 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, why := verdict([]byte(c.message)); got != c.want {
				t.Errorf("verdict %d (%s), want %d", got, why, c.want)
			}
		})
	}
}

// TestRefusalIsReadable: what answers an unreadable request is itself a message that passes.
func TestRefusalIsReadable(t *testing.T) {
	t.Parallel()
	_, raw, fault := Parse([]byte(options + "Require: teleport\r\n\r\n"))
	if fault == nil {
		t.Fatal("passed")
	}
	m, _, again := Parse(raw.refusal(fault, Flow{}))
	if again != nil {
		t.Fatalf("the answer is refused: %s", again.Why)
	}
	if got := Value(m, "Unsupported"); got != "teleport" {
		t.Errorf("Unsupported: %q", got)
	}
}

// TestHeadersCannotBeInjected: a value is one line, whoever wrote it (Rule T-70).
func TestHeadersCannotBeInjected(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\x00X-Evil: 1"} {
		if got := NewHeader("X-Tag", value).Value(); got != "a" {
			t.Errorf("%q became %q", value, got)
		}
	}
}

// FuzzParse: whatever comes in, nothing panics, and what passes can be written and read again.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/rfc4475/*.dat")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(options + "\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, raw, fault := Parse(data)
		if fault != nil {
			if raw != nil && fault.Code != 0 {
				raw.refusal(fault, Flow{})
			}
			return
		}
		if r, ok := m.(*Request); ok {
			answer := Answer(r, 200, "tag")
			answer.SetBody(nil)
			if text := answer.String(); strings.Count(text, "\r\n\r\n") != 1 {
				t.Errorf("an answer of two messages: %q", text)
			}
		}
	})
}
