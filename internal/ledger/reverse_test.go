package ledger_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

func reverse(t testing.TB, db *store.DB, id ident.EntryID, key string) (entry ledger.Entry, replayed bool, err error) {
	t.Helper()
	err = db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		var err error
		entry, replayed, err = ledger.Reverse(ctx, tx, demo, id, key, noon.Add(time.Hour), day+1, `charged "twice"`)
		return err
	})
	return entry, replayed, err
}

// Rule B-15: a correction names what it reverses, gives each fund back what it gave, and happens once.
func TestReverse_Rule_B_15(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, demo, 0)
		mustPost(t, db, payment("1", "10"))
		mustPost(t, db, gift("2", ledger.Bonus, "3"))
		mustPost(t, db, gift("3", ledger.Credit, "2"))
		wrong := mustPost(t, db, fee("4", "8"))
		correction, _, err := reverse(t, db, wrong.ID, "5")
		if err != nil {
			t.Fatal(err)
		}
		if a := account(t, db, demo); funds(a) != "cash 10 bonus 3 credit 2 held 0" {
			t.Errorf("after the correction: %s", funds(a))
		}
		if correction.Reverses != wrong.ID || correction.Amount != 8*money.Unit || correction.House != wrong.House || correction.Kind != pricing.Adjustment ||
			correction.Day != day+1 || correction.Quantity != -wrong.Quantity {
			t.Errorf("the correction is %+v", correction)
		}
		var why struct {
			Reverses int64
			Reason   string
		}
		if err := json.Unmarshal(correction.Explain, &why); err != nil || why.Reason != `charged "twice"` || why.Reverses != int64(wrong.ID) {
			t.Errorf("it explains itself with %s", correction.Explain)
		}
		if again, replayed, err := reverse(t, db, wrong.ID, "5"); err != nil || !replayed || again.ID != correction.ID {
			t.Errorf("the same request gives %d, %v, %v", again.ID, replayed, err)
		}
		_, _, err = reverse(t, db, wrong.ID, "6")
		wantCode(t, err, errs.Conflict, "ledger.already_reversed")
		if by, err := ledger.ReversedBy(t.Context(), db, wrong.ID); by != correction.ID || err != nil {
			t.Errorf("it was reversed by %d, %v", by, err)
		}
		if _, _, err := reverse(t, db, correction.ID, "7"); err != nil {
			t.Errorf("a reversal can be reversed: %v", err)
		}
		if a := account(t, db, demo); funds(a) != "cash 7 bonus 0 credit 0 held 0" {
			t.Errorf("after the correction of the correction: %s", funds(a))
		}
		_, _, err = reverse(t, db, 12345, "8")
		wantCode(t, err, errs.NotFound, "ledger.no_entry")
		mustVerify(t, db)
	})
}

func TestReversalsThatAreRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, demo, 0)
		open(t, db, "other", 0)
		paid := mustPost(t, db, payment("1", "10"))
		mustPost(t, db, call("2", "4"))
		back := ledger.Posting{
			Project: demo, Key: "3", Day: day, BookedAt: noon, Kind: pricing.Adjustment, Amount: -paid.Amount, House: paid.House, Reverses: paid.ID, MustCover: true,
		}
		_, _, err := post(t, db, back)
		wantCode(t, err, errs.Unpaid, "ledger.insufficient_funds")
		part := back
		part.Amount = -1
		_, _, err = post(t, db, part)
		wantCode(t, err, errs.Invalid, "ledger.invalid")
		foreign := back
		foreign.Project = "other"
		_, _, err = post(t, db, foreign)
		wantCode(t, err, errs.NotFound, "ledger.no_entry")
		err = inBatch(t, db, func(ctx context.Context, b *ledger.Batch) error {
			first, second := back, back
			first.MustCover, second.Key = false, "4"
			if _, _, err := b.Post(ctx, first); err != nil {
				return err
			}
			_, _, err := b.Post(ctx, second)
			wantCode(t, err, errs.Conflict, "ledger.already_reversed")
			return nil
		})
		if a := account(t, db, demo); err != nil || funds(a) != "cash -4 bonus 0 credit 0 held 0" {
			t.Errorf("%s, %v", funds(a), err)
		}
		mustVerify(t, db)
	})
}
