package ledger

import (
	"cmp"
	"context"
	"database/sql"
	"math/bits"
	"slices"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// begin reads in one moment what changes: accounts, the sums of pending holds and the ends of chains. Entries are only ever
// added, so that everything these speak of can be read later in peace.
func (v *verifier) begin(ctx context.Context) error {
	v.reversed = map[ident.EntryID]bool{}
	return v.db.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		if err := v.beginAccounts(ctx, q); err != nil {
			return err
		}
		if err := v.beginHeads(ctx, q); err != nil {
			return err
		}
		if err := v.beginCallDays(ctx, q); err != nil {
			return err
		}
		return v.beginHeld(ctx, q)
	})
}

func (v *verifier) beginAccounts(ctx context.Context, q store.Querier) error {
	decoder := newDecoder(accountColumnList)
	return store.EachRow(ctx, q, "SELECT "+accountColumns+" FROM ledger_account", nil, func(rows *sql.Rows) error {
		account, digest, err := decoder.account(rows)
		if err != nil {
			return err
		}
		a := &audited{account: account, hash: genesis(account.Project, account.Currency)}
		v.projects[account.Project] = a
		v.report.Accounts++
		v.total += account.Seq
		if want := account.digest(); want != digest {
			a.seq, a.lastEntry = account.Seq, int64(account.LastEntry)
			v.breachAfter(a, "account digest", want, digest)
		}
		return nil
	})
}

func (v *verifier) beginHeads(ctx context.Context, q store.Querier) error {
	return store.EachRow(ctx, q, "SELECT project_id, seq, entry_id, hash FROM ledger_seal_head", nil, func(rows *sql.Rows) error {
		project, end, err := scanHead(rows)
		if err != nil {
			return err
		}
		a := v.project(project)
		a.head = end
		if !a.missing && (end.seq > a.account.Seq || end.seq < 1) {
			v.breach(a, Breach{
				Project: project, Entry: end.entry, Seq: end.seq, What: "end of the chain",
				Expected: "1 to " + number(a.account.Seq), Found: number(end.seq),
			})
		}
		return nil
	})
}

// project finds an audited project. One without an account was opened since, or is broken, which end finds out.
func (v *verifier) project(project ident.ProjectID) *audited {
	a := v.projects[project]
	if a == nil {
		a = &audited{account: Account{Project: project}, missing: true}
		v.projects[project] = a
	}
	return a
}

func (v *verifier) beginHeld(ctx context.Context, q store.Querier) error {
	held := map[ident.ProjectID]money.Micro{}
	err := store.EachRow(ctx, q, "SELECT project_id, CAST(SUM(amount) AS BIGINT) FROM ledger_hold WHERE state = 'pending' GROUP BY project_id", nil,
		func(rows *sql.Rows) error {
			var project ident.ProjectID
			var sum money.Micro
			err := rows.Scan(&project, &sum)
			held[project] = sum
			return err
		})
	if err != nil {
		return err
	}
	for project, sum := range held {
		v.project(project).held = sum
	}
	return nil
}

// closeAccount compares an account with its entries, once all were read.
func (v *verifier) closeAccount(a *audited) {
	for _, c := range [...]struct {
		what        string
		want, found money.Micro
	}{
		{"account cash", a.cash, a.account.Cash},
		{"account bonus", a.bonus, a.account.Bonus},
		{"account credit", a.credit, a.account.Credit},
	} {
		if c.want != c.found {
			v.breachAfter(a, c.what, a.funds(c.want), a.funds(c.found))
		}
	}
	if a.lastEntry != int64(a.account.LastEntry) {
		v.breachAfter(a, "account last entry", number(a.lastEntry), number(a.account.LastEntry))
	}
}

// end compares what can only be known once everything was read.
func (v *verifier) end(ctx context.Context) error {
	for project, a := range v.projects {
		if a.broken {
			continue
		}
		if a.seq < a.account.Seq {
			v.breachAfter(a, "number of entries", number(a.account.Seq), number(a.seq))
		}
		v.closeAccount(a)
		v.compareCalls(a)
		if a.held != a.account.Held {
			v.breachAfter(a, "account held", a.funds(a.held), a.funds(a.account.Held))
		}
		if a.settled != 0 {
			if err := v.nameUnsettled(ctx, a); err != nil {
				return err
			}
		}
		if a.missing || a.later != nil || a.sealed > a.head.seq {
			if err := v.lookAgain(ctx, project, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// lookAgain makes sure that what was found beyond the beginning of Verify has since reached the account and the chain.
func (v *verifier) lookAgain(ctx context.Context, project ident.ProjectID, a *audited) error {
	account, err := GetAccount(ctx, v.db, project)
	if err != nil && errs.CodeOf(err) != codeNoAccount {
		return err
	}
	if err != nil {
		v.breachAt(a, cmp.Or(a.later, &Entry{Project: project}), "account", "there", "missing")
	}
	if account.Seq < a.latest {
		v.breachAt(a, a.later, "number of entries", number(account.Seq), number(a.latest))
	}
	heads, err := loadHeads(ctx, v.db, []ident.ProjectID{project}, "")
	if err != nil {
		return err
	}
	if end := heads[project]; end.seq < a.sealed {
		v.breachAfter(a, "end of the chain", number(a.sealed), number(end.seq))
	}
	return nil
}

type houseKey struct {
	currency money.Currency
	house    string
}

// houseSum adds in 128 bits: a house account has no bound.
type houseSum struct {
	high  int64
	low   uint64
	count int64
}

func (s *houseSum) add(m money.Micro) {
	var carry uint64
	s.low, carry = bits.Add64(s.low, uint64(m), 0)
	s.high += int64(m>>63) + int64(carry)
}

// balance compares the house accounts of each currency with the accounts of its projects: together they are zero (Rule
// B-03). Where a project is broken, its currency cannot come out even and says nothing new.
func (v *verifier) balance() {
	sums := map[money.Currency]*houseSum{}
	sum := func(currency money.Currency) *houseSum {
		if sums[currency] == nil {
			sums[currency] = &houseSum{}
		}
		return sums[currency]
	}
	for key, house := range v.houses {
		s := sum(key.currency)
		var carry uint64
		s.low, carry = bits.Add64(s.low, house.low, 0)
		s.high += house.high + int64(carry)
		v.report.Houses = append(v.report.Houses, HouseBalance{Currency: key.currency, House: key.house, Amount: money.Micro(house.low), Count: house.count})
	}
	for _, a := range v.projects {
		sum(a.account.Currency).add(a.account.Balance())
	}
	for currency, s := range sums {
		if v.report.OK() && (s.high != 0 || s.low != 0) {
			v.breach(&audited{}, Breach{What: "sum of all accounts in " + string(currency), Expected: inCurrency(0, currency), Found: inCurrency(money.Micro(s.low), currency)})
		}
	}
	slices.SortFunc(v.report.Houses, func(a, b HouseBalance) int {
		return cmp.Or(cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.House, b.House))
	})
}
