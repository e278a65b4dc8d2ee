package ledger

import (
	"cmp"
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"

	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// Report is what Verify found.
type Report struct {
	Accounts int64
	Entries  int64 // entries read, of which Unsealed are not chained yet: they were booked in the last seconds
	Unsealed int64
	Holds    int64
	Houses   []HouseBalance // recomputed sums, in the order of currencies and names
	Broken   int64          // number of breaches, also those beyond the listed ones
	Breaches []Breach       // the first breach of each project, earliest entry first; at most 1,000
}

// OK reports whether everything fits.
func (r Report) OK() bool { return r.Broken == 0 }

// Breach is something that does not fit. What follows it in the same project is not judged, for it rests on what is broken.
type Breach struct {
	Project  ident.ProjectID
	Entry    ident.EntryID // the first broken entry, or the last good one where an account or the end of its chain is broken
	Seq      int64         // its number
	Hold     ident.HoldID  // the broken hold, where it is one
	What     string        // what was compared: "balance_after", "hash", "account cash"
	Expected string        // amounts with their currency, exact
	Found    string
}

func (b Breach) String() string {
	where := fmt.Sprintf("entry %d (number %d)", b.Entry, b.Seq)
	if b.Hold != 0 {
		where = fmt.Sprintf("hold %d", b.Hold)
	}
	return fmt.Sprintf("project %s, %s: %s should be %s but is %s", b.Project, where, b.What, b.Expected, b.Found)
}

const (
	verifyPage   = 4000
	mostBreaches = 1000
)

// Verify recomputes the ledger as it is when it begins and compares (Rule B-06): the numbers of entries without a gap, their
// sums and balances, accounts, holds, reversals, seals, the filing of calls, and that all accounts and house accounts of a currency sum to
// zero. It reads page by page, so that it neither keeps the write-ahead log from being emptied nor needs the ledger in
// memory, and may run while entries are posted. progress, where not nil, is told the number of entries read so far and
// their total. An error means that the ledger could not be read; what is broken in it is in the report.
func Verify(ctx context.Context, db *store.DB, progress func(done, total int64)) (Report, error) {
	v := &verifier{
		db: db, projects: map[ident.ProjectID]*audited{}, houses: map[houseKey]*houseSum{}, progress: progress, weights: weights{maphash.MakeSeed()},
	}
	if v.progress == nil {
		v.progress = func(int64, int64) {}
	}
	for _, step := range []func(context.Context) error{v.begin, v.entries, v.holds, v.calls, v.end} {
		if err := step(ctx); err != nil {
			return Report{}, err
		}
	}
	v.balance()
	slices.SortFunc(v.report.Breaches, func(a, b Breach) int {
		if (a.Hold == 0) != (b.Hold == 0) { // entries before holds
			return cmp.Compare(a.Hold, b.Hold)
		}
		return cmp.Or(cmp.Compare(a.Entry, b.Entry), cmp.Compare(a.Hold, b.Hold), cmp.Compare(a.Project, b.Project))
	})
	return v.report, nil
}

// verifier is one run of Verify.
type verifier struct {
	db       *store.DB
	projects map[ident.ProjectID]*audited
	houses   map[houseKey]*houseSum
	reversed map[ident.EntryID]bool
	total    int64
	report   Report
	progress func(done, total int64)
	scratch  []byte
	weights  weights
	mark     int64 // of the sealer, when Verify began
}

// audited is a project as recomputed so far.
type audited struct {
	account Account // when Verify began
	head    head    // of its chain, when Verify began
	missing bool    // it had no account then
	broken  bool    // a breach was found; the rest is not judged

	seq, lastEntry      int64
	cash, bonus, credit money.Micro
	hash                string
	sealed              int64 // number of the last sealed entry
	unsealed            *Entry
	filed, recomputed   filed       // calls up to the end of the chain, as stored and as counted
	settled             int64       // entries less posted holds, which must come to zero
	held                money.Micro // sum of pending holds when Verify began
	later               *Entry      // the first entry booked after Verify began
	latest              int64       // the greatest number of such an entry
}

func (v *verifier) breach(a *audited, b Breach) {
	if a.broken {
		return
	}
	a.broken = true
	v.report.Broken++
	if len(v.report.Breaches) < mostBreaches {
		v.report.Breaches = append(v.report.Breaches, b)
	}
}

// breachAt records a breach of an entry.
func (v *verifier) breachAt(a *audited, e *Entry, what, expected, found string) {
	v.breach(a, Breach{Project: e.Project, Entry: e.ID, Seq: e.Seq, What: what, Expected: expected, Found: found})
}

// breachAfter records a breach behind the last entry that was good.
func (v *verifier) breachAfter(a *audited, what, expected, found string) {
	v.breach(a, Breach{Project: a.account.Project, Entry: ident.EntryID(a.lastEntry), Seq: a.seq, What: what, Expected: expected, Found: found})
}

// funds is an amount of the project, exact.
func (a *audited) funds(m money.Micro) string { return inCurrency(m, a.account.Currency) }

func inCurrency(m money.Micro, currency money.Currency) string {
	return strings.TrimSpace(m.String() + " " + string(currency)) // a project without an account has none
}

func number[T ~int64](v T) string { return strconv.FormatInt(int64(v), 10) }
