package event_test

import (
	"context"
	"testing"

	"bellwether/internal/event"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// Each of two processes sees every event of its topics once and in order, from its first look on, whoever else was given it.
func TestTail(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		emit := func(topics ...string) {
			t.Helper()
			if err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				for _, topic := range topics {
					if err := event.Emit(ctx, tx, event.Event{Project: "p", Topic: topic, Body: []byte("{}")}); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		look := func(tail *event.Tail) (topics []string) {
			t.Helper()
			events, err := tail.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range events {
				topics = append(topics, e.Topic)
			}
			return topics
		}
		emit("a.old")
		one, other := event.NewTail(db, "a.x", "a.y"), event.NewTail(db, "a.y")
		look(one)
		look(other)
		emit("a.x", "b.z", "a.y")
		for name, c := range map[string]struct{ got, want []string }{
			"one": {look(one), []string{"a.x", "a.y"}}, "the other": {look(other), []string{"a.y"}}, "one again": {look(one), nil},
		} {
			if diff := cmp.Diff(c.want, c.got); diff != "" {
				t.Errorf("%s:\n%s", name, diff)
			}
		}
		emit("a.y")
		if diff := cmp.Diff([]string{"a.y"}, look(one)); diff != "" {
			t.Error(diff)
		}
	})
}
