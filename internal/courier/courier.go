package courier

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/webhook"
)

// Queue is what is to be delivered; webhook.Service is one.
type Queue interface {
	Claim(ctx context.Context, at time.Time, most int, busy webhook.Busy, admit func(webhook.Parcel) bool) ([]webhook.Parcel, error)
	Note(ctx context.Context, p webhook.Parcel, a webhook.Answer, at time.Time) (webhook.State, error)
	Release(ctx context.Context, p webhook.Parcel, at time.Time) error
}

// How many tries a node makes at a time.
const (
	mostAtOnce     = 64
	mostOfProject  = 8
	mostOfEndpoint = 4
	mostOfFailing  = 1

	pollEvery = time.Second // for what other nodes queued, and for retries
)

// Courier delivers what is due. Make one with New; Run or Drain work it.
type Courier struct {
	queue  Queue
	client *Client
	now    func() time.Time
	log    *slog.Logger
	count  func(kind webhook.Kind, result string)
	wake   chan struct{}

	mu        sync.Mutex
	flying    int
	endpoints map[webhook.EndpointID]int
	failing   map[webhook.EndpointID]bool // of those that have a try now
	projects  map[ident.ProjectID]int
	tries     sync.WaitGroup
}

// New makes a courier. count is told of each try, its kind and what came of it ("sent", "retry", "failed"), for the metrics.
func New(queue Queue, client *Client, now func() time.Time, log *slog.Logger, count func(kind webhook.Kind, result string)) *Courier {
	return &Courier{
		queue: queue, client: client, now: now, log: log, count: count, wake: make(chan struct{}, 1),
		endpoints: map[webhook.EndpointID]int{}, failing: map[webhook.EndpointID]bool{}, projects: map[ident.ProjectID]int{},
	}
}

// Wake makes Run look for deliveries now.
func (c *Courier) Wake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends; tries that run then are broken off and given back.
func (c *Courier) Run(ctx context.Context) {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	defer c.tries.Wait()
	for {
		n, err := c.round(ctx)
		if err != nil && ctx.Err() == nil {
			c.log.Error("looking for webhooks to deliver", "error", err)
		}
		if n > 0 && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		case <-ticker.C:
		}
	}
}

// Drain delivers what is due, until nothing is, and says how many tries it made.
func (c *Courier) Drain(ctx context.Context) (tries int, err error) {
	for {
		n, err := c.round(ctx)
		tries += n
		c.tries.Wait()
		if err != nil || n == 0 {
			return tries, err
		}
	}
}

// round claims what there is room for and begins to deliver it.
func (c *Courier) round(ctx context.Context) (claimed int, err error) {
	room, busy := c.room()
	if room == 0 || ctx.Err() != nil {
		return 0, nil
	}
	admitted := map[parcel]webhook.Parcel{}
	parcels, err := c.queue.Claim(ctx, c.now(), room, busy, func(p webhook.Parcel) bool {
		if !c.admit(p) {
			return false
		}
		admitted[parcel{p.Endpoint, p.Message}] = p
		return true
	})
	for _, p := range parcels {
		delete(admitted, parcel{p.Endpoint, p.Message})
		c.tries.Go(func() { c.try(ctx, p) })
	}
	for _, p := range admitted { // another node was faster
		c.release(p)
	}
	return len(parcels), err
}

// parcel names a delivery.
type parcel struct {
	endpoint webhook.EndpointID
	message  int64
}

// room is how many more tries may run, and for whom none.
func (c *Courier) room() (room int, busy webhook.Busy) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, n := range c.endpoints {
		if n >= mostOfEndpoint || c.failing[id] {
			busy.Endpoints = append(busy.Endpoints, id)
		}
	}
	for id, n := range c.projects {
		if n >= mostOfProject {
			busy.Projects = append(busy.Projects, id)
		}
	}
	return mostAtOnce - c.flying, busy
}

// admit counts a try, unless its endpoint or its project has as many as it may.
func (c *Courier) admit(p webhook.Parcel) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	most := mostOfEndpoint
	if p.Failing {
		most = mostOfFailing
		c.failing[p.Endpoint] = true
	}
	if c.endpoints[p.Endpoint] >= most || c.projects[p.Project] >= mostOfProject {
		return false
	}
	c.flying++
	c.endpoints[p.Endpoint]++
	c.projects[p.Project]++
	return true
}

func (c *Courier) release(p webhook.Parcel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flying--
	if c.endpoints[p.Endpoint]--; c.endpoints[p.Endpoint] == 0 {
		delete(c.endpoints, p.Endpoint)
		delete(c.failing, p.Endpoint)
	}
	if c.projects[p.Project]--; c.projects[p.Project] == 0 {
		delete(c.projects, p.Project)
	}
}

// try makes one, and notes what came of it also where ctx has ended meanwhile.
func (c *Courier) try(ctx context.Context, p webhook.Parcel) {
	defer c.Wake()
	defer c.release(p)
	if _, err := c.Send(ctx, p); err != nil {
		c.log.Error("what came of a webhook is not noted: it is sent again", "webhook", p.Endpoint, "message", p.Message, "error", err)
	}
}

// Send delivers a claimed parcel now.
func (c *Courier) Send(ctx context.Context, p webhook.Parcel) (webhook.Answer, error) {
	answer := c.client.Post(ctx, p.URL, webhook.WireID(p.Message), p.Keys, p.Body, c.now())
	after := context.WithoutCancel(ctx)
	if ctx.Err() != nil && !answer.OK() {
		return answer, c.queue.Release(after, p, c.now())
	}
	state, err := c.queue.Note(after, p, answer, c.now())
	result := map[webhook.State]string{webhook.Sent: "sent", webhook.Waiting: "retry", webhook.Failed: "failed"}[state]
	c.count(p.Kind, result)
	if !answer.OK() {
		c.log.Warn("a webhook was not taken", "webhook", p.Endpoint, "project", string(p.Project), "message", p.Message, "attempt", p.Attempt, "status", answer.Status)
	}
	return answer, err
}
