package calls_test

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/store"
)

// begin begins a call that goes on.
func (d *desk) begin(n int, phase call.Phase, who ...call.Person) call.ID {
	d.Helper()
	id := call.IDAt(d.Now().Add(-40*time.Second), n)
	d.Write(func(ctx context.Context, tx *store.Tx) error {
		return call.Open(ctx, tx, call.Opening{Project: "shop", ID: id, Direction: call.Inbound, Client: client, Number: main, Node: "n", Person: who[0], State: call.State{
			Phase: phase, At: d.Now().Add(-30 * time.Second), Queue: "Sales", Position: 1, People: who,
		}})
	})
	return id
}

// The board shows what goes on, to whom it may, and offers to listen where there is a PBX.
func TestLive(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.owner.Get("/p/shop/live").Must(t, http.StatusOK, "Nobody is calling now", "Free")
	talk := d.begin(1, call.Talking, call.Person{ID: "e1", Name: "Ann", User: d.annID})
	bob := call.Person{ID: "e2", Name: "Bob", User: "somebody"}
	d.begin(2, call.InQueue, bob, bob)
	not(t, d.owner.Get("/p/shop/live/now"), "Bob, Bob") // who has several telephones is named once
	d.owner.Get("/p/shop/live/now").Must(t, http.StatusOK, "Sales, place 1", "In the queue", "Talking", "0:30", "/listen", "/whisper", "/barge")
	mine := d.ann.Get("/p/shop/live").Must(t, http.StatusOK, "/listen")
	not(t, mine, "Bob")
	not(t, d.marketer.Get("/p/shop/live").Must(t, http.StatusOK, "Bob"), "/listen")
	d.owner.Post("/p/shop/live/"+talk.String()+"/whisper", nil).Must(t, http.StatusOK, "Your phone rings")
	d.owner.Post("/p/shop/live/"+talk.String()+"/barge", nil).Must(t, http.StatusOK, "Your phone rings")
	if want := []string{"whisper " + talk.String(), "barge " + talk.String()}; !slices.Equal(d.exchange.asked, want) {
		t.Errorf("asked %q", d.exchange.asked)
	}
	without := openWith(t, nil)
	without.begin(1, call.Talking, call.Person{ID: "e1", Name: "Ann"})
	not(t, without.owner.Get("/p/shop/live").Must(t, http.StatusOK, "Ann"), "/listen")
}

// The board says how promptly today's calls were answered and how many wait in which queue; on a screen that everybody sees nobody's number
// stands, and there is nothing to press. Rule T-128.
func TestBigScreen(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.owner.Get("/p/shop/live/now").Must(t, http.StatusOK, "Answered within 20 s", "today, 2 of 4", "50%")
	bob := call.Person{ID: "e2", Name: "Bob", User: "somebody"}
	d.begin(1, call.Talking, bob)
	d.begin(2, call.InQueue, bob)
	d.begin(3, call.InQueue, bob)
	not(t, d.owner.Get("/p/shop/live").Must(t, http.StatusOK, "?wall=yes", shown), "2 wait") // one queue alone says it already
	wall := d.owner.Get("/p/shop/live?wall=yes").Must(t, http.StatusOK, `data-refresh="/p/shop/live/now?wall=yes"`, "2 wait", "Sales", "Ann", "Ordinary view")
	not(t, wall, shown, "/listen", "/hang-up", "/connect")
	not(t, d.owner.Get("/p/shop/live/now?wall=yes").Must(t, http.StatusOK, "2 wait"), shown)
}
