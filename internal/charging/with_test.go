package charging_test

import (
	"context"
	"errors"
	"testing"

	"bellwether/internal/charging"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Rules T-35, T-36 and B-73: what is written with a charge is there with it, or neither is; of a leg that was settled, and of one that was
// lost.
func TestWrittenWithTheCharge(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		o := open(t, db, ukrainian, "100")
		ctx := context.Background()
		write := func(fn func(context.Context, *store.Tx) error) {
			t.Helper()
			if err := db.Write(ctx, fn); err != nil {
				t.Fatal(err)
			}
		}
		write(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `CREATE TABLE probe (leg TEXT PRIMARY KEY, amount BIGINT NOT NULL)`)
			return err
		})
		records := func(want int) {
			t.Helper()
			var n int
			if err := db.QueryRow(ctx, `SELECT COUNT(*) FROM probe`).Scan(&n); err != nil || n != want {
				t.Errorf("%d records, %v, want %d", n, err, want)
			}
		}
		broken := true
		with := func(ctx context.Context, tx *store.Tx, leg charging.Leg) error {
			_, err := tx.Exec(ctx, `INSERT INTO probe (leg, amount) VALUES ($1, $2) ON CONFLICT (leg) DO NOTHING`, leg.ID, int64(leg.Amount))
			if broken {
				err = errors.Join(err, errors.New("the record cannot be written"))
			}
			return err
		}
		for _, id := range []string{"talked", "lost"} {
			if _, err := o.dial(id, kyivstar); err != nil {
				t.Fatal(err)
			}
		}
		o.extend("lost", 61)
		settle := charging.SettleRequest{Project: o.id, LegID: "talked", AnsweredAt: at(noon), Seconds: 61, At: after(61), With: with}
		if _, err := o.Settle(ctx, settle); err == nil {
			t.Error("charged without its record")
		}
		if leg := o.leg("talked"); leg.State != charging.Open || leg.Entry != 0 {
			t.Errorf("%+v", leg)
		}
		records(0)
		broken = false
		for range 2 { // the second is a repetition
			if leg, err := o.Settle(ctx, settle); err != nil || leg.Amount != uah("2.042483") {
				t.Errorf("%+v, %v", leg, err)
			}
			records(1)
		}
		broken, o.Lost = true, with
		if _, err := o.Recover(ctx, after(95)); err == nil {
			t.Error("recovered without its record")
		}
		if leg := o.leg("lost"); leg.State != charging.Open {
			t.Errorf("%+v", leg)
		}
		broken = false
		if done, err := o.Recover(ctx, after(95)); err != nil || done.Charged != 1 {
			t.Errorf("%+v, %v", done, err)
		}
		records(2)
		o.verified()
	})
}
