package courier

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of the Standard Webhooks specification.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

// Sign sets the headers that prove who sent a body, with each key (Rule W-03): HMAC-SHA256 of ID.TIMESTAMP.BODY, by the Standard Webhooks
// specification.
func Sign(h http.Header, id string, keys [][]byte, body []byte, at time.Time) {
	stamp := strconv.FormatInt(at.Unix(), 10)
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, stamp)
	signatures := make([]string, len(keys))
	for i, key := range keys {
		signatures[i] = "v1," + Signature(key, id, stamp, body)
	}
	h.Set(HeaderSignature, strings.Join(signatures, " "))
}

// Signature is that of one key, in base64.
func Signature(key []byte, id, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
