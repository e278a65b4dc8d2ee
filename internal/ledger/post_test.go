package ledger_test

import (
	"testing"

	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
)

// Rule B-14: bonus pays platform fees only; then credit; then cash, below zero where nothing is left.
func TestFundsAreUsedInOrder_Rule_B_14(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, demo, 0)
		for _, step := range []struct {
			posting ledger.Posting
			want    string
		}{
			{payment("1", "100"), "cash 100 bonus 0 credit 0 held 0"},
			{gift("2", ledger.Bonus, "30"), "cash 100 bonus 30 credit 0 held 0"},
			{gift("3", ledger.Credit, "20"), "cash 100 bonus 30 credit 20 held 0"},
			{call("4", "5"), "cash 100 bonus 30 credit 15 held 0"},
			{call("5", "16.000001"), "cash 98.999999 bonus 30 credit 0 held 0"},
			{fee("6", "29"), "cash 98.999999 bonus 1 credit 0 held 0"},
			{fee("7", "2.5"), "cash 97.499999 bonus 0 credit 0 held 0"},
			{fee("8", "100"), "cash -2.500001 bonus 0 credit 0 held 0"},
			{gift("9", ledger.Bonus, "1"), "cash -2.500001 bonus 1 credit 0 held 0"},
			{call("10", "0"), "cash -2.500001 bonus 1 credit 0 held 0"},
			{call("11", "1"), "cash -3.500001 bonus 1 credit 0 held 0"},
		} {
			entry := mustPost(t, db, step.posting)
			a := account(t, db, demo)
			if got := funds(a); got != step.want {
				t.Errorf("after %s: %s, want %s", step.posting.Key, got, step.want)
			}
			if entry.BalanceAfter != a.Balance() || entry.Cash+entry.Bonus+entry.Credit != entry.Amount || entry.ID != a.LastEntry || entry.Seq != a.Seq {
				t.Errorf("entry and account disagree: %+v, %+v", entry, a)
			}
			var sum money.Micro
			for _, leg := range entry.Legs() {
				sum += leg.Amount
			}
			if sum != 0 {
				t.Errorf("the legs of %s sum to %s", step.posting.Key, sum)
			}
		}
		mustVerify(t, db)
	})
}
