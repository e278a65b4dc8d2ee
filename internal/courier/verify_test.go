package courier_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"bellwether/internal/courier"
)

// begin verify
// verified reports whether a message is ours. secret is what the cabinet showed: "whsec_...".
func verified(h http.Header, body []byte, secret string, now time.Time) bool {
	id, stamp := h.Get("webhook-id"), h.Get("webhook-timestamp")
	sent, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || now.Sub(time.Unix(sent, 0)).Abs() > 5*time.Minute {
		return false // old: somebody repeats what they overheard
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body)
	for one := range strings.FieldsSeq(h.Get("webhook-signature")) {
		given, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(one, "v1,"))
		if err == nil && hmac.Equal(given, mac.Sum(nil)) {
			return true
		}
	}
	return false
}

// end verify

// Rule W-03: what the guide tells programmers verifies what we sign, and nothing else; during a rotation by either secret.
func TestTheGuideVerifies(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../docs/guide/webhooks.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("verify_test.go")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(source), "// begin verify\n")
	code, _, _ = strings.Cut(code, "\n// end verify")
	if !strings.Contains(string(guide), "```go\n"+code+"```") {
		t.Errorf("the guide does not have\n%s", code)
	}
	const secret, old = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	now, body := time.Unix(1_700_000_000, 0), []byte(`{"a":1}`)
	h := http.Header{}
	courier.Sign(h, "msg_1", [][]byte{keyOf(t, secret), keyOf(t, old)}, body, now)
	for _, s := range []string{secret, old} {
		if !verified(h, body, s, now.Add(time.Minute)) {
			t.Errorf("%s is refused", s)
		}
	}
	if verified(h, body, "whsec_AAAA", now) || verified(h, []byte(`{"a":2}`), secret, now) || verified(h, body, secret, now.Add(time.Hour)) || verified(http.Header{}, body, secret, now) {
		t.Error("what is not ours is taken")
	}
}

func keyOf(t *testing.T, secret string) []byte {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	return key
}
