package pbx

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
	"bellwether/internal/media"
	"bellwether/internal/routing"
	"bellwether/internal/sip"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/trunk"
)

// Config is what a PBX stands on. All fields but RecoverEvery, Owner, Origin, Promo, Voicemail, Told and Log are needed.
type Config struct {
	DB       *store.DB
	Charging *charging.Service
	Routing  *routing.Service
	Staff    *staff.Service
	Trunks   *trunk.Service
	Files    call.Files
	Stack    *sip.Stack
	Media    *media.Engine
	Now      func() time.Time
	Node     string // names this node in the log; no other that runs has the name
	Domain   string // of our accounts, as the price books see them

	RecoverEvery time.Duration // how often calls of nodes that died are looked for; 0 for 10 s

	// Owner tells the employee responsible for a caller's open order, where a CRM knows one, and else what came of asking. The call rings
	// meanwhile and waits for it, so it takes no longer than the project lets it. The origin is what is known by then of where the call came from.
	Owner func(ctx context.Context, asked Asked, origin call.Origin) (employee string, came dialplan.Asked)
	// Origin tells where a call from outside came from: the visit behind it. It is asked while the call rings, and nobody waits for
	// it; the zero value is an origin that nobody knows. Nil where there is no call tracking.
	Origin func(ctx context.Context, asked Asked) (call.Origin, error)
	// Promo tells where a call came from by the code that its caller keyed, *57240#, at any moment. Nil where there is no call tracking.
	Promo func(ctx context.Context, asked Asked, code string) (call.Origin, error)
	// Voicemail is told of a message in the transaction that keeps it, to mail it.
	Voicemail func(ctx context.Context, tx *store.Tx, m call.MessageLeft) error
	// Told is called after what may interest others of a project's call was written: that it rings, was answered, ended. Nil for nobody.
	Told func(project ident.ProjectID)
	Log  *slog.Logger
}

// PBX runs the calls of a node.
type PBX struct {
	Config
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
	clips  clips
	queues queueing
	bounds *bounds

	mu       sync.Mutex
	calls    map[call.Ref]*liveCall
	busy     map[agent]int // legs of employees
	hungUp   map[agent]time.Time
	bases    map[basisOf]bool // that are kept
	ending   map[leftLeg]bool // that nodes left which died, and that are being ended
	started  time.Time        // calls of this node that are older belong to an earlier run
	draining bool
	idle     chan struct{} // closed once a draining node has no call left
}

// agent is an employee of a project.
type agent struct {
	project  ident.ProjectID
	employee string
}

// New makes a PBX that takes the calls of its stack from now on, and looks after those of nodes that died. Close ends it.
func New(cfg Config) *PBX {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.RecoverEvery == 0 {
		cfg.RecoverEvery = recoverEvery
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &PBX{
		Config: cfg, ctx: ctx, cancel: cancel, calls: map[call.Ref]*liveCall{}, busy: map[agent]int{}, hungUp: map[agent]time.Time{}, bases: map[basisOf]bool{},
		ending: map[leftLeg]bool{}, started: cfg.Now(),
		idle: make(chan struct{}),
	}
	p.clips.known = map[string]*clip{}
	if cfg.DB.Dialect() == store.SQLite { // which one node has for itself
		p.queues = &queues{pbx: p, lines: map[string]*line{}}
		p.bounds = newBounds(p, cfg.Now)
	} else {
		shared := newSharedQueues(p)
		p.queues, p.bounds = shared, newBounds(p, shared.now)
		p.work.Go(shared.lookForever)
		p.work.Go(p.bounds.lookForever)
	}
	p.work.Go(p.beatForever)
	p.work.Go(p.recoverForever)
	p.work.Go(p.obeyForever)
	cfg.Stack.Handle(p)
	return p
}

// Drain takes no new calls from now on, and waits until the running ones have ended, or the context (Rule T-37).
func (p *PBX) Drain(ctx context.Context) error {
	p.Stack.Drain(true)
	p.mu.Lock()
	p.draining = true
	if len(p.calls) == 0 {
		p.closeIdle()
	}
	p.mu.Unlock()
	select {
	case <-p.idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *PBX) closeIdle() {
	select {
	case <-p.idle:
	default:
		close(p.idle)
	}
}

// Close hangs every call up and waits until they are in the log, for at most the time of the context.
func (p *PBX) Close(ctx context.Context) error {
	for _, c := range p.running() {
		c.tell(stopAll)
	}
	err := p.Drain(ctx)
	p.cancel()
	p.work.Wait()
	ctx = context.WithoutCancel(ctx)
	return firstError(err, p.queues.giveBack(ctx), p.bounds.giveBack(ctx))
}

// running are the calls of this node.
func (p *PBX) running() []*liveCall {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]*liveCall, 0, len(p.calls))
	for _, c := range p.calls {
		all = append(all, c)
	}
	return all
}

// Calls counts the calls that run on this node.
func (p *PBX) Calls() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.calls)
}

func (p *PBX) find(ref call.Ref) *liveCall {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[ref]
}

// forget takes a call off the list.
func (p *PBX) forget(c *liveCall) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.calls, c.ref)
	if c.numbered {
		p.bounds.free(trunk.BoundOfNumber(c.state.Call.Number))
	}
	if p.draining && len(p.calls) == 0 {
		p.closeIdle()
	}
}

// Running names the calls that run on this node.
func (p *PBX) Running() []call.Ref {
	p.mu.Lock()
	defer p.mu.Unlock()
	refs := make([]call.Ref, 0, len(p.calls))
	for ref := range p.calls {
		refs = append(refs, ref)
	}
	return refs
}
