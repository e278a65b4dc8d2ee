package simulate

import (
	"context"
	"fmt"

	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// correct does an event that only the history of a live project has.
func (w *world) correct(ctx context.Context, tx *store.Tx, event Event) (err error) {
	b := w.billing
	switch event.Type {
	case "adjustment":
		_, err = b.Adjust(ctx, tx, w.project, billing.Adjustment{ID: event.ID, Amount: event.amount, Reason: event.Reason, WriteOff: event.WriteOff}, event.At)
	case "reversal":
		err = b.ReverseByKey(ctx, tx, w.project, billing.Reversal{Key: event.Key, Reason: event.Reason}, event.At)
		if errs.CodeOf(err) == "ledger.no_entry" {
			w.left, err = append(w.left, fmt.Sprintf("the reversal of %s: there is no such entry in this run", event.Key)), nil
		}
	case "unsubscribe":
		err = b.Unsubscribe(ctx, tx, w.project, event.At)
	case "state":
		if !b.Told {
			return errs.New(errs.Invalid, "simulate.bad_event", "states follow funds in this file").Try(`write "told": true in project.open`)
		}
		err = b.SetState(ctx, tx, w.project, billing.State(event.To), event.At)
	case "usage":
		err = w.carry(ctx, tx, event)
	}
	return err
}

// carry counts a day's communications that are not replayed one by one: forecasts look back at them.
func (w *world) carry(ctx context.Context, tx *store.Tx, event Event) error {
	st, err := billing.GetStanding(ctx, tx, w.project)
	if err != nil {
		return err
	}
	return billing.AddUsage(ctx, tx, []billing.Usage{{
		Project: w.project, Day: st.NextDay, Calls: event.calls, CallCount: event.CallCount, SMS: event.sms, SMSCount: event.SMSCount,
	}})
}
