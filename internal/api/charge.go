package api

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/danielgtaylor/huma/v2"

	"bellwether/internal/errs"
	"bellwether/internal/idem"
	"bellwether/internal/store"
)

// charge registers an operation of charging. It differs from write in where its effect becomes durable: charging gathers
// the requests of concurrent callers into transactions of its own, and each effect carries the id of its leg, record or
// message, under which it happens once whatever becomes of the rest (Rule B-04). So the idempotency key is looked up
// before, and kept with the answer after; a crash in between is made good by the repetition, which finds the effect done.
func charge[I, O any](a *API, r route, do func(ctx context.Context, in *I) (O, error)) {
	op := a.operation(r)
	op.Parameters = append(op.Parameters, idempotencyParameter)
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*written[O], error) {
		answer, err := a.chargeOnce(ctx, op, in, func() (any, error) { return do(ctx, in) })
		a.countCharge(op.OperationID, err)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		out := &written[O]{Body: stored[O]{answer.Body}}
		if answer.Replayed {
			out.Replayed = "true"
		}
		return out, nil
	})
}

// errUnseen undoes the look-up of a key that nobody used before.
var errUnseen = errors.New("the idempotency key is new")

func (a *API) chargeOnce(ctx context.Context, op huma.Operation, in any, do func() (any, error)) (idem.Answer, error) {
	key, err := a.keyOf(ctx, op, in)
	if err != nil {
		return idem.Answer{}, err
	}
	answer, err := key.answer(ctx, a.parts.DB, func() (int, []byte, error) { return 0, nil, errUnseen })
	if !errors.Is(err, errUnseen) {
		return answer, err
	}
	out, err := do()
	if err != nil {
		return idem.Answer{}, err
	}
	a.parts.Wake()
	body, err := json.Marshal(out)
	if err != nil {
		return idem.Answer{}, err
	}
	return key.answer(ctx, a.parts.DB, func() (int, []byte, error) { return op.DefaultStatus, body, nil })
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

func (k requestKey) answer(ctx context.Context, db *store.DB, fn func() (int, []byte, error)) (answer idem.Answer, err error) {
	err = db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		answer, err = idem.Do(ctx, tx, k.scope, k.key, k.hash, fn)
		return err
	})
	return answer, err
}
