package tracking

import (
	"context"
	"slices"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/pool"
	"bellwether/internal/source"
	"bellwether/internal/store"
)

// Call is a call to a tracking number, as it comes in.
type Call struct {
	ID      string // of the call log
	Project ident.ProjectID
	Number  phone.Number // dialled
	Caller  phone.Number // empty where withheld
	At      time.Time
	Cycle   time.Duration // the project's sales cycle: a caller who called within it before repeats (Rule C-92); 0: however long ago
}

// How a call's source is known.
const (
	ByVisit   = "dynamic" // the number was leased to visits, and one of them is likely enough
	BySource  = "source"  // none of them is, but those of one source together are
	BySign    = "static"  // it stands for a source
	ByOffline = "offline" // it stands on paper
	Unknown   = "unknown"
)

// Behind is what stands behind a call (Rule C-90).
type Behind struct {
	Kind     string // one of the words above
	Visit    VisitID
	Chance   float64 // of that visit, or of that source where there is no visit; 0 to 1
	Pool     PoolID  // whose number was dialled; empty where it is of none
	Sign     *Sign
	Source   string       // "google / cpc / spring"; may be known where the visit is not; empty where unknown
	Receipt  pool.Receipt // why; empty for a number that stands for a source
	Earlier  int64        // calls of the caller within the sales cycle before
	Revision int64        // 1, and one more each time the call was scored anew (Rule C-102)

	blind   pool.Receipt // the same without promo codes and known phones (Rule C-103)
	holders int          // visits that were shown the number
	truths  []Truth
}

// Unique reports whether it is the caller's first call within the cycle.
func (b Behind) Unique() bool { return b.Earlier == 0 }

// Qualified reports whether a call is worth its source's while: the caller's first within the cycle, and talked for so long (Rule C-92).
func (b Behind) Qualified(talked, least time.Duration) bool { return b.Unique() && talked >= least }

// From is the source that the call came from: of its visit, of the visits that speak for it together, or that the number stands for.
// Where nobody knows, it has no name.
func (b Behind) From(ctx context.Context, q store.Querier, project ident.ProjectID) (source.Source, error) {
	if b.Sign != nil {
		return b.Sign.from(), nil
	}
	i := slices.IndexFunc(b.Receipt.Candidates, func(c pool.Scored) bool { return c.Source == b.Source })
	if b.Source == "" || i < 0 {
		return source.Source{}, nil
	}
	id, _ := visitOf(b.Receipt.Candidates[i].Visit)
	v, err := GetVisit(ctx, q, project, id)
	if err != nil || b.Visit != 0 {
		return v.From, err
	}
	return source.Source{Name: v.From.Name, Medium: v.From.Medium, Campaign: v.From.Campaign, Kind: v.From.Kind, Channel: v.From.Channel}, nil
}

// from is the source that a number stands for, as a visit of it would have it.
func (s Sign) from() source.Source {
	if s.Offline {
		return source.Source{Name: s.Source, Medium: s.Medium, Campaign: s.Campaign, Channel: source.ChannelOffline}
	}
	return source.Named(s.Source, s.Medium, s.Campaign)
}

// Behind says which visit a call came from and stores the receipt of it (Rules C-90, C-91), with what is certain of it all the same (Rule C-97).
// Asked again about a call it answers what it answered last. A number that is no tracking number of the project's is Unknown without a receipt.
// Errors: those of the store.
func (c *Collector) Behind(ctx context.Context, call Call) (Behind, error) {
	known, found, err := Receipt(ctx, c.events, call.Project, call.ID)
	if err != nil || found {
		return known, err
	}
	use, err := useOf(ctx, c.setups.core, call.Project, call.Number)
	if err != nil {
		return Behind{}, err
	}
	b := Behind{Kind: Unknown, Pool: use.Pool, Revision: 1}
	switch {
	case use.Sign != nil:
		b.Kind, b.Sign, b.Source, b.Chance = BySign, use.Sign, join(use.Sign.Source, use.Sign.Medium, use.Sign.Campaign), 1
		if use.Sign.Offline {
			b.Kind = ByOffline
		}
	case use.Since.IsZero():
		if b.Pool, err = overflowOf(ctx, c.setups.core, call.Project, call.Number); err != nil || b.Pool == "" {
			return b, err
		}
		err = c.score(ctx, call, &b)
	default:
		err = c.score(ctx, call, &b)
	}
	if err != nil {
		return Behind{}, err
	}
	return b, c.events.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if b.Earlier, err = earlier(ctx, tx, call); err != nil {
			return err
		}
		if err := c.keep(ctx, tx, call, b, call.At); err != nil {
			return err
		}
		return Establish(ctx, tx, call.Project, b.truths...)
	})
}

// overflowOf is the pool whose overflow number it is; empty for none.
func overflowOf(ctx context.Context, q store.Querier, project ident.ProjectID, n phone.Number) (PoolID, error) {
	pools, err := Pools(ctx, q, project)
	for _, p := range pools {
		if p.Overflow == n {
			return p.ID, err
		}
	}
	return "", err
}

// score weighs the visits that saw the number, by what the project's scorer has learnt (Rule C-100).
func (c *Collector) score(ctx context.Context, call Call, b *Behind) error {
	shown, err := holders(ctx, c.events, call, b.Pool)
	if err != nil {
		return err
	}
	model, err := ModelOf(ctx, c.events, call.Project)
	if err != nil {
		return err
	}
	if b.Pool == "" && len(shown) > 0 {
		b.Pool = shown[0].pool
	}
	var candidates []pool.Candidate
	for _, h := range likely(shown, call.At) {
		candidates = append(candidates, h.Candidate)
	}
	asked := pool.Call{At: call.At, Region: regionOf(call.Caller)}
	b.Receipt, b.blind = pool.Score(asked, candidates, model), pool.Score(asked, blindly(candidates), model)
	b.holders, b.truths = len(shown), truthsOf(call, shown)
	b.answer()
	return nil
}

// answer is what the receipt says.
func (b *Behind) answer() {
	b.Kind, b.Chance, b.Source = Unknown, 0, b.Receipt.Source
	b.Visit, _ = visitOf(b.Receipt.Visit)
	for _, candidate := range b.Receipt.Candidates {
		if b.Visit != 0 && candidate.Visit == b.Receipt.Visit || b.Visit == 0 && b.Source != "" && candidate.Source == b.Source {
			b.Chance += candidate.Probability
		}
	}
	switch {
	case b.Visit != 0 && b.Receipt.Candidates[0].PromoCode:
		b.Kind = ByPromo
	case b.Visit != 0:
		b.Kind = ByVisit
	case b.Source != "":
		b.Kind = BySource
	}
}

// blindly are candidates without what their truth could be known by (Rule C-103).
func blindly(candidates []pool.Candidate) []pool.Candidate {
	blind := slices.Clone(candidates)
	for i := range blind {
		blind[i].KnownPhone, blind[i].PromoCode = false, false
	}
	return blind
}

// truthsOf are what is certain of a call as it comes in: the only visit that was shown its number, the only visitor who left the caller's
// (Rule C-97). Of several visits of theirs it is the latest.
func truthsOf(call Call, shown []holder) (truths []Truth) {
	note := func(kind TruthKind, visit string) {
		id, _ := visitOf(visit)
		truths = append(truths, Truth{Call: call.ID, Kind: kind, Visit: id, At: call.At})
	}
	if len(shown) == 1 {
		note(TruthByNumber, shown[0].Visit)
	}
	var known []holder
	for _, h := range shown {
		if h.KnownPhone {
			known = append(known, h)
		}
	}
	if len(known) > 0 && !slices.ContainsFunc(known, func(h holder) bool { return h.visitor != known[0].visitor || h.visitor == "" && len(known) > 1 }) {
		note(TruthByPhone, known[0].Visit)
	}
	return truths
}
