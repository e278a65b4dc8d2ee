package support_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/support"
)

// Rule S-02, Rule S-07 and Rule S-08: asked, answered, solved, and opened again by the next message.
func TestAConversation(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		c := h.post(h.owner, "Why was Tuesday dearer?", after(0))
		if c.Page != "/p/shop/funds" || !c.Waiting.Equal(noon) || c.Solved || c.Claimed != "" || c.Org != shop || c.Person != h.owner {
			t.Errorf("after the question: %+v", c)
		}
		c = h.answer(h.ann, c.ID, "A sixth seat was taken.", after(4))
		if c.Claimed != h.ann || !c.Waiting.IsZero() {
			t.Errorf("after the answer: %+v", c)
		}
		if c = h.solve(h.ann, c.ID, after(5)); !c.Solved {
			t.Errorf("after it was solved: %+v", c)
		}
		c = h.post(h.owner, "And Wednesday?", after(60))
		if c.Solved || !c.Waiting.Equal(after(60)) || c.Claimed != h.ann {
			t.Errorf("after the next question: %+v", c)
		}
		want := []string{
			"customer: Why was Tuesday dearer?", "operator: A sixth seat was taken.", "operator: (solved)", "customer: (reopened)", "customer: And Wednesday?",
		}
		same(t, "what was said", want, h.said(c))
		// Solved a second time it stays as it is.
		first, second := h.solve(h.bob, c.ID, after(61)), h.solve(h.ann, c.ID, after(62))
		same(t, "solved twice", first, second)
	})
}

// Rule S-01: a colleague has another conversation, and no other project's people reach either.
func TestColleaguesDoNotReadIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		mine, other := h.post(h.owner, "Our balance is 500 ₴", after(0)), h.post(h.manager, "How do I call back?", after(1))
		if mine.ID == other.ID {
			t.Error("two people share a conversation")
		}
		same(t, "the manager's", []string{"customer: How do I call back?"}, h.said(other))
		found, ok, err := h.writer(h.manager).Find(t.Context(), db)
		if err != nil || !ok || found.ID != other.ID {
			t.Errorf("the manager finds %+v, %v, %v", found, ok, err)
		}
		if _, ok, err := h.writer(h.readOnly).Find(t.Context(), db); ok || err != nil {
			t.Errorf("who never wrote finds one: %v", err)
		}
		if _, err := support.DeskOf(h.permit(h.owner, shop)); err == nil {
			t.Error("an owner sits at the operator's desk")
		}
		if _, err := support.WriterOf(h.permit(h.ann, ident.Operator)); err == nil {
			t.Error("the operator's side writes to itself")
		}
	})
}

// Rule S-01: somebody without an organisation writes too; whoever views as them does not.
func TestSomebodyWithoutAnOrganisation(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	h := newHouse(t, db)
	lost := h.user("lost@example.com")
	w := support.SomebodyOf(account.Session{ID: "s", User: lost}, from)
	h.must(func(ctx context.Context, tx *store.Tx) error {
		c, _, err := w.Post(ctx, tx, draft("I see no project"), after(0))
		if c.Org != (ident.Org{}) || c.Person != lost {
			t.Errorf("%+v", c)
		}
		return err
	})
	viewer := support.SomebodyOf(account.Session{ID: "s", User: h.ann, ViewingAs: lost}, from)
	wantCode(t, "viewing", h.do(func(ctx context.Context, tx *store.Tx) error {
		_, _, err := viewer.Post(ctx, tx, draft("I am not them"), after(1))
		return err
	}), "access.only_viewing")
	if _, ok, err := viewer.Find(t.Context(), db); !ok || err != nil {
		t.Errorf("who views sees nothing: %v", err)
	}
}

func TestWhoMayNotPost(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t))
	c := h.post(h.owner, "Hello", after(0))
	w := h.writer(h.readOnly) // read-only members see the chat and say nothing
	wantCode(t, "read only", h.do(func(ctx context.Context, tx *store.Tx) error {
		_, _, err := w.Post(ctx, tx, draft("Hi"), after(1))
		return err
	}), "access.denied")
	d := h.desk(h.ann)
	wantCode(t, "unknown", h.do(func(ctx context.Context, tx *store.Tx) error {
		_, _, err := d.Answer(ctx, tx, c.ID+1, draft("Hi"), after(1))
		return err
	}), "support.no_conversation")
}

// Rule S-02: the same message sent five times at once by a nervous finger is there once.
func TestPostingAgainChangesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		w, d := h.writer(h.owner), draft("Once")
		var all sync.WaitGroup
		seqs := make([]int64, 5)
		for i := range seqs {
			all.Go(func() {
				err := h.do(func(ctx context.Context, tx *store.Tx) error {
					_, m, err := w.Post(ctx, tx, d, after(i))
					seqs[i] = m.Seq
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		same(t, "numbers", []int64{1, 1, 1, 1, 1}, seqs)
		c, _, err := w.Find(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "said", []string{"customer: Once"}, h.said(c))
		d.Body = "Another"
		wantCode(t, "another text", h.do(func(ctx context.Context, tx *store.Tx) error {
			_, _, err := w.Post(ctx, tx, d, after(1))
			return err
		}), "support.client_id_reused")
	})
}

// Rule S-02: pages of messages follow on one another without gaps, and a clock that goes back turns nothing round.
func TestPagesOfMessages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		var c support.Conversation
		for i := range 25 {
			c = h.post(h.owner, fmt.Sprint(i), after(-i))
		}
		var got []string
		for before := int64(0); ; {
			page, err := c.Messages(t.Context(), db, before, 10)
			if err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				break
			}
			texts := make([]string, len(page))
			for i, m := range page {
				texts[i] = m.Body
				if !m.At.Equal(noon) {
					t.Errorf("message %s is of %s", m.Body, m.At)
				}
			}
			got = append(texts, got...)
			before = page[0].Seq
		}
		same(t, "messages", "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24", strings.Join(got, " "))
	})
}

// Rule S-03.
func TestText(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t))
	for _, c := range []struct{ name, text, want, code string }{
		{"lines", "  one\r\ntwo\rthree \n", "one\ntwo\nthree", ""},
		{"markup", `<script>alert(1)</script> =1+1 {{.}}`, `<script>alert(1)</script> =1+1 {{.}}`, ""},
		{"turned round", "abc\u202edef\u0000\u200b\ufeff", "abcdef", ""},
		{"families and flags", "👩‍👩‍👧 🇺🇦", "👩‍👩‍👧 🇺🇦", ""},
		{"not text", "a\xffb", "ab", ""},
		{"longest", strings.Repeat("ї", 4000), strings.Repeat("ї", 4000), ""},
		{"longer", strings.Repeat("ї", 4001), "", "support.too_long"},
		{"nothing", " \n\t", "", "support.empty"},
		{"nothing to see", "\u202e\u200b", "", "support.empty"},
	} {
		w := h.writer(h.owner)
		var got string
		wantCode(t, c.name, h.do(func(ctx context.Context, tx *store.Tx) error {
			_, m, err := w.Post(ctx, tx, draft(c.text), noon)
			got = m.Body
			return err
		}), c.code)
		same(t, c.name, c.want, got)
	}
	for id, code := range map[string]string{"": "support.bad_client_id", "a b": "support.bad_client_id", strings.Repeat("a", 65): "support.bad_client_id", "aZ-_9": ""} {
		w := h.writer(h.owner)
		wantCode(t, id, h.do(func(ctx context.Context, tx *store.Tx) error {
			_, _, err := w.Post(ctx, tx, support.Draft{ClientID: id, Body: "x"}, noon)
			return err
		}), code)
	}
	for page, want := range map[string]string{
		"/p/shop/funds?q=secret#x": "/p/shop/funds", "https://evil.example/": "", "//evil.example": "", "/a\nb": "", "/" + strings.Repeat("a", 500): "",
	} {
		w := h.writer(h.owner)
		h.must(func(ctx context.Context, tx *store.Tx) error {
			d := draft("x")
			d.Page = page
			_, m, err := w.Post(ctx, tx, d, noon)
			same(t, page, want, m.Page)
			return err
		})
	}
}

// Whatever bytes come in, what is kept is text that can be shown. Rule S-03.
func TestAnythingIsTextAfterwards(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.SQLite(t))
	w := h.writer(h.owner)
	rapid.Check(t, func(t *rapid.T) {
		text := string(rapid.SliceOfN(rapid.Byte(), 0, 60).Draw(t, "bytes"))
		_ = h.do(func(ctx context.Context, tx *store.Tx) error {
			_, m, err := w.Post(ctx, tx, draft(text), noon)
			if _, hidden := ident.Hidden(strings.ReplaceAll(m.Body, "\n", "")); hidden || !utf8.ValidString(m.Body) || strings.TrimSpace(m.Body) != m.Body {
				t.Errorf("%q was kept as %q", text, m.Body)
			}
			return err
		})
	})
}

// Rule S-04.
func TestUnread(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		c := h.post(h.owner, "One", after(0))
		c = h.post(h.owner, "Two", after(1))
		w, ann, bob := h.writer(h.owner), h.desk(h.ann), h.desk(h.bob)
		check := func(when string, owner, byAnn, byBob int) {
			t.Helper()
			c, _, err := w.Find(t.Context(), db)
			if err != nil {
				t.Fatal(err)
			}
			o, err := w.Unread(t.Context(), db)
			a, err2 := ann.Unread(t.Context(), db, c)
			b, err3 := bob.Unread(t.Context(), db, c)
			if err != nil || err2 != nil || err3 != nil || o != owner || a != byAnn || b != byBob {
				t.Errorf("%s: %d %d %d, want %d %d %d (%v %v %v)", when, o, a, b, owner, byAnn, byBob, err, err2, err3)
			}
		}
		check("asked", 0, 2, 2)
		h.must(func(ctx context.Context, tx *store.Tx) error { return ann.Seen(ctx, tx, c.ID, 1) })
		check("one was read", 0, 1, 2)
		h.answer(h.ann, c.ID, "Three", after(2))
		check("answered", 1, 0, 2)
		h.must(func(ctx context.Context, tx *store.Tx) error { return w.Seen(ctx, tx, 99, "/p/shop/numbers", after(3)) })
		check("the answer was read", 0, 0, 2)
		h.must(func(ctx context.Context, tx *store.Tx) error { return w.Seen(ctx, tx, 1, "", after(4)) })
		check("a mark does not go back", 0, 0, 2)
		c, _, err := w.Find(t.Context(), db)
		if err != nil || c.Page != "/p/shop/numbers" || !c.PageAt.Equal(after(3)) {
			t.Errorf("the page: %+v %v", c, err)
		}
	})
}

// Rule S-07: colleagues take over from one another.
func TestClaims(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		c := h.post(h.owner, "Hello", after(0))
		ann, bob := h.desk(h.ann), h.desk(h.bob)
		for _, step := range []struct {
			do   func(ctx context.Context, tx *store.Tx, id support.ConversationID, at time.Time) (support.Conversation, error)
			want account.UserID
		}{{ann.Claim, h.ann}, {ann.Claim, h.ann}, {bob.Claim, h.bob}, {bob.Unclaim, ""}} {
			h.must(func(ctx context.Context, tx *store.Tx) (err error) {
				c, err = step.do(ctx, tx, c.ID, after(1))
				return err
			})
			if c.Claimed != step.want {
				t.Errorf("%q has it, want %q", c.Claimed, step.want)
			}
		}
		if c = h.answer(h.bob, c.ID, "Hi", after(2)); c.Claimed != h.bob {
			t.Errorf("who answers has it: %q", c.Claimed)
		}
		if c = h.answer(h.ann, c.ID, "Hi too", after(2)); c.Claimed != h.bob {
			t.Errorf("an answer takes it away: %q", c.Claimed)
		}
		trail, err := audit.List(t.Context(), db, audit.Filter{Org: &shop, Object: "conversation"}, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		var actions []string
		for _, e := range trail {
			actions = append(actions, e.Action)
			if strings.Contains(string(e.After), "Hi") {
				t.Errorf("the trail keeps what was said: %s", e.After)
			}
		}
		same(t, "the trail, newest first", "answer answer claim claim claim post", strings.Join(actions, " "))
	})
}

// Rule S-07: what somebody has who is shut out is a colleague's, or nobody's, and that of others stays.
func TestHandingOver(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		mine := h.answer(h.ann, h.post(h.owner, "Hello", after(0)).ID, "Hi", after(1))
		has := func() account.UserID {
			c, err := h.desk(h.ann).Find(t.Context(), db, mine.ID)
			if err != nil {
				t.Fatal(err)
			}
			return c.Claimed
		}
		for _, step := range []struct {
			org            ident.Org
			from, to, want account.UserID
		}{
			{shop, h.ann, h.bob, h.ann}, // she left a project, not the operator's side
			{ident.Operator, h.bob, "", h.ann},
			{ident.Operator, "", h.bob, h.ann},
			{ident.Operator, h.ann, h.bob, h.bob},
			{ident.Operator, h.bob, "", ""},
		} {
			h.must(func(ctx context.Context, tx *store.Tx) error {
				return support.HandOver(ctx, tx, step.org, step.from, step.to)
			})
			if got := has(); got != step.want {
				t.Errorf("%+v: %q has it", step, got)
			}
		}
	})
}

func TestQueues(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		names := map[support.ConversationID]string{}
		for i, name := range []string{"a", "b", "c", "d"} {
			id := h.user(name + "@shop.example")
			h.join(h.owner, shop, id, access.Manager)
			names[h.post(id, name+" asks\n  something", after(i)).ID] = name
		}
		ids := map[string]support.ConversationID{}
		for id, name := range names {
			ids[name] = id
		}
		h.answer(h.ann, ids["b"], "answered", after(10))
		h.solve(h.ann, ids["c"], after(11))
		h.answer(h.bob, ids["d"], "answered", after(12))
		list := func(d support.Desk, queue support.Queue) string {
			t.Helper()
			var got []string
			var place support.Place
			for {
				page, err := d.List(t.Context(), db, queue, place, 1)
				if err != nil {
					t.Fatal(err)
				}
				if len(page) == 0 {
					return strings.Join(got, " ")
				}
				got = append(got, fmt.Sprintf("%s%d", names[page[0].ID], page[0].Unread))
				place = page[0].Place(queue)
			}
		}
		ann := h.desk(h.ann)
		same(t, "waiting", "a1", list(ann, support.WaitingQueue))
		same(t, "mine", "b0", list(ann, support.MineQueue))
		same(t, "open", "d1 b0 a1", list(ann, support.OpenQueue))
		same(t, "solved", "c1", list(ann, support.SolvedQueue))
		if n, err := ann.Waiting(t.Context(), db); n != 1 || err != nil {
			t.Errorf("%d wait, %v", n, err)
		}
		page, err := ann.List(t.Context(), db, support.OpenQueue, support.Place{}, 10)
		if err != nil || len(page) != 3 || page[0].Last != "answered" || page[2].Last != "a asks something" {
			t.Errorf("a page: %+v, %v", page, err)
		}
		_, err = ann.List(t.Context(), db, "' OR 1=1", support.Place{}, 10)
		wantCode(t, "no queue", err, "support.bad_queue")
	})
}
