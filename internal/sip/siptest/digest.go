package siptest

import (
	"github.com/icholy/digest"
)

// Sign answers a challenge: a header line for Request. Algorithm is "MD5" or "SHA-256"; count is 1 for a new nonce.
func Sign(challenge *Message, algorithm, method, uri, user, password string, count int) string {
	for _, h := range challenge.GetHeaders("WWW-Authenticate") {
		c, err := digest.ParseChallenge(h.Value())
		if err != nil || c.Algorithm != algorithm {
			continue
		}
		proof, err := digest.Digest(c, digest.Options{Method: method, URI: uri, Username: user, Password: password, Count: count})
		if err == nil {
			return "Authorization: " + proof.String()
		}
	}
	return "X-No-Challenge: " + algorithm
}

// Register registers a peer as a user of the stack and waits for the answer. Extra are header lines, such as Contact ones that take the
// place of the peer's own.
func (p *Peer) Register(password string, extra ...string) *Message {
	p.t.Helper()
	c := p.NewCall(p.User)
	c.Target = "sip:" + p.to.String()
	return p.RegisterAs(c, password, extra...)
}

// RegisterAs is Register within a registration that goes on: the Call-ID stays, CSeq counts.
func (p *Peer) RegisterAs(c *Call, password string, extra ...string) *Message {
	p.t.Helper()
	p.Request(c, "REGISTER", nil, extra...)
	m := p.Expect("2xx", "4xx", "5xx")
	if !m.Is("401") {
		return m
	}
	p.Request(c, "REGISTER", nil, append(extra, Sign(m, "MD5", "REGISTER", c.Target, p.User, password, 1))...)
	return p.Expect("2xx", "4xx", "5xx")
}
