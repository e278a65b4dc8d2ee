package ledger_test

import (
	"context"
	"math"
	"testing"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Rule B-14: bonus pays platform fees only; then credit; then cash, below zero where nothing is left. Rule B-03: the legs
// of every entry sum to zero.
func TestFundsAreUsedInOrder_Rule_B_14(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, demo, 0)
		refund := call("12", "1")
		refund.Into = ledger.Cash
		for _, step := range []struct {
			posting ledger.Posting
			want    string
		}{
			{payment("1", "100"), "cash 100 bonus 0 credit 0 held 0"},
			{gift("2", ledger.Bonus, "30"), "cash 100 bonus 30 credit 0 held 0"},
			{gift("3", ledger.Credit, "20"), "cash 100 bonus 30 credit 20 held 0"},
			{refund, "cash 99 bonus 30 credit 20 held 0"},
			{call("4", "5"), "cash 99 bonus 30 credit 15 held 0"},
			{call("5", "16.000001"), "cash 97.999999 bonus 30 credit 0 held 0"},
			{fee("6", "29"), "cash 97.999999 bonus 1 credit 0 held 0"},
			{fee("7", "2.5"), "cash 96.499999 bonus 0 credit 0 held 0"},
			{fee("8", "100"), "cash -3.500001 bonus 0 credit 0 held 0"},
			{gift("9", ledger.Bonus, "1"), "cash -3.500001 bonus 1 credit 0 held 0"},
			{call("10", "0"), "cash -3.500001 bonus 1 credit 0 held 0"},
			{call("11", "1"), "cash -4.500001 bonus 1 credit 0 held 0"},
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

// What is given back goes to the funds that paid, cash first, so that bonus never turns into cash (Rule B-14).
func TestDividedAmounts_Rule_B_14(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, demo, 0)
		mustPost(t, db, payment("1", "10"))
		mustPost(t, db, gift("2", ledger.Bonus, "3"))
		mustPost(t, db, gift("3", ledger.Credit, "2"))
		paid := mustPost(t, db, fee("4", "8")).Paid()
		back := fee("5", "0")
		back.Kind, back.Amount, back.Into = pricing.Discount, money.MustParse("6"), ledger.Divided
		back.Split = paid.Plus(ledger.Split{}).Return(back.Amount)
		mustPost(t, db, back)
		if a := account(t, db, demo); funds(a) != "cash 10 bonus 1 credit 2 held 0" {
			t.Errorf("paid %+v, then %s", paid, funds(a))
		}
		other := back
		other.Split = ledger.Split{Cash: back.Amount}
		_, _, err := post(t, db, other)
		wantCode(t, err, errs.Conflict, "ledger.key_conflict")
		for _, wrong := range []ledger.Split{{}, {Cash: 7 * money.Unit, Bonus: -money.Unit}, {Cash: 5 * money.Unit}} {
			other.Key, other.Split = "6", wrong
			_, _, err := post(t, db, other)
			wantCode(t, err, errs.Invalid, "ledger.invalid")
		}
		mustVerify(t, db)
	})
}

// MustCover refuses what cash, credit and overdraft do not cover; what holds reserve and the bonus do not count.
func TestMustCover(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, demo, money.MustParse("5"))
		mustPost(t, db, payment("1", "10"))
		mustPost(t, db, gift("2", ledger.Bonus, "100"))
		mustPost(t, db, gift("3", ledger.Credit, "2"))
		reserve(t, db, "h", "7") // leaves 10 + 2 + 5 - 7 = 10
		covered := func(p ledger.Posting, bonusPays bool, from ledger.Fund) ledger.Posting {
			p.MustCover, p.BonusPays, p.Into = true, bonusPays, from
			return p
		}
		for _, c := range []struct {
			posting ledger.Posting
			missing string // empty where it is posted
		}{
			{covered(call("4", "10.000001"), false, ""), "0.000001"},
			{covered(call("5", "110.000001"), true, ""), "0.000001"},
			{covered(call("6", "2.5"), false, ledger.Credit), "0.5"},
			{covered(call("7", "11"), false, ledger.Cash), "1"},
			{covered(call("8", "101"), true, ledger.Bonus), "1"},
			{covered(call("9", "10"), false, ""), ""},
			{covered(call("10", "0"), false, ""), ""},
			{covered(call("11", "0.000001"), false, ""), "0.000001"},
			{covered(call("12", "99"), true, ""), ""},
		} {
			_, _, err := post(t, db, c.posting)
			if c.missing == "" {
				if err != nil {
					t.Errorf("%s was refused: %v", c.posting.Key, err)
				}
				continue
			}
			wantCode(t, err, errs.Unpaid, "ledger.insufficient_funds")
			if e, ok := err.(*errs.Error); ok && e.Params["missing"] != money.MustParse(c.missing) {
				t.Errorf("%s: %v is missing, want %s", c.posting.Key, e.Params["missing"], c.missing)
			}
		}
		mustVerify(t, db)
	})
}

// Rule B-04: one key is one entry and one answer, also over a restart; another request under it is a conflict.
func TestSameKeySameAnswer_Rule_B_04(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, demo, 0)
		open(t, db, "other", 0)
		first := mustPost(t, db, fee("k", "3.25"))
		later := fee("k", "3.25")
		later.BookedAt, later.MustCover = noon.Add(time.Hour), true // neither is part of the request
		again, replayed, err := post(t, db, later)
		if err != nil || !replayed {
			t.Fatalf("replayed is %v, %v", replayed, err)
		}
		if diff := cmp.Diff(first, again, cmpopts.IgnoreUnexported(ledger.Entry{})); diff != "" {
			t.Errorf("the second answer differs from the first: %s", diff)
		}
		foreign := fee("k", "3.25")
		foreign.Project = "other"
		if _, replayed, err := post(t, db, foreign); err != nil || replayed {
			t.Errorf("keys belong to projects: replayed is %v, %v", replayed, err)
		}
		for name, change := range requestChanges {
			p := fee("k", "3.25")
			change(&p)
			_, _, err := post(t, db, p)
			if wantCode(t, err, errs.Conflict, "ledger.key_conflict"); t.Failed() {
				t.Fatalf("with another %s", name)
			}
		}
		if a := account(t, db, demo); a.Seq != 1 || a.Cash != money.MustParse("-3.25") {
			t.Errorf("one posting became %d: %s", a.Seq, funds(a))
		}
		mustVerify(t, db)
	})
}

// requestChanges alters each part of a request.
var requestChanges = map[string]func(p *ledger.Posting){
	"day":        func(p *ledger.Posting) { p.Day++ },
	"kind":       func(p *ledger.Posting) { p.Kind = "seat_fee" },
	"item":       func(p *ledger.Posting) { p.Item += "x" },
	"quantity":   func(p *ledger.Posting) { p.Quantity++ },
	"unit price": func(p *ledger.Posting) { p.UnitPrice++ },
	"amount":     func(p *ledger.Posting) { p.Amount++ },
	"into":       func(p *ledger.Posting) { p.Into = ledger.Cash },
	"house":      func(p *ledger.Posting) { p.House += "x" },
	"ref":        func(p *ledger.Posting) { p.Ref += "x" },
	"rule":       func(p *ledger.Posting) { p.Rule += "x" },
	"book":       func(p *ledger.Posting) { p.Book += "x" },
	"explain":    func(p *ledger.Posting) { p.Explain = append([]byte(" "), p.Explain...) },
	"border":     func(p *ledger.Posting) { p.Ref, p.Rule = p.Ref+"B", p.Rule[1:] }, // the same bytes, divided otherwise
}

func TestPostingsThatAreRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, demo, 0)
		long := make([]byte, 1<<17)
		for name, change := range map[string]func(p *ledger.Posting){
			"no key":           func(p *ledger.Posting) { p.Key = "" },
			"zero byte in key": func(p *ledger.Posting) { p.Key = "a\x00b" },
			"no fund":          func(p *ledger.Posting) { p.Into = "" },
			"unknown fund":     func(p *ledger.Posting) { p.Into = "gold" },
			"unknown kind":     func(p *ledger.Posting) { p.Kind = "gold" },
			"no house":         func(p *ledger.Posting) { p.House = "" },
			"no instant":       func(p *ledger.Posting) { p.BookedAt = time.Time{} },
			"broken text":      func(p *ledger.Posting) { p.Item = "\xff" },
			"long explanation": func(p *ledger.Posting) { p.Explain = long },
			"huge amount":      func(p *ledger.Posting) { p.Amount = math.MaxInt64 },
			"least amount":     func(p *ledger.Posting) { p.Amount = math.MinInt64 },
		} {
			p := payment("k", "1")
			change(&p)
			_, _, err := post(t, db, p)
			if wantCode(t, err, errs.Invalid, "ledger.invalid"); t.Failed() {
				t.Fatal(name)
			}
		}
		nowhere := payment("k", "1")
		for _, nowhere.Project = range []ident.ProjectID{"nobody", "a\x00b", ""} {
			_, _, err := post(t, db, nowhere)
			wantCode(t, err, errs.NotFound, "ledger.no_account")
		}
	})
}

// Balances never overflow: what would pass ±2^61 is refused and changes nothing.
func TestBalancesDoNotOverflow(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, demo, 1<<61)
		most := payment("1", "0")
		most.Amount = 1 << 61
		mustPost(t, db, most)
		for key, into := range map[string]ledger.Fund{"2": ledger.Cash, "3": ledger.Bonus, "4": ledger.Credit} {
			_, _, err := post(t, db, gift(key, into, "0.000001"))
			wantCode(t, err, errs.Conflict, "ledger.balance_overflow")
		}
		reserveAll := holdRequest("h", "0")
		reserveAll.Amount = 1 << 61
		if err := inBatch(t, db, func(ctx context.Context, b *ledger.Batch) error {
			_, _, err := b.Hold(ctx, reserveAll)
			return err
		}); err != nil {
			t.Error(err)
		}
		spend := call("5", "0")
		for _, spend.Key = range []string{"5", "6", "7"} {
			spend.Amount = -(1<<61 - 1)
			_, _, err := post(t, db, spend)
			if spend.Key == "7" {
				wantCode(t, err, errs.Conflict, "ledger.balance_overflow")
			} else if err != nil {
				t.Error(err)
			}
		}
		mustVerify(t, db)
	})
}

// A batch decides in order: its later requests see what its earlier ones did, and one that is refused harms no other.
func TestBatchDecidesInOrder(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, demo, 0)
		open(t, db, "other", 0)
		var got []string
		err := inBatch(t, db, func(ctx context.Context, b *ledger.Batch) error {
			got = got[:0]
			if err := b.Load(ctx, []ident.ProjectID{demo, "other", "nobody", demo}, []ledger.Key{{Project: demo, Key: "1"}, {Project: demo, Key: "1"}}); err != nil {
				return err
			}
			covered := call("2", "8")
			covered.MustCover = true
			third := call("3", "8")
			third.MustCover = true
			conflict := call("2", "9")
			nobody := call("4", "1")
			nobody.Project = "nobody"
			for _, p := range []ledger.Posting{covered, payment("1", "10"), payment("1", "10"), covered, third, conflict, nobody, call("5", "1")} {
				_, replayed, err := b.Post(ctx, p)
				switch {
				case err != nil:
					got = append(got, errs.CodeOf(err))
				case replayed:
					got = append(got, "replayed")
				default:
					got = append(got, "posted")
				}
			}
			return nil
		})
		want := []string{"ledger.insufficient_funds", "posted", "replayed", "posted", "ledger.insufficient_funds", "ledger.key_conflict", "ledger.no_account", "posted"}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if a := account(t, db, demo); a.Cash != money.MustParse("1") || a.Seq != 3 {
			t.Errorf("the account is %s after %d entries", funds(a), a.Seq)
		}
		mustVerify(t, db)
	})
}

// An account is opened once, empty, in a currency; its overdraft may change.
func TestAccounts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, demo, 0)
		for _, c := range []struct {
			account ledger.Account
			kind    errs.Kind
			code    string
		}{
			{ledger.Account{Project: demo, Currency: "UAH", OpenedAt: noon}, errs.Conflict, "ledger.account_exists"},
			{ledger.Account{Project: "Bad Name", Currency: "UAH"}, errs.Invalid, "ledger.invalid"},
			{ledger.Account{Project: "a", Currency: "hryvnia"}, errs.Invalid, "ledger.invalid"},
			{ledger.Account{Project: "a", Currency: "UAH", Cash: 1}, errs.Invalid, "ledger.invalid"},
			{ledger.Account{Project: "a", Currency: "UAH", Overdraft: -1}, errs.Invalid, "ledger.invalid"},
		} {
			err := db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error { return ledger.Open(ctx, tx, c.account) })
			wantCode(t, err, c.kind, c.code)
		}
		write(t, db, func(ctx context.Context, tx *store.Tx) error { return ledger.SetOverdraft(ctx, tx, demo, 7) })
		if a := account(t, db, demo); a.Available() != 7 || a.Currency != "UAH" || !a.OpenedAt.Equal(noon.Truncate(time.Microsecond)) {
			t.Errorf("the account is %+v", a)
		}
		_, err := ledger.GetAccount(t.Context(), db, "nobody")
		wantCode(t, err, errs.NotFound, "ledger.no_account")
		mustVerify(t, db)
	})
}

// Where an identifier or a key is taken behind the batch's back, as by another node, nothing is stored and the caller is
// asked to repeat the request.
func TestFlushOntoATakenIdentifier(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		open(t, db, demo, 0)
		taken := func(ctx context.Context, tx *store.Tx) error {
			careless := ledger.NewBatch(tx)
			if err := careless.Load(ctx, []ident.ProjectID{demo}, []ledger.Key{{Project: demo, Key: "1"}}); err != nil {
				return err
			}
			if _, _, err := ledger.Post(ctx, tx, call("1", "1")); err != nil {
				return err
			}
			if _, _, err := careless.Post(ctx, call("1", "1")); err != nil {
				return err
			}
			return careless.Flush(ctx)
		}
		wantCode(t, db.Write(t.Context(), taken), errs.Unavailable, "ledger.id_taken")
		if a := account(t, db, demo); a.Seq != 0 {
			t.Errorf("%d entries were stored", a.Seq)
		}
		mustPost(t, db, call("1", "1"))
		mustVerify(t, db)
	})
}
