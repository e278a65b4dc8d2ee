package billing

import (
	"context"
	"slices"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// The topics of events: their bodies are a Transition, and a Payment.
const (
	TopicState   = "billing.state_changed"
	TopicPayment = "billing.payment_taken"
)

// State is how a project stands with its funds (Rule B-60). Incoming calls die last.
type State string

// The states of a project, in the order in which it runs dry.
const (
	Active     State = "active"
	Low        State = "low"        // the forecast says funds end within days
	Grace      State = "grace"      // funds have ended; outgoing calls and callback stop
	Suspended  State = "suspended"  // incoming calls go to one fallback number, product fees stop
	Unpaid     State = "unpaid"     //
	Quarantine State = "quarantine" // numbers are kept from others, rent stops
	Released   State = "released"   // numbers are gone; data is kept
)

// States lists the states in order.
var States = []State{Active, Low, Grace, Suspended, Unpaid, Quarantine, Released}

// Dry reports whether funds have ended.
func (s State) Dry() bool { return s != Active && s != Low }

// Transition is a change of state.
type Transition struct {
	At   time.Time `json:"at"`
	From State     `json:"from"`
	To   State     `json:"to"`
}

// Stage is a state that a project gets into at an instant while it stays without funds.
type Stage struct {
	To State
	At time.Time
}

// Stages are what happens to a project whose funds end at an instant and are not filled up: grace at once, then the others.
func Stages(l pricebook.Lifecycle, dry time.Time) []Stage {
	ahead := []Stage{{Grace, dry}}
	for _, stage := range stages(l) {
		ahead = append(ahead, Stage{stage.to, dry.Add(days(stage.days))})
	}
	return ahead
}

// DrySince is when funds ended; ok is false while there are some.
func (st *Standing) DrySince() (at time.Time, ok bool) {
	return time.UnixMicro(st.drySince).UTC(), st.drySince != 0
}

// stages are what happens to a project while it stays dry: after so many days from T0 it gets into a state.
func stages(l pricebook.Lifecycle) []struct {
	days int64
	to   State
} {
	return []struct {
		days int64
		to   State
	}{{l.GraceDays, Suspended}, {l.UnpaidDays, Unpaid}, {l.QuarantineDays, Quarantine}, {l.ReleaseDays, Released}}
}

// reviewState makes the state follow the funds: a dry project gets grace from now, funds resume it at once. A project that
// never had an entry is not judged.
func (sc *scene) reviewState(ctx context.Context, book *pricebook.Book) error {
	if sc.Told {
		return nil
	}
	account, err := sc.batch.Account(ctx, sc.project.ID)
	if err != nil {
		return err
	}
	st := sc.standing
	dry := sc.isDry(account, book)
	switch {
	case dry && !st.State.Dry() && account.Seq > 0:
		st.drySince = sc.at.UnixMicro()
		st.transitionAt = sc.at.Add(days(book.Lifecycle.GraceDays)).UnixMicro()
		return sc.moveTo(ctx, Grace)
	case !dry && st.State.Dry():
		st.drySince, st.transitionAt = 0, never
		return sc.moveTo(ctx, Active)
	}
	return nil
}

func days(n int64) time.Duration { return time.Duration(n) * 24 * time.Hour }

// isDry: funds are cash, credit and overdraft; where the platform is sold by term, it is the term that runs out.
func (sc *scene) isDry(account ledger.Account, book *pricebook.Book) bool {
	if book.Terms != nil {
		until, ok := pricing.PaidUntil(sc.standing.Term)
		return ok && sc.day >= until
	}
	return account.Cash+account.Credit+account.Overdraft <= 0
}

// advanceState takes the transition that is due by time.
func (sc *scene) advanceState(ctx context.Context, book *pricebook.Book) error {
	st := sc.standing
	zero := time.UnixMicro(st.drySince)
	st.transitionAt = never
	due := st.State
	for _, stage := range stages(book.Lifecycle) {
		at := zero.Add(days(stage.days))
		if at.After(sc.at) {
			st.transitionAt = at.UnixMicro()
			break
		}
		due = stage.to
	}
	if due == st.State {
		return nil
	}
	if due == Released && sc.Enforce {
		if err := sc.releaseNumbers(ctx); err != nil {
			return err
		}
	}
	return sc.moveTo(ctx, due)
}

func (sc *scene) releaseNumbers(ctx context.Context) error {
	for _, held := range sc.held {
		if held.kind == holdNumber && held.until == never && held.number.Owner == OwnedByOperator {
			if err := sc.end(ctx, held, max(held.from, sc.at.UnixMicro())); err != nil {
				return err
			}
		}
	}
	return nil
}

// moveTo records a transition and tells whoever listens.
func (sc *scene) moveTo(ctx context.Context, to State) error {
	st := sc.standing
	transition := Transition{At: sc.at, From: st.State, To: to}
	st.State, st.StateSince = to, sc.at
	_, err := sc.tx.Exec(ctx, `INSERT INTO billing_transition (project_id, id, at, from_state, to_state) VALUES ($1, $2, $3, $4, $5)`,
		string(sc.project.ID), sc.ids.Next(sc.at), sc.at.UnixMicro(), string(transition.From), string(to))
	if err != nil {
		return err
	}
	return sc.emit(ctx, TopicState, transition)
}

// SetState moves a project to a state that its history tells, where Told is set.
func (s *Service) SetState(ctx context.Context, tx *store.Tx, id ident.ProjectID, to State, at time.Time) error {
	if !slices.Contains(States, to) {
		return errs.New(errs.Invalid, "billing.bad_state", "%.40q is not one of %v", string(to), States).At("to")
	}
	sc, err := s.enter(ctx, tx, id, at, forState)
	if err != nil {
		return err
	}
	if err := sc.moveTo(ctx, to); err != nil {
		return err
	}
	return sc.standing.save(ctx, tx)
}

// Transitions lists a project's changes of state, oldest first.
func Transitions(ctx context.Context, q store.Querier, id ident.ProjectID) ([]Transition, error) {
	rows, err := q.Query(ctx, `SELECT at, from_state, to_state FROM billing_transition WHERE project_id = $1 ORDER BY id`, string(id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var transitions []Transition
	for rows.Next() {
		var t Transition
		var at int64
		if err := rows.Scan(&at, &t.From, &t.To); err != nil {
			return nil, err
		}
		t.At = time.UnixMicro(at).UTC()
		transitions = append(transitions, t)
	}
	return transitions, rows.Err()
}

// ReviewFunds makes a project's state follow its balance after charging moved it across zero; the batch holds what
// charging has posted so far and is flushed by its owner.
func (s *Service) ReviewFunds(ctx context.Context, tx *store.Tx, batch *ledger.Batch, id ident.ProjectID, at time.Time) error {
	sc, err := s.enterWith(ctx, tx, batch, id, at)
	if err != nil {
		return err
	}
	tariff, err := sc.tariff()
	if err != nil {
		return err
	}
	if err := sc.reviewState(ctx, tariff.Book); err != nil {
		return err
	}
	return sc.standing.save(ctx, tx)
}

// MayDial refuses outgoing calls and messages of a project whose funds have ended, with errs.Unpaid `billing.suspended`.
func (st *Standing) MayDial() error {
	if !st.State.Dry() {
		return nil
	}
	return errs.New(errs.Unpaid, "billing.suspended", "the project is in state %s: outgoing calls and messages are stopped", st.State).
		At("project").Try("top up: it resumes at once").With("state", string(st.State))
}
