package cabinet

import (
	"context"
	"strings"
	"time"

	"bellwether/internal/ident"
)

// Follower tells open pages of projects of what changes in a table, whichever node changed it: it looks only while a page follows.
type Follower[Pulse comparable] struct {
	Cabinet *Cabinet
	What    string // the topic: TopicCalls
	Every   time.Duration
	// Pulses gives for each project a value that changes whenever what the pages show does; projects without any are missing.
	Pulses func(ctx context.Context, projects []ident.ProjectID) (map[ident.ProjectID]Pulse, error)
}

// Run runs until ctx ends.
func (f *Follower[Pulse]) Run(ctx context.Context) {
	tick := time.NewTicker(f.Every)
	defer tick.Stop()
	seen := map[ident.ProjectID]Pulse{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := f.Step(ctx, seen); err != nil && ctx.Err() == nil {
				f.Cabinet.Log.Error("watching what changes", "what", f.What, "error", err)
			}
		}
	}
}

// Step publishes each followed project that is other than when it was last looked at.
func (f *Follower[Pulse]) Step(ctx context.Context, seen map[ident.ProjectID]Pulse) error {
	followed := map[ident.ProjectID]bool{}
	var ids []ident.ProjectID
	for _, topic := range f.Cabinet.Hub.Topics() {
		if name, ok := strings.CutSuffix(topic, "/"+f.What); ok {
			id := ident.ProjectID(strings.TrimPrefix(name, string(ident.ProjectKind)+":"))
			followed[id], ids = true, append(ids, id)
		}
	}
	pulses, err := f.Pulses(ctx, ids)
	if err != nil {
		return err
	}
	for id := range seen {
		if !followed[id] {
			delete(seen, id)
		}
	}
	for _, id := range ids {
		if last, known := seen[id]; !known || last != pulses[id] { // it may have changed before it was followed
			f.Cabinet.Hub.Publish(Topic(ident.ProjectOrg(id), f.What), "")
		}
		seen[id] = pulses[id]
	}
	return nil
}
