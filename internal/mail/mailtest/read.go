package mailtest

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"regexp"
	"strings"
	"testing"
)

// Read takes a message apart as a mail program does.
func (d Delivery) Read(t testing.TB) (header mail.Header, text, html string) {
	t.Helper()
	m, err := mail.ReadMessage(strings.NewReader(d.Text))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	var bodies []string
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, string(body))
	}
	if len(bodies) != 2 {
		t.Fatalf("%d parts, want text and HTML", len(bodies))
	}
	return m.Header, bodies[0], bodies[1]
}

// Subject is the subject of a message, in plain letters.
func (d Delivery) Subject(t testing.TB) string {
	t.Helper()
	header, _, _ := d.Read(t)
	subject, err := (&mime.WordDecoder{}).DecodeHeader(header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	return subject
}

// Headers are the lines of a message before its body, unfolded.
func (d Delivery) Headers() []string {
	head, _, _ := strings.Cut(d.Text, "\r\n\r\n")
	return strings.Split(strings.NewReplacer("\r\n ", " ", "\r\n\t", " ").Replace(head), "\r\n")
}

var address = regexp.MustCompile(`https?://[^/\s]+(/\S*)`)

// Link is the path that the message's first link leads to.
func (d Delivery) Link(t testing.TB) string {
	t.Helper()
	_, text, _ := d.Read(t)
	found := address.FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no link in %s", text)
	}
	return found[1]
}
