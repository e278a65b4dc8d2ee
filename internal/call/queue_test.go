package call_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// waiting is what a node says of one caller.
func waiting(node string) dialplan.Desk {
	return dialplan.Desk{Node: node, Callers: []dialplan.QueueCaller{{Call: "1", Ticket: 1, Queue: dialplan.Queue{Queue: "sales"}, Since: noon}}}
}

// save writes a board at some seconds after noon.
func (h *house) save(b call.QueueBoard, node string, held int64, after int) (call.QueueBoard, bool) {
	h.Helper()
	var saved bool
	b.Node = node
	h.must(func(ctx context.Context, tx *store.Tx) (err error) {
		saved, err = call.SaveQueueBoard(ctx, tx, &b, held, noon.Add(time.Duration(after)*time.Second))
		return err
	})
	return b, saved
}

func (h *house) board() call.QueueBoard {
	h.Helper()
	b, err := call.GetQueueBoard(h.Context(), h.db, "shop")
	if err != nil {
		h.Fatal(err)
	}
	return b
}

// Rule T-123: queues have one owner; another follows when the lease is over; what is decided in an earlier term changes nothing.
func TestOneOwnerOfAQueue(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		first := h.board()
		first.Serve([]dialplan.Desk{waiting("n1")}, nil, noon)
		if _, saved := h.save(first, "n2", 0, 0); !saved {
			t.Fatal("queues that nobody owns are not to be had")
		}
		if _, saved := h.save(first, "n1", 0, 0); saved {
			t.Fatal("two nodes have begun at once")
		}
		old := h.board()
		if old.Node != "n2" || old.Term != 1 || len(old.Lines["sales"].Places) != 1 {
			t.Fatalf("the board: %+v", old)
		}
		if _, saved := h.save(old, "n1", 0, 4); saved {
			t.Error("taken over within the lease")
		}
		if b, saved := h.save(old, "n1", 0, 5); !saved || b.Term != 2 {
			t.Errorf("not taken over after the lease: %+v", b)
		}
		if _, saved := h.save(old, "n2", 1, 6); saved {
			t.Error("who was thought dead decides on")
		}
		if _, saved := h.save(h.board(), "n2", 1, 6); saved {
			t.Error("who was thought dead takes over within the lease")
		}
		if b := h.board(); b.Node != "n1" || b.Term != 2 || !b.Until.Equal(noon.Add(10*time.Second)) {
			t.Errorf("the board: %+v", b)
		}
		if b, saved := h.save(h.board(), "n1", 2, 7); !saved || b.Term != 2 {
			t.Errorf("the owner does not stay: %+v", b)
		}
		h.emptied()
	})
}

// emptied has the last caller go: queues in which nobody waits are whose who comes first.
func (h *house) emptied() {
	h.Helper()
	b := h.board()
	b.Serve(nil, nil, noon)
	if _, saved := h.save(b, "n1", 2, 8); !saved {
		h.Error("the owner does not stay")
	}
	if list, err := call.QueueBoards(h.Context(), h.db, nil); err != nil || len(list) != 0 {
		h.Errorf("boards where somebody waits: %+v, %v", list, err)
	}
	if b, saved := h.save(h.board(), "n2", 1, 8); !saved || b.Term != 3 {
		h.Errorf("queues in which nobody waits are not to be had: %+v", b)
	}
}

// Rule T-123: a node that says nothing for 5 seconds has no desk; who is on the telephone there is known by the calls that go on.
func TestQueueDesks(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		h.must(func(ctx context.Context, tx *store.Tx) error {
			if err := call.SetQueueDesk(ctx, tx, "shop", waiting("n1"), noon); err != nil {
				return err
			}
			return call.Open(ctx, tx, call.Opening{
				Project: "shop", ID: call.NewID(noon), Direction: call.Inbound, Client: client, Number: main, Node: "n2",
				Person: call.Person{ID: "ann", Name: "Ann"},
			})
		})
		for after, want := range map[int][]string{4: {"n1", "n2 ann"}, 6: {"n2 ann"}, 13: nil} {
			desks, err := call.QueueDesks(t.Context(), db, "shop", noon.Add(time.Duration(after)*time.Second))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, d := range desks {
				if len(d.Busy) > 0 {
					d.Node += " " + d.Busy[0]
				}
				got = append(got, d.Node)
			}
			if !slices.Equal(got, want) {
				t.Errorf("after %d s: %v, want %v", after, got, want)
			}
		}
	})
}
