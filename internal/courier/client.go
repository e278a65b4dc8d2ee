package courier

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/publicnet"
	"bellwether/internal/webhook"
)

// Timeout is how long a delivery may take, from the name's resolution to the answer (Rule W-08).
const Timeout = 10 * time.Second

const (
	longestHeader = 16 << 10
	longestRead   = 8 << 10
	agent         = "Bellwether-Webhook/1"
)

// Client sends requests to servers that customers name. Make one with NewClient. Safe for concurrent use.
type Client struct {
	http    *http.Client
	allowed []netip.Prefix
}

// NewClient makes one that reaches the public network, and the networks that the operator allows besides; plain HTTP is spoken to those
// alone. roots are whom to believe certificates; nil for the system's.
func NewClient(allowed []netip.Prefix, roots *x509.CertPool) *Client {
	c := &Client{allowed: allowed}
	const idle, perHost = 64, 4
	transport := &http.Transport{
		Proxy: nil, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}, MaxIdleConns: idle, MaxIdleConnsPerHost: perHost,
		IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: longestHeader, ForceAttemptHTTP2: true, DisableCompression: true,
	}
	transport.DialContext = c.dial(false)
	transport.DialTLSContext = nil
	c.http = &http.Client{
		Transport:     &bySpeech{secure: transport, plain: c.plainOf(transport)},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

// plainOf is the transport for plain HTTP, which only goes to networks that the operator allows.
func (c *Client) plainOf(secure *http.Transport) *http.Transport {
	t := secure.Clone()
	t.DialContext = c.dial(true)
	return t
}

// bySpeech sends a request by the transport of its scheme.
type bySpeech struct{ secure, plain http.RoundTripper }

func (b *bySpeech) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "https" {
		return b.secure.RoundTrip(r)
	}
	return b.plain.RoundTrip(r)
}

// dial looks at the address of each connection once it is resolved and before anything is sent.
func (c *Client) dial(plain bool) func(ctx context.Context, network, address string) (net.Conn, error) {
	d := &net.Dialer{Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !c.reaches(to.Addr(), plain) {
			return webhook.Private()
		}
		return nil
	}}
	return d.DialContext
}

// reaches reports whether requests go to an address (Rule W-01).
func (c *Client) reaches(a netip.Addr, plain bool) bool {
	a = a.Unmap().WithZone("")
	allowed := slices.ContainsFunc(c.allowed, func(p netip.Prefix) bool { return p.Contains(a) })
	return allowed || !plain && publicnet.Has(a)
}

// Post sends a signed message and says what came of it.
func (c *Client) Post(ctx context.Context, address, id string, keys [][]byte, body []byte, at time.Time) webhook.Answer {
	answer, _ := c.post(ctx, address, id, keys, body, at, longestRead)
	return answer
}

// post gives the beginning of the answer's body too.
func (c *Client) post(ctx context.Context, address, id string, keys [][]byte, body []byte, at time.Time, most int64) (webhook.Answer, []byte) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	began := time.Now()
	took := func() time.Duration { return time.Since(began) }
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return webhook.Answer{Text: inShort(err), Took: took()}, nil
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", agent)
	Sign(r.Header, id, keys, body, at)
	response, err := c.http.Do(r)
	if err != nil {
		return webhook.Answer{Text: inShort(err), Took: took()}, nil
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, most))
	answer := webhook.Answer{Status: response.StatusCode, Text: string(text), Took: took(), RetryAfter: retryAfter(response.Header)}
	if err != nil && answer.OK() { // it said yes and then broke off: whether it has taken the message nobody knows
		answer.Status, answer.Text = 0, inShort(err)
	}
	if to := response.Header.Get("Location"); response.StatusCode/100 == 3 {
		answer.Text = strings.TrimSpace("a redirect, which is not followed: " + to)
	}
	return answer, text
}

// retryAfter reads how many seconds an endpoint wants to be left alone.
func retryAfter(h http.Header) time.Duration {
	n, err := strconv.ParseInt(h.Get("Retry-After"), 10, 32)
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(n) * time.Second
}

// inShort is why a server could not be asked, without the address, which may hold a secret of the customer's, and without
// addresses of ours.
func inShort(err error) string {
	var known *errs.Error
	if errors.As(err, &known) {
		return known.Message
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	if lookup := (*net.DNSError)(nil); errors.As(err, &lookup) {
		return lookup.Name + ": " + lookup.Err
	}
	if broken := (*net.OpError)(nil); errors.As(err, &broken) {
		return broken.Err.Error()
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return err.Error()
}
