package app_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// dial opens a connection to the node and says something on it.
func (n *node) dial(text string) net.Conn {
	n.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(n.url, "http://"))
	if err != nil {
		n.Fatal(err)
	}
	n.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		n.Fatal(err)
	}
	if _, err := io.WriteString(conn, text); err != nil {
		n.Fatal(err)
	}
	return conn
}

// A node that is told to stop answers what it has begun to read, takes nothing new, and stops.
func TestDrain(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir(), time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC))
	const body = `{"project":"demo","name":"Demo","country":"UA","time_zone":"Europe/Kyiv","book":"ringostat"}`
	conn := n.dial(fmt.Sprintf("POST /v1/projects HTTP/1.1\r\nHost: node\r\nAuthorization: Bearer %s\r\nIdempotency-Key: one\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n",
		n.key(), len(body)))
	reader := bufio.NewReader(conn)
	if line, err := reader.ReadString('\n'); err != nil || !strings.Contains(line, "100") { // the node reads the request now
		t.Fatalf("%q, %v", line, err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- n.stop() }()
	for { // until the door is shut
		other, err := net.Dial("tcp", strings.TrimPrefix(n.url, "http://"))
		if err != nil {
			break
		}
		_ = other.Close()
	}
	if _, err := io.WriteString(conn, body); err != nil {
		t.Fatal(err)
	}
	if _, err := reader.ReadString('\n'); err != nil { // the empty line after 100
		t.Fatal(err)
	}
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusCreated {
		t.Errorf("the running request was answered %s", response.Status)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// A client that does not get on with its request is cut off, before and within the body.
func TestSlowClientsAreCut(t *testing.T) {
	t.Parallel()
	n := start(t, t.TempDir(), time.Date(2026, 3, 10, 10, 0, 0, 0, time.UTC))
	key := n.key()
	head := n.dial("GET /v1/books HTTP/1.1\r\nHost: node\r\n")
	body := n.dial("POST /v1/quote HTTP/1.1\r\nHost: node\r\nAuthorization: Bearer " + key + "\r\nContent-Length: 100\r\n\r\n{")
	if text, err := io.ReadAll(head); err != nil || strings.Contains(string(text), "200 OK") {
		t.Errorf("half a header is answered %q, %v", text, err)
	}
	if text, err := io.ReadAll(body); err != nil || !strings.Contains(string(text), "api.body_slow") {
		t.Errorf("half a body is answered %q, %v", text, err)
	}
}
