package live_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bellwether/internal/web/live"
)

// told is one event as a browser gets it.
type told struct{ name, id, data string }

// site serves one hub to anybody who gives a name; topics beginning with "secret" are nobody's.
func site(t *testing.T, still func(string) bool) (*live.Hub, string) {
	t.Helper()
	hub := live.NewHub()
	stream := live.Stream{
		Hub: hub, Beat: 5 * time.Millisecond,
		Enter: func(w http.ResponseWriter, r *http.Request, topics []string) (live.Access, bool) {
			name := r.URL.Query().Get("me")
			if name == "" {
				http.Error(w, "who are you", http.StatusUnauthorized)
				return live.Access{}, false
			}
			var may []string
			for _, topic := range topics {
				if !strings.HasPrefix(topic, "secret") {
					may = append(may, topic)
				}
			}
			return live.Access{Principal: name, Session: r.URL.Query().Get("session"), Topics: may}, true
		},
		Still: func(_ *http.Request, principal string) bool { return still == nil || still(principal) },
	}
	server := httptest.NewServer(stream)
	t.Cleanup(server.Close)
	t.Cleanup(hub.Close)
	return hub, server.URL
}

// open gives the events of a stream as they come; the channel is closed with the stream.
func open(t *testing.T, url string) <-chan told {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("status %d", answer.StatusCode)
	}
	events := make(chan told, 1000)
	go func() {
		defer close(events)
		var now told
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "event":
				now.name = value
			case "id":
				now.id = value
			case "data":
				now.data += value + "|"
			case "":
				if now.name != "" {
					events <- now
				}
				now = told{}
			}
		}
	}()
	return events
}

func next(t *testing.T, events <-chan told) told {
	t.Helper()
	select {
	case event, ok := <-events:
		if !ok {
			t.Fatal("the stream ended")
		}
		return event
	case <-time.After(5 * time.Second):
		t.Fatal("no event within 5 s")
	}
	return told{}
}

// awaitReaders waits until the hub has so many streams: the answer's header comes a moment before.
func awaitReaders(t *testing.T, hub *live.Hub, n int) {
	t.Helper()
	deadline := time.After(5 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for hub.Readers() != n {
		select {
		case <-deadline:
			t.Fatalf("%d readers, want %d", hub.Readers(), n)
		case <-tick.C:
		}
	}
}

func TestUpdatesReachThoseWhoMayReadThem(t *testing.T) {
	t.Parallel()
	hub, url := site(t, nil)
	ann := open(t, url+"?me=ann&topics=a,secret")
	bob := open(t, url+"?me=bob&topics=b")
	awaitReaders(t, hub, 2)
	hub.Publish("secret", "nobody's")
	hub.Publish("a", "one\ntwo")
	hub.Publish("b", "")
	if got := next(t, ann); got.name != "update" || got.data != "a|one|two|" {
		t.Errorf("ann got %+v", got)
	}
	if got := next(t, bob); got.data != "b||" && got.data != "b|" {
		t.Errorf("bob got %+v", got)
	}
}

func TestStreamGoesOnWhereItBrokeOff(t *testing.T) {
	t.Parallel()
	hub, url := site(t, nil)
	first := open(t, url+"?me=ann&topics=a,b")
	awaitReaders(t, hub, 1)
	hub.Publish("a", "1")
	last := next(t, first).id
	hub.Publish("b", "2")
	hub.Publish("c", "not asked for")
	hub.Publish("a", "3")
	again := open(t, url+"?me=ann&topics=a,b&last="+last)
	for _, want := range []string{"b|2|", "a|3|"} {
		if got := next(t, again); got.name != "update" || got.data != want {
			t.Fatalf("got %+v, want %s", got, want)
		}
	}
	hub.Publish("a", "4")
	if got := next(t, again); got.data != "a|4|" {
		t.Errorf("got %+v, want 4", got)
	}
}

func TestWhatCannotBeCaughtUpWithIsAReset(t *testing.T) {
	t.Parallel()
	hub, url := site(t, nil)
	first := open(t, url+"?me=ann&topics=a")
	awaitReaders(t, hub, 1)
	hub.Publish("a", "0")
	last := next(t, first).id
	for i := range 200 { // more than is remembered
		hub.Publish("a", fmt.Sprint(i))
	}
	for name, id := range map[string]string{"too long ago": last, "another run": "0123456789ab-1", "nonsense": "x"} {
		events := open(t, url+"?me=ann&topics=a&last="+id)
		got := next(t, events)
		if got.name != "reset" || got.id == "" {
			t.Errorf("%s: got %+v, want a reset with an id", name, got)
		}
	}
}

func TestRevokedStreamsEnd(t *testing.T) {
	t.Parallel()
	hub, url := site(t, nil)
	ann, bob := open(t, url+"?me=ann&topics=a"), open(t, url+"?me=bob&topics=a")
	awaitReaders(t, hub, 2)
	begun := time.Now()
	hub.Revoke("ann")
	if got := next(t, ann); got.name != "end" {
		t.Errorf("ann got %+v, want the end", got)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	awaitReaders(t, hub, 1)
	hub.Publish("a", "on")
	if got := next(t, bob); got.data != "a|on|" {
		t.Errorf("bob got %+v", got)
	}
}

func TestAnotherNodesWordEndsAStreamAtTheNextBeat(t *testing.T) {
	t.Parallel()
	var blocked atomic.Bool
	hub, url := site(t, func(string) bool { return !blocked.Load() })
	events := open(t, url+"?me=ann&topics=a")
	awaitReaders(t, hub, 1)
	blocked.Store(true)
	if got := next(t, events); got.name != "end" {
		t.Errorf("got %+v, want the end", got)
	}
}

func TestStrangersAndNonsenseAreRefused(t *testing.T) {
	t.Parallel()
	_, url := site(t, nil)
	for query, want := range map[string]int{
		"?topics=a":        http.StatusUnauthorized,
		"?me=ann":          http.StatusBadRequest,
		"?me=ann&topics=,": http.StatusBadRequest,
		"?me=ann&topics=" + strings.Repeat("a,", 51): http.StatusBadRequest,
	} {
		answer, err := http.Get(url + query)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s: status %d, want %d", query, answer.StatusCode, want)
		}
	}
}

// A reader whose browser takes nothing must not hold publishing up; it is cut off.
func TestSlowReadersAreCutOff(t *testing.T) {
	t.Parallel()
	hub, url := site(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"?me=ann&topics=a", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request) // nobody reads its body
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	awaitReaders(t, hub, 1)
	large := strings.Repeat("x", 1<<20)
	for range 200 {
		hub.Publish("a", large)
	}
	awaitReaders(t, hub, 0)
}

// One session has a bounded number of streams: the oldest ends when one too many is opened.
func TestStreamsOfASessionAreBounded(t *testing.T) {
	t.Parallel()
	hub, url := site(t, nil)
	first := open(t, url+"?me=ann&session=s1&topics=a")
	other := open(t, url+"?me=ann&session=s2&topics=a")
	for range 32 {
		open(t, url+"?me=ann&session=s1&topics=a")
	}
	select {
	case got := <-first:
		if got.name != "end" {
			t.Errorf("the oldest stream is told %q, want its end", got.name)
		}
	case <-time.After(5 * time.Second):
		t.Error("the oldest stream goes on")
	}
	hub.Publish("a", "x")
	if got := <-other; got.name != "update" {
		t.Errorf("another session's stream is told %q", got.name)
	}
	if n := hub.Readers(); n != 33 {
		t.Errorf("%d streams are open, want 33", n)
	}
}
