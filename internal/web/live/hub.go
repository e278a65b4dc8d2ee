package live

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Update is one thing that changed.
type Update struct {
	Topic string // "project:p1:balance"
	Data  string // may be empty; one line or several
	seq   int64
}

const (
	remembered = 64 // updates of a topic that a stream can catch up with
	queued     = 64 // updates that may wait for one reader
	topicsKept = 10_000
	mostTabs   = 32 // streams of one session
)

// Hub fans updates out to the streams of this process. Make one with NewHub.
type Hub struct {
	epoch string // tells this run of the program from others

	mu      sync.Mutex
	seq     int64
	joined  int64 // readers so far
	memory  map[string]*ring
	readers map[*reader]struct{}
	forgot  int64 // the last seq of topics that were dropped whole
	closed  bool
}

// ring holds the last updates of a topic.
type ring struct {
	updates []Update
	lost    int64 // the seq of the last update that is no longer held
}

// reader is one open stream.
type reader struct {
	access  Access
	opened  int64 // in which order readers came
	updates chan Update
	end     chan struct{} // closed when the stream must end for good
	slow    chan struct{} // closed when it did not keep up
	ended   bool
}

// NewHub makes a hub without readers.
func NewHub() *Hub {
	var chance [6]byte
	_, _ = rand.Read(chance[:]) // never fails
	return &Hub{epoch: hex.EncodeToString(chance[:]), memory: map[string]*ring{}, readers: map[*reader]struct{}{}}
}

// Publish tells every stream that reads topic. It does not wait.
func (h *Hub) Publish(topic, data string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seq++
	update := Update{Topic: topic, Data: data, seq: h.seq}
	h.remember(update)
	for r := range h.readers {
		if slices.Contains(r.access.Topics, topic) {
			h.offer(r, update)
		}
	}
}

// offer queues an update for a reader, or cuts the reader off.
func (h *Hub) offer(r *reader, update Update) {
	select {
	case r.updates <- update:
	default:
		delete(h.readers, r)
		close(r.slow)
	}
}

func (h *Hub) remember(update Update) {
	memory := h.memory[update.Topic]
	if memory == nil {
		if len(h.memory) >= topicsKept {
			h.forgetOldest()
		}
		memory = &ring{lost: h.forgot}
		h.memory[update.Topic] = memory
	}
	if len(memory.updates) == remembered {
		memory.lost = memory.updates[0].seq
		memory.updates = slices.Delete(memory.updates, 0, 1)
	}
	memory.updates = append(memory.updates, update)
}

// forgetOldest drops the topic that has been quiet for the longest.
func (h *Hub) forgetOldest() {
	var oldest string
	quiet := h.seq + 1
	for topic, memory := range h.memory {
		if last := memory.updates[len(memory.updates)-1].seq; last < quiet {
			oldest, quiet = topic, last
		}
	}
	delete(h.memory, oldest)
	h.forgot = max(h.forgot, quiet)
}

// Revoke ends every stream of a principal for good: its browser does not come back by itself.
func (h *Hub) Revoke(principal string) {
	h.revoke(func(a Access) bool { return a.Principal == principal })
}

// RevokeSession ends the streams of one session for good; others of the same principal go on.
func (h *Hub) RevokeSession(session string) {
	h.revoke(func(a Access) bool { return a.Session == session })
}

func (h *Hub) revoke(lost func(Access) bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for r := range h.readers {
		if lost(r.access) {
			h.finish(r)
		}
	}
}

// Close ends every stream, and those that begin later at once: the process is about to stop. Each browser comes back, to the
// next one.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for r := range h.readers {
		delete(h.readers, r)
		close(r.slow)
	}
}

// Topics are those that some stream reads now, each once.
func (h *Hub) Topics() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var topics []string
	for r := range h.readers {
		topics = append(topics, r.access.Topics...)
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}

// Readers is how many streams are open.
func (h *Hub) Readers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.readers)
}

func (h *Hub) finish(r *reader) {
	delete(h.readers, r)
	if !r.ended {
		r.ended = true
		close(r.end)
	}
}

func (h *Hub) leave(r *reader) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.readers, r)
}

// join opens a stream that goes on after lastID. whole is false where updates in between are lost; then the stream
// begins now, at id.
func (h *Hub) join(access Access, lastID string) (r *reader, missed []Update, whole bool, id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r = &reader{
		access: access, updates: make(chan Update, queued), end: make(chan struct{}), slow: make(chan struct{}),
	}
	if h.closed {
		close(r.slow)
	} else {
		h.makeRoom(access.Session)
		h.joined++
		r.opened = h.joined
		h.readers[r] = struct{}{}
	}
	if lastID == "" {
		return r, nil, true, h.id(h.seq)
	}
	missed, whole = h.since(lastID, access.Topics)
	return r, missed, whole, h.id(h.seq)
}

// makeRoom ends the oldest stream of a session that has as many as it may.
func (h *Hub) makeRoom(session string) {
	if session == "" {
		return
	}
	var oldest *reader
	open := 0
	for r := range h.readers {
		if r.access.Session == session {
			if open++; oldest == nil || r.opened < oldest.opened {
				oldest = r
			}
		}
	}
	if open >= mostTabs {
		h.finish(oldest)
	}
}

// since gives the updates of topics after lastID in their order, and whether they are all.
func (h *Hub) since(lastID string, topics []string) ([]Update, bool) {
	epoch, number, _ := strings.Cut(lastID, "-")
	last, err := strconv.ParseInt(number, 10, 64)
	if err != nil || epoch != h.epoch || last > h.seq {
		return nil, false
	}
	var missed []Update
	for _, topic := range topics {
		memory := h.memory[topic]
		if memory == nil {
			if last < h.forgot {
				return nil, false
			}
			continue
		}
		if last < memory.lost {
			return nil, false
		}
		for _, update := range memory.updates {
			if update.seq > last {
				missed = append(missed, update)
			}
		}
	}
	slices.SortFunc(missed, func(a, b Update) int { return cmp.Compare(a.seq, b.seq) })
	return missed, true
}

func (h *Hub) id(seq int64) string { return fmt.Sprintf("%s-%d", h.epoch, seq) }
