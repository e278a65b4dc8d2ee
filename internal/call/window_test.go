package call_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/call"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// Rule T-107: each reader sees the rows of their level, and no others, in lists, sums, cards and by the id alone.
func TestWhoSeesWhat(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		ctx := context.Background()
		byAnn := h.log(told{at: at(0), client: client, status: call.Answered, who: person("ann", h.ann), talk: 60})
		byCat := h.log(told{at: at(10), client: client, status: call.Answered, who: person("cat", h.cat), talk: 60})
		nobodys := h.log(told{at: at(20), client: client, status: call.NoAnswer, wait: 9})
		byBob := h.log(told{at: at(30), client: other, status: call.Answered, who: person("bob", h.bob), talk: 60})
		for who, want := range map[account.UserID][]call.ID{
			h.owner: {byBob, nobodys, byCat, byAnn}, h.ann: {nobodys, byAnn}, h.cat: {nobodys, byCat},
		} {
			w := h.look(who)
			var got []call.ID
			for _, c := range h.list(w, call.Filter{}) {
				got = append(got, c.ID)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the list: %s", diff)
			}
			if totals, err := w.Totals(ctx, db, call.Filter{}); err != nil || int(totals.Calls) != len(want) {
				t.Errorf("%d calls in the sums, %d in the list, %v", totals.Calls, len(want), err)
			}
			for _, id := range []call.ID{byAnn, byCat, nobodys, byBob} {
				code := ""
				if !slices.Contains(want, id) {
					code = "call.not_found"
				}
				_, err := w.Get(ctx, db, id)
				wantCode(t, err, code)
			}
		}
		card, err := h.look(h.ann).Card(ctx, db, client)
		if err != nil || card.Calls != 2 || len(card.Spoke) != 1 || card.Spoke[0].Name != "ann" {
			t.Errorf("Ann's card: %+v, %v", card, err)
		}
		_, err = h.look(h.ann).Card(ctx, db, other)
		wantCode(t, err, "call.not_found")
		wantCode(t, h.do(func(ctx context.Context, tx *store.Tx) error {
			_, err := call.AddNote(ctx, tx, h.permit(h.ann), byCat, "mine?", noon)
			return err
		}), "call.not_found")
		_, err = call.Look(h.permit(h.ann), access.Export)
		wantCode(t, err, "access.denied")
	})
}

// Rule T-107: whoever sees their department's calls sees those of the people they work with, and their own.
func TestDepartment(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		owner := h.permit(h.owner)
		h.must(func(ctx context.Context, tx *store.Tx) error {
			role, err := access.CopyRole(ctx, tx, owner, rand.Reader, access.Manager, "Head of sales", noon)
			if err != nil {
				return err
			}
			if _, err := access.EditRole(ctx, tx, owner, role.ID, role.Version, role.Name, role.Matrix.With(access.View, access.Calls, access.InDepartment), noon); err != nil {
				return err
			}
			_, err = access.SetRole(ctx, tx, owner, h.ann, role.ID, noon)
			return err
		})
		h.gate = access.NewGate(db)
		for i, who := range []call.Person{person("ann", h.ann), person("bob", h.bob), person("cat", h.cat)} {
			h.log(told{at: at(i), client: client, status: call.Answered, who: who, talk: 10})
		}
		h.log(told{at: at(9), client: client, status: call.NoAnswer})
		var names []string
		for _, c := range h.list(h.look(h.ann), call.Filter{}) {
			names = append(names, c.Person.Name)
		}
		if diff := cmp.Diff([]string{"", "bob", "ann"}, names); diff != "" {
			t.Error(diff)
		}
	})
}

// Every page of a list, in both orders and of every reader, put together is the whole list, whatever its size.
func TestPages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		people := []call.Person{person("ann", h.ann), person("bob", h.bob), {}}
		for i := range 23 {
			who := people[i%3]
			status := call.Answered
			if who.ID == "" {
				status = call.NoAnswer
			}
			h.log(told{at: at(i), client: client, status: status, who: who, talk: 10})
		}
		for _, who := range []account.UserID{h.owner, h.ann} {
			w := h.look(who)
			whole := h.list(w, call.Filter{})
			for _, order := range []call.Order{call.NewestFirst, call.OldestFirst} {
				var got []call.Call
				for after := call.ID(0); ; {
					page, err := w.List(context.Background(), db, call.Filter{}, order, after, 4)
					if err != nil {
						t.Fatal(err)
					}
					if got = append(got, page...); len(page) < 4 {
						break
					}
					after = page[3].ID
				}
				if order == call.OldestFirst {
					slices.Reverse(got)
				}
				if diff := cmp.Diff(whole, got); diff != "" {
					t.Error(diff)
				}
			}
		}
	})
}

// Each filter, and the calls (by their number in the order of time) that it lets through.
func TestFilters(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		yes, no := true, false
		ids := []call.ID{
			h.log(told{at: at(0), client: client, status: call.Answered, who: person("ann", h.ann), wait: 3, talk: 60, cost: 1_500_000}),
			h.log(told{at: at(100), client: other, status: call.NoAnswer, wait: 40}),
			h.log(told{at: at(200), out: true, client: client, status: call.Answered, who: person("bob", h.bob), wait: 8, talk: 20, cost: 250_000}),
			h.log(told{at: at(300), client: client, status: call.Answered, who: person("ann", h.ann), wait: 2, talk: 300}),
		}
		h.must(func(ctx context.Context, tx *store.Tx) error {
			p := h.permit(h.owner)
			if err := call.SetSettings(ctx, tx, p, call.Settings{ProperSeconds: 30, Categories: []string{"Order", "Complaint"}}, noon); err != nil {
				return err
			}
			if err := call.SetTags(ctx, tx, p, ids[1], []string{"VIP", "wedding"}, noon); err != nil {
				return err
			}
			for i, text := range map[int]string{0: "Букет на 100% ДЛЯ Олени", 2: "a_b"} {
				if _, err := call.AddNote(ctx, tx, p, ids[i], text, noon); err != nil {
					return err
				}
			}
			return call.SetCategory(ctx, tx, p, ids[2], "Order", noon)
		})
		for name, c := range map[string]struct {
			call.Filter
			want string
		}{
			"all": {call.Filter{}, "3210"}, "from": {call.Filter{From: at(100)}, "321"}, "until": {call.Filter{Until: at(100)}, "0"},
			"inbound": {call.Filter{Directions: []call.Direction{call.Inbound}}, "310"}, "missed": {call.Filter{Missed: &yes}, "1"}, "not missed": {call.Filter{Missed: &no}, "320"},
			"answered": {call.Filter{Results: []call.Result{"answered"}}, "320"}, "proper": {call.Filter{Results: []call.Result{"proper"}}, "0"},
			"repeated or none": {call.Filter{Results: []call.Result{"repeated", "no_answer"}}, "31"}, "ann": {call.Filter{Employee: "e-ann"}, "30"},
			"department": {call.Filter{Department: "d1"}, "320"}, "number": {call.Filter{Number: main}, "3210"}, "client": {call.Filter{Client: client}, "320"},
			"part": {call.Filter{ClientPart: "111 22"}, "1"}, "nonsense part": {call.Filter{ClientPart: "%"}, "3210"}, "long": {call.Filter{MinTalk: 60}, "30"},
			"short": {call.Filter{MaxTalk: 20}, "21"}, "waited": {call.Filter{MinWait: 8}, "21"}, "hardly waited": {call.Filter{MaxWait: 3}, "30"}, "wait between": {call.Filter{MinWait: 3, MaxWait: 8}, "20"},
			"note": {call.Filter{Note: "букет НА"}, "0"}, "percent": {call.Filter{Note: "100%"}, "0"}, "percent elsewhere": {call.Filter{Note: "%"}, "0"}, "underscore": {call.Filter{Note: "_"}, "2"},
			"no such note": {call.Filter{Note: `\`}, ""}, "client hung up": {call.Filter{EndedBy: call.ByClient}, "3210"}, "we hung up": {call.Filter{EndedBy: call.ByStaff}, ""},
			"first calls": {call.Filter{MaxCounter: 1}, "10"}, "second and on": {call.Filter{MinCounter: 2}, "3"}, "third": {call.Filter{MinCounter: 3, MaxCounter: 3}, ""},
			"tag":      {call.Filter{Tag: "VIP"}, "1"},
			"category": {call.Filter{Category: "Order"}, "2"}, "dear": {call.Filter{MinCost: 250_001}, "0"}, "cheap": {call.Filter{MaxCost: 250_000, MinCost: 1}, "2"},
			"recorded": {call.Filter{Recorded: &yes}, ""}, "live": {call.Filter{Live: &yes}, ""}, "both": {call.Filter{Employee: "e-ann", MinTalk: 61}, "3"},
		} {
			var got strings.Builder
			for _, found := range h.list(h.look(h.owner), c.Filter) {
				fmt.Fprint(&got, slices.Index(ids, found.ID))
			}
			if got.String() != c.want {
				t.Errorf("%s gives %s, want %s", name, got.String(), c.want)
			}
		}
		totals, err := h.look(h.owner).Totals(context.Background(), db, call.Filter{})
		want := call.Totals{Calls: 4, Answered: 3, Prompt: 3, Missed: 1, Owed: 1, Proper: 2, Repeated: 1, Talk: 380, Wait: 13, Cost: 1_750_000}
		if diff := cmp.Diff(want, totals); diff != "" || err != nil {
			t.Errorf("%v %s", err, diff)
		}
		choices, err := h.look(h.owner).Choices(context.Background(), db)
		if err != nil || len(choices.Employees) != 2 || choices.Departments[0].Name != "Sales" || !slices.Equal(choices.Numbers, []string{main}) || !slices.Equal(choices.Tags, []string{"VIP", "wedding"}) {
			t.Errorf("choices %+v, %v", choices, err)
		}
	})
}

// Rule T-128: an answer within 20 s is prompt, a missed call is not, and who was turned away or still rings is not counted; by the index of
// a client as by the log.
func TestPromptAnswers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		w := h.look(h.owner)
		for _, f := range []call.Filter{{}, {Client: client}} {
			totals, err := w.Totals(context.Background(), db, f)
			if share, ok := totals.PromptShare(); ok || err != nil {
				t.Errorf("%d of no calls, %v", share, err)
			}
		}
		h.log(told{at: at(0), client: client, status: call.Answered, who: person("ann", h.ann), wait: 20, talk: 5})
		h.log(told{at: at(100), client: client, status: call.Answered, who: person("ann", h.ann), wait: 21, talk: 5})
		h.log(told{at: at(200), client: client, status: call.NoAnswer, wait: 4})
		h.log(told{at: at(300), client: client, status: call.TurnedAway})
		for _, f := range []call.Filter{{}, {Client: client}} {
			totals, err := w.Totals(context.Background(), db, f)
			if share, ok := totals.PromptShare(); !ok || share != 3333 || err != nil { // one of three
				t.Errorf("%d of %+v, %v", share, totals, err)
			}
		}
	})
}

// Rule T-108: notes, tags and the category of a call.
func TestAnnotations(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		id := h.log(told{at: at(0), client: client, status: call.Answered, who: person("ann", h.ann), talk: 60})
		ann, owner := h.permit(h.ann), h.permit(h.owner)
		var note call.Note
		write := func(p access.Permit, text string) error {
			return h.do(func(ctx context.Context, tx *store.Tx) (err error) {
				note, err = call.AddNote(ctx, tx, p, id, text, noon)
				return err
			})
		}
		wantCode(t, write(ann, " \u202e\n "), "call.empty_note")
		wantCode(t, write(ann, strings.Repeat("x", call.LongestNote+1)), "call.note_too_long")
		wantCode(t, write(owner, "Roses\r\nfor\u202e Friday"), "")
		if d := h.get(id); d.Call.Notes != 1 || d.Notes[0].Text != "Roses\nfor Friday" || d.Notes[0].Author != string(h.owner) {
			t.Errorf("%+v", d.Notes)
		}
		remove := func(p access.Permit) error {
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				_, err := call.RemoveNote(ctx, tx, p, id, note.ID, noon)
				return err
			})
		}
		wantCode(t, remove(ann), "call.not_yours")
		wantCode(t, remove(owner), "")
		wantCode(t, remove(owner), "call.no_note")
		tag := func(tags ...string) error {
			return h.do(func(ctx context.Context, tx *store.Tx) error { return call.SetTags(ctx, tx, ann, id, tags, noon) })
		}
		wantCode(t, tag(strings.Repeat("x", call.LongestLabel+1)), "call.label_too_long")
		wantCode(t, tag(strings.Split(strings.Repeat("a b c d e f g ", 1)+"h i j k l m n o p q r s t u", " ")...), "call.too_many_labels")
		wantCode(t, tag("VIP", "vip", " ", "new\nclient"), "")
		if d := h.get(id); !slices.Equal(d.Tags, []string{"VIP", "new client"}) {
			t.Errorf("tags %q", d.Tags)
		}
		wantCode(t, h.do(func(ctx context.Context, tx *store.Tx) error {
			return call.SetCategory(ctx, tx, ann, id, "Order", noon)
		}), "call.no_category")
		for name, s := range map[string]call.Settings{"long": {ProperSeconds: 3601}, "days": {KeepDays: -1}} {
			err := h.do(func(ctx context.Context, tx *store.Tx) error { return call.SetSettings(ctx, tx, owner, s, noon) })
			if wantCode(t, err, "call.bad_setting"); err == nil {
				t.Error(name)
			}
		}
		wantCode(t, h.do(func(ctx context.Context, tx *store.Tx) error {
			return call.SetSettings(ctx, tx, ann, call.Standard, noon)
		}), "access.denied")
	})
}

// Rule T-113: of a client who is erased nothing is left but that there were calls.
func TestErase(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		id := h.log(told{at: at(0), client: client, status: call.Answered, who: person("ann", h.ann), talk: 60, cost: 7})
		kept := h.log(told{at: at(9), client: other, status: call.NoAnswer})
		h.must(func(ctx context.Context, tx *store.Tx) error {
			if err := call.SetTags(ctx, tx, h.permit(h.owner), id, []string{"VIP"}, noon); err != nil {
				return err
			}
			_, err := call.AddNote(ctx, tx, h.permit(h.owner), id, "her number is "+client, noon)
			return err
		})
		erase := func(who account.UserID) error {
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				_, err := call.ErasePerson(ctx, tx, h.permit(who), client, noon)
				return err
			})
		}
		wantCode(t, erase(h.ann), "access.denied")
		wantCode(t, erase(h.owner), "")
		wantCode(t, erase(h.owner), "call.not_found")
		for _, table := range []string{"call_log", "call_leg", "call_note", "call_timeline", "call_tag"} {
			rows, err := db.Query(context.Background(), `SELECT * FROM `+table)
			if err != nil {
				t.Fatal(err)
			}
			columns, _ := rows.Columns()
			for rows.Next() {
				cells := make([]any, len(columns))
				for i := range cells {
					cells[i] = new(any)
				}
				if err := rows.Scan(cells...); err != nil {
					t.Fatal(err)
				}
				for i := range cells {
					if strings.Contains(fmt.Sprint(*cells[i].(*any)), client) {
						t.Errorf("%s.%s has the number", table, columns[i])
					}
				}
			}
			_ = rows.Close()
		}
		if d := h.get(id); d.Talk != 60 || d.Cost != 7 || d.Client != call.Erased || len(d.Notes)+len(d.Tags) != 0 {
			t.Errorf("%+v", d)
		}
		if d := h.get(kept); d.Client != other {
			t.Errorf("%+v", d)
		}
	})
}

// A page in the middle of a long log is a piece of the table or of an index, whoever reads it and whatever of.
func TestPagesUseAnIndex(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	for query, index := range map[string]string{
		`SELECT * FROM call_log WHERE project_id = 'p' AND call_id < 5 AND status = 'busy' ORDER BY call_id DESC LIMIT 50`:                                                    "PRIMARY KEY",
		`SELECT * FROM call_log /*by call_log_owner*/ WHERE project_id = 'p' AND call_id < 5 AND owner = 'u' ORDER BY call_id DESC LIMIT 50`:                                  "call_log_owner",
		`SELECT * FROM call_log /*by call_log_client*/ WHERE project_id = 'p' AND call_id < 5 AND client = 'c' AND owner IN ('u', '') ORDER BY call_id DESC LIMIT 9`:          "call_log_client",
		`SELECT * FROM call_log /*by call_log_owed*/ WHERE project_id = 'p' AND call_id >= 2 AND call_id < 5 AND owed = 1 ORDER BY call_id DESC LIMIT 50`:                     "call_log_owed",
		`SELECT * FROM call_log /*by call_log_client*/ WHERE project_id = 'p' AND client = 'c' AND call_id >= 5 AND employee <> '' ORDER BY call_id DESC LIMIT 50`:            "call_log_client",
		`UPDATE call_log /*by call_log_unreached*/ SET owed = 0 WHERE project_id = 'p' AND client = 'c' AND call_id < 5 AND owed = 1`:                                         "call_log_unreached",
		`SELECT * FROM call_recording /*by call_recording_voicemail*/ WHERE project_id = 'p' AND kind = 'voicemail' AND call_id < 5 ORDER BY call_id DESC, recording LIMIT 9`: "call_recording_voicemail",
		`SELECT * FROM call_open WHERE heartbeat_at < 5 ORDER BY heartbeat_at LIMIT 9`:                                                                                        "call_open_heartbeat",
	} {
		rows, err := db.Query(context.Background(), "EXPLAIN QUERY PLAN "+query)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(detail, "SCAN") || strings.Contains(detail, "SEARCH") && !strings.Contains(detail, index) {
				t.Errorf("%s: %s", query, detail)
			}
		}
		_ = rows.Close()
	}
}
