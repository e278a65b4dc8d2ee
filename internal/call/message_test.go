package call_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// A crash cuts off a message that is being left: it comes to its call, is told to whom it was for, once, and is the call's result. Where
// somebody had talked, or nothing was said, the result stays. Rules T-30, T-102.
func TestMessageOutlivesACrash(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		files := call.FilesIn(t.TempDir())
		seconds := func(n int) []byte { return wav(7, 2, 8, []byte(strings.Repeat("\x80\xff", n*8000))) }
		var told []call.MessageLeft
		sweeper := call.Sweeper{DB: db, Files: files, Voicemail: func(_ context.Context, _ *store.Tx, m call.MessageLeft) error {
			told = append(told, m)
			return nil
		}}
		leave := func(second int, who string, said []byte) call.ID {
			id := call.IDAt(at(second), 7)
			r := call.Recording{Call: call.Ref{Project: "shop", ID: id}, N: 1, Kind: call.VoicemailRecording, Consent: call.ConsentOff, StartedAt: at(second + 5)}
			h.must(func(ctx context.Context, tx *store.Tx) error {
				return call.Open(ctx, tx, call.Opening{Project: "shop", ID: id, Direction: call.Inbound, Client: who, Number: main, Node: "n1"})
			})
			h.must(func(ctx context.Context, tx *store.Tx) error {
				return call.ExpectMessage(ctx, tx, r.Call, 1, []string{"ann@shop.example", "bob@shop.example"})
			})
			incoming(t, files, r.IncomingName(), said)
			return id
		}
		long, short := leave(0, client, seconds(3)), leave(100, client, seconds(0))
		talked := leave(200, other, seconds(3))
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return call.Connect(ctx, tx, call.Connection{Project: "shop", ID: talked, At: at(204), Person: person("bob", h.bob)})
		})
		if n, err := call.Recover(context.Background(), db, at(900)); n != 3 || err != nil {
			t.Fatal(n, err)
		}
		for range 2 {
			if _, err := sweeper.Step(context.Background(), time.Now().Add(2*time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		for id, want := range map[call.ID]call.Status{long: call.Voicemail, short: call.Failed, talked: call.Answered} {
			if d := h.get(id); d.Status != want || !d.Recovered || d.Owed != (want != call.Answered) {
				t.Errorf("call %s: %+v, want %s", id, d.Call, want)
			}
		}
		if d := h.get(long); d.Timeline[len(d.Timeline)-1].Code != call.LeftVoicemail || len(d.Recordings) != 1 {
			t.Errorf("%+v, %+v", d.Timeline, d.Recordings)
		}
		if len(told) != 2 || told[0].From != client || told[0].Number != main || told[0].Seconds != 3 || !slices.Equal(told[0].Emails, []string{"ann@shop.example", "bob@shop.example"}) {
			t.Errorf("told: %+v", told)
		}
		var left int
		if err := db.QueryRow(context.Background(), `SELECT COUNT(*) FROM call_message`).Scan(&left); err != nil || left != 0 {
			t.Errorf("%d messages are still expected, %v", left, err)
		}
	})
}
