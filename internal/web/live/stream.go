package live

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Access tells who opened a stream and which of the topics asked for it may read.
type Access struct {
	Principal string   // whom Revoke ends
	Session   string   // of the principal: what RevokeSession ends; empty where there are none
	Topics    []string // those it may read
}

// Stream is the handler of GET ?topics=a,b&last=ID.
type Stream struct {
	Hub *Hub
	// Enter decides about a request; an error has been answered by it already.
	Enter func(w http.ResponseWriter, r *http.Request, topics []string) (Access, bool)
	// Still tells whether a principal may still read; it is asked every Beat, so that another node's word counts too.
	Still func(r *http.Request, principal string) bool
	Beat  time.Duration // between heartbeats, 3 s where 0
}

const (
	usualBeat  = 3 * time.Second
	mostTopics = 50
)

func (s Stream) beat() time.Duration {
	if s.Beat == 0 {
		return usualBeat
	}
	return s.Beat
}

func (s Stream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked := slices.DeleteFunc(strings.Split(r.URL.Query().Get("topics"), ","), func(t string) bool { return t == "" })
	if len(asked) == 0 || len(asked) > mostTopics {
		http.Error(w, fmt.Sprintf("name 1 to %d topics", mostTopics), http.StatusBadRequest)
		return
	}
	access, ok := s.Enter(w, r, asked)
	if !ok {
		return
	}
	last := r.Header.Get("Last-Event-ID")
	if last == "" {
		last = r.URL.Query().Get("last")
	}
	reader, missed, whole, id := s.Hub.join(access, last)
	defer s.Hub.leave(reader)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy in front must not hold updates back
	out := writer{w: w, flush: http.NewResponseController(w)}
	out.send("retry: 2000\n\n")
	if !whole {
		out.event("reset", id, "")
	}
	for _, update := range missed {
		out.update(s.Hub, update)
	}
	s.run(out, r, reader)
}

// run passes updates on until the browser leaves, the reader is slow, or its access ends.
func (s Stream) run(out writer, r *http.Request, reader *reader) {
	beat := time.NewTicker(s.beat())
	defer beat.Stop()
	for out.err == nil {
		select {
		case update := <-reader.updates:
			out.update(s.Hub, update)
		case <-beat.C:
			if s.Still != nil && !s.Still(r, reader.access.Principal) {
				out.event("end", "", "")
				return
			}
			out.send(": beat\n\n")
		case <-reader.end:
			out.event("end", "", "")
			return
		case <-reader.slow:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// writer writes events; after an error it writes nothing more.
type writer struct {
	w     http.ResponseWriter
	flush *http.ResponseController
	err   error
}

// patience is how long a browser may take to accept what is written to it.
const patience = 10 * time.Second

func (o *writer) send(text string) {
	if o.err != nil {
		return
	}
	_ = o.flush.SetWriteDeadline(time.Now().Add(patience)) // not every writer has deadlines
	if _, o.err = o.w.Write([]byte(text)); o.err == nil {
		o.err = o.flush.Flush()
	}
}

func (o *writer) update(h *Hub, u Update) { o.event("update", h.id(u.seq), u.Topic+"\n"+u.Data) }

func (o *writer) event(name, id, data string) {
	var text strings.Builder
	text.WriteString("event: " + name + "\n")
	if id != "" {
		text.WriteString("id: " + id + "\n")
	}
	for line := range strings.SplitSeq(strings.ReplaceAll(data, "\r", ""), "\n") {
		text.WriteString("data: " + line + "\n")
	}
	o.send(text.String() + "\n")
}
