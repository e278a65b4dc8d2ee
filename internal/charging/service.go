package charging

import (
	"context"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/pricebook"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Service charges calls and messages. Its methods are safe for concurrent use.
//
// Where billing does not enforce, as in the simulator, nothing is refused but what cannot be priced, and nothing is held.
type Service struct {
	// Silence is how old a leg's heartbeat may get before Recover takes its owner for dead; callers are told to send one in
	// a third of it. Set it before use.
	Silence time.Duration
	// Lost is told of each leg that Recover closes, in the transaction in which it is charged, as SettleRequest.With is. Nil: nobody is. Set
	// it before use.
	Lost func(ctx context.Context, tx *store.Tx, leg Leg) error

	db       *store.DB
	books    *pricebook.Library
	billing  *billing.Service
	projects *project.Cache
	requests *store.Batcher[request, any]
	desks    map[ident.ProjectID]*desk // used by the store's writer alone
}

const (
	// silence is three heartbeats, which come every 10 s at the latest.
	silence = heartbeats * 10 * time.Second
	// heartbeats is how many in a row must be missing for a leg to be lost.
	heartbeats = 3
	// mostInRound is how many requests are decided together.
	mostInRound = 256
)

// New makes a service on a migrated database.
func New(db *store.DB, books *pricebook.Library, bills *billing.Service, projects *project.Cache) *Service {
	s := &Service{Silence: silence, db: db, books: books, billing: bills, projects: projects, desks: map[ident.ProjectID]*desk{}}
	s.requests = store.NewBatcher(db, mostInRound, s.decide)
	return s
}

// heartbeat is within how many seconds a leg's next sign of life is due.
func (s *Service) heartbeat() int64 { return max(1, int64(s.Silence/heartbeats/time.Second)) }

// request is one caller's operation.
type request interface {
	// needs names what is looked up for it beforehand.
	needs() needs
	// decide carries it out within a round. An error that only concerns the request leaves the round as it was.
	decide(ctx context.Context, r *round) (any, error)
}

// do runs a request and gives its answer, once it is durable.
func do[Answer any](ctx context.Context, s *Service, in request) (Answer, error) {
	out, err := s.requests.Do(ctx, in)
	answer, _ := out.(Answer)
	return answer, err
}

// decide runs one batch.
func (s *Service) decide(ctx context.Context, tx *store.Tx, in []request) ([]store.Outcome[any], error) {
	r := newRound(s, tx)
	if err := r.load(ctx, in); err != nil {
		return nil, err
	}
	out := make([]store.Outcome[any], len(in))
	for i, request := range in {
		answer, err := request.decide(ctx, r)
		if err != nil && !refusal(err) {
			return nil, err
		}
		out[i] = store.Outcome[any]{Value: answer, Err: err}
	}
	if err := r.flush(ctx); err != nil {
		return nil, err
	}
	return out, follow(ctx, tx, in, out)
}

// follower is a request with which something is written that is not of this package.
type follower interface {
	follow(ctx context.Context, tx *store.Tx, answer any) error
}

func follow(ctx context.Context, tx *store.Tx, in []request, out []store.Outcome[any]) error {
	for i, request := range in {
		if f, ok := request.(follower); ok && out[i].Err == nil {
			if err := f.follow(ctx, tx, out[i].Value); err != nil {
				return err
			}
		}
	}
	return nil
}

// refusal reports whether an error concerns one request only; any other means that the transaction is of no more use.
func refusal(err error) bool {
	kind := errs.KindOf(err)
	return kind != errs.Internal && kind != errs.Unavailable
}

// broken marks an error that came when a request had taken effect in part: the whole round is to be undone.
func broken(err error) error {
	if err == nil {
		return nil
	}
	return errs.New(errs.Internal, "charging.broken_off", "a charge could not be finished").Because(err)
}
