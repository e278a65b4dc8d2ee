package support

import (
	"context"
	"sync"
	"time"

	talk "bellwether/internal/support"
)

// Watcher tells open pages of changes that other nodes made, and forgets what is too old.
type Watcher struct{ pages *pages }

// told is up to which message open pages were told of conversations.
type told struct {
	mu  sync.Mutex
	seq map[talk.ConversationID]int64
}

// news notes a conversation as told, and reports whether it was not.
func (t *told) news(c talk.Conversation) bool {
	const most = 10_000
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.seq == nil || len(t.seq) >= most {
		t.seq = map[talk.ConversationID]int64{}
	}
	if t.seq[c.ID] == c.LastSeq {
		return false
	}
	t.seq[c.ID] = c.LastSeq
	return true
}

const (
	watchEvery  = time.Second
	expireEvery = time.Hour
	// recent is how far back is looked: more than clocks of nodes differ and a transaction takes.
	recent = time.Minute
)

// Run runs until ctx ends.
func (w *Watcher) Run(ctx context.Context) {
	look, clean := time.NewTicker(watchEvery), time.NewTicker(expireEvery)
	defer look.Stop()
	defer clean.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			err = w.look(ctx)
		case <-clean.C:
			_, err = talk.Expire(ctx, w.pages.DB, w.pages.Clock())
		}
		if err != nil && ctx.Err() == nil {
			w.pages.Log.Error("watching conversations", "error", err)
		}
	}
}

// look publishes what open pages were not told of yet, while anybody reads.
func (w *Watcher) look(ctx context.Context) error {
	p := w.pages
	if p.Hub.Readers() == 0 {
		return nil
	}
	changed, err := talk.Recent(ctx, p.DB, p.Clock().Add(-recent))
	if err != nil {
		return err
	}
	for _, c := range changed {
		if p.told.news(c) {
			p.push(c)
		}
	}
	return nil
}
