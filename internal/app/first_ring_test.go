package app_test

import (
	"bufio"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/tracking"
)

// An open live board, which reads itself anew when it is told to and at no other time, shows the advert behind a call while the call rings; the clock
// stands still meanwhile. Rule T-114.
func TestTheAdvertIsOnTheBoardWhileItRings(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	owner := o.member("owner@shop.example", access.Owner)
	o.tracksItsSite()
	sites, err := tracking.Sites(t.Context(), o.app.DB, "shop")
	if err != nil {
		t.Fatal(err)
	}
	o.phone.Does(siptest.Rings)
	o.trunk.Does(siptest.Rings)
	o.clock.stop()
	answer, err := o.app.Collector.Take(t.Context(), tracking.Hit{
		Key: sites[0].Key, Kind: tracking.PageHit, Consent: tracking.FullConsent, URL: "http://localhost" + advert, ID: "hit1", Targets: []string{"t1"},
	}, tracking.Sender{Address: netip.MustParseAddr("198.51.100.7"), Agent: pixel, Origin: "http://localhost"}, o.clock.now())
	if err != nil {
		t.Fatal(err)
	}

	words := owner.follows("project:shop/calls")
	leg, err := o.trunk.Stack.Dial(sip.Target{Trunk: "pbx", User: answer.Numbers["t1"], From: sip.Party{User: "+380502222222"}, SDP: o.voice(900).Offer()}, func(*sip.Leg, sip.Event) {})
	if err != nil {
		t.Fatal(err)
	}
	defer leg.Hangup(sip.Normal)
	for words.Scan() {
		if words.Text() != "event: update" {
			continue
		}
		_, board := owner.opens("/p/shop/live/now")
		if !strings.Contains(board, "google / cpc / spring · red roses") {
			continue
		}
		if text := said("<main" + board); !strings.Contains(text, "Ringing 1") || !strings.Contains(text, "Talking 0") {
			t.Errorf("the board has the advert when the call no longer rings: %s", text)
		}
		return
	}
	t.Fatalf("the stream ended before the advert was on the board: %v", words.Err())
}

// follows opens the stream of an open page.
func (v *visitor) follows(topic string) *bufio.Scanner {
	v.Helper()
	response, err := v.client.Get(v.url + "/live?topics=" + topic)
	if err != nil || response.StatusCode != http.StatusOK {
		v.Fatalf("the stream: %v %v", response, err)
	}
	v.Cleanup(func() { _ = response.Body.Close() })
	return bufio.NewScanner(response.Body)
}
