package api

import (
	"context"
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"

	"bellwether/internal/errs"
	"bellwether/internal/idem"
	"bellwether/internal/store"
)

// charge registers an operation of charging. It differs from write in where its effect becomes durable: charging gathers
// the requests of concurrent callers into transactions of its own, and each effect carries the id of its leg, record or
// message, under which it happens once whatever becomes of the rest (Rule B-04). So the idempotency key is claimed before,
// and kept with the answer after; a crash in between is made good by the repetition, which finds the effect done.
func charge[I, O any](a *API, r route, do func(ctx context.Context, in *I) (O, error)) {
	apart(a, r, func(ctx context.Context, in *I) (out O, err error) {
		defer func() { a.countCharge(r.id, err) }()
		return do(ctx, in)
	})
}

// apart registers an operation whose effect becomes durable in transactions of its own, under an id under which it happens once:
// that of what is charged, or one in the database of events.
func apart[I, O any](a *API, r route, do func(ctx context.Context, in *I) (O, error)) {
	op := a.operation(r)
	op.Parameters = append(op.Parameters, idempotencyParameter)
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*written[O], error) {
		answer, err := a.apartOnce(ctx, op, in, func() (any, error) { return do(ctx, in) })
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		out := &written[O]{Status: answer.Status, Body: stored[O]{answer.Body}}
		if answer.Replayed {
			out.Replayed = "true"
		}
		return out, nil
	})
}

func (a *API) apartOnce(ctx context.Context, op huma.Operation, in any, do func() (any, error)) (idem.Answer, error) {
	key, err := a.keyOf(ctx, op, in)
	if err != nil {
		return idem.Answer{}, err
	}
	if answer, err := key.claim(ctx, a.parts.DB); err != nil || answer.Replayed {
		return answer, err
	}
	out, err := do()
	if err != nil {
		a.giveUp(ctx, key, err)
		return idem.Answer{}, err
	}
	a.parts.Wake()
	body, err := json.Marshal(out)
	if err != nil {
		return idem.Answer{}, err
	}
	return key.keep(ctx, a.parts.DB, op.DefaultStatus, body)
}

// giveUp sets the key of a refused request free. Where it is not known whether there was an effect, the key stays its
// request's: only the repetition may use it.
func (a *API) giveUp(ctx context.Context, key requestKey, refused error) {
	if kind := errs.KindOf(refused); kind == errs.Internal || kind == errs.Unavailable {
		return
	}
	err := a.parts.DB.Write(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) error {
		return idem.GiveUp(ctx, tx, key.scope, key.key, key.hash)
	})
	if err != nil {
		a.parts.Log.Warn("an idempotency key stays taken", "request", noteOf(ctx).id, "error", err)
	}
}

// heartbeat registers an operation whose repetition is harmless and so frequent that no answers are kept: the key is
// required and goes to the log of the caller only.
func heartbeat[I, O any](a *API, r route, do func(ctx context.Context, in *I) (O, error)) {
	op := a.operation(r)
	op.Parameters = append(op.Parameters, idempotencyParameter)
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*reply[O], error) {
		if _, err := idempotencyKey(callerOf(ctx).request); err != nil {
			return nil, a.problem(ctx, err)
		}
		out, err := do(ctx, in)
		a.countCharge(op.OperationID, err)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return &reply[O]{Body: out}, nil
	})
}

func (a *API) countCharge(action string, err error) {
	if err == nil {
		a.parts.Metrics.Charge(action, "ok")
		return
	}
	a.parts.Metrics.Charge(action, errs.CodeOf(err))
}

// requestKey is the idempotency key of a request, in its project and with what was asked.
type requestKey struct{ scope, key, hash string }

func (a *API) keyOf(ctx context.Context, op huma.Operation, in any) (requestKey, error) {
	caller := callerOf(ctx)
	key, err := idempotencyKey(caller.request)
	if err != nil {
		return requestKey{}, err
	}
	request, err := json.Marshal(in)
	return requestKey{
		scope: "api/" + caller.request.PathValue(projectParam), key: key, hash: idem.Hash([]byte(op.OperationID), request),
	}, err
}

// claim takes the key, or gives the answer that was given under it.
func (k requestKey) claim(ctx context.Context, db *store.DB) (answer idem.Answer, err error) {
	err = db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		answer, err = idem.Claim(ctx, tx, k.scope, k.key, k.hash)
		return err
	})
	return answer, err
}

// keep stores the answer.
func (k requestKey) keep(ctx context.Context, db *store.DB, status int, body []byte) (answer idem.Answer, err error) {
	err = db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		answer, err = idem.Keep(ctx, tx, k.scope, k.key, k.hash, status, body)
		return err
	})
	return answer, err
}
