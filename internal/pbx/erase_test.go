package pbx_test

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
	"bellwether/internal/routing"
	"bellwether/internal/sip"
	"bellwether/internal/sip/siptest"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Rule T-113: a client who was called, recorded, written about and waits to be called back is erased: no table and no file has the number
// any more, nobody calls them back, and every charge is there and explains itself.
func TestErasedPersonIsNowhere(t *testing.T) {
	t.Parallel()
	h := newHouseOn(t, storetest.PostgresDSN(t), "1000")
	h.settings(func(s *routing.Settings) { s.Recording.Mode = dialplan.RecordSilently })
	desk, mobile := h.voice(400), h.voice(900)
	h.carrier.Does(takes(mobile))
	petro := h.phone("petro")
	out := petro.Dial(client, desk.Offer())
	desk.Accept(h.answered(out).SDP)
	desk.Hear(900)
	out.Hangup(sip.Normal)
	called := h.logged()
	h.queue(func(q *dialplan.Queue) {
		q.Callback = &dialplan.QueueCallback{Digit: "1", Prompt: h.prompt(), AfterSeconds: 60}
	})
	c, voice := h.waits(700)
	voice.Press('1')
	siptest.Await[sip.Ended](c)
	h.logged()
	permit := h.permit(ident.ProjectOrg(shop))
	h.must(func(ctx context.Context, tx *store.Tx) error {
		_, err := call.AddNote(ctx, tx, permit, called.ID, "calls from "+client, h.began)
		return err
	})
	if len(h.places(client)) == 0 {
		t.Fatal("the number is nowhere before")
	}
	h.must(func(ctx context.Context, tx *store.Tx) error {
		erased, err := call.ErasePerson(ctx, tx, permit, client, h.began)
		if err != nil {
			return err
		}
		if erased.Calls != 2 || len(erased.Legs) == 0 {
			t.Errorf("erased: %+v", erased)
		}
		return charging.ErasePerson(ctx, tx, shop, client, erased.Legs)
	})
	h.until("nobody waits any more", func() bool { b := h.owner(); return !b.Waiting() })
	for _, place := range h.places(client) {
		t.Errorf("%s has the number", place)
	}
	for _, l := range h.charged() {
		if _, err := h.charging.Explain(context.Background(), h.db, shop, l.ID); err != nil {
			t.Errorf("leg %s to %s explains itself no more: %v", l.ID, l.To, err)
		}
	}
	h.nothingIsOpen()
}

// places are the columns and files that hold a text.
func (h *house) places(text string) (found []string) {
	h.Helper()
	digits := strings.TrimPrefix(text, "+")
	var tables []string
	h.each(`SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'`, func(cells []any, _ []string) {
		tables = append(tables, fmt.Sprint(cells[0]))
	})
	for _, table := range tables {
		h.each(`SELECT * FROM `+table, func(cells []any, columns []string) {
			for i, cell := range cells {
				if strings.Contains(fmt.Sprintf("%s", cell), digits) {
					found = append(found, table+"."+columns[i])
				}
			}
		})
	}
	if err := filepath.WalkDir(h.folder, func(path string, _ fs.DirEntry, err error) error {
		if strings.Contains(filepath.Base(path), digits) {
			found = append(found, path)
		}
		return err
	}); err != nil {
		h.Fatal(err)
	}
	return found
}

func (h *house) each(query string, row func(cells []any, columns []string)) {
	h.Helper()
	rows, err := h.db.Query(context.Background(), query)
	if err != nil {
		h.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		h.Fatal(err)
	}
	for rows.Next() {
		cells, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			to[i] = &cells[i]
		}
		if err := rows.Scan(to...); err != nil {
			h.Fatal(err)
		}
		row(cells, columns)
	}
	if err := rows.Err(); err != nil {
		h.Fatal(err)
	}
}
