package ledger

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// Fund is a part of a project's account. The order in which charges use them is Rule B-14.
type Fund string

// The funds of an account.
const (
	Cash   Fund = "cash"   // paid in; the only fund that is ever paid back
	Bonus  Fund = "bonus"  // given; pays platform fees only
	Credit Fund = "credit" // given or converted; pays everything
	// Divided says that a positive amount goes to several funds: a posting names them in Split.
	Divided Fund = "divided"
)

// Account is what a project owns and owes.
type Account struct {
	Project   ident.ProjectID
	Currency  money.Currency
	Cash      money.Micro // negative where fees were posted that nothing covered
	Bonus     money.Micro
	Credit    money.Micro
	Held      money.Micro // sum of pending holds
	Overdraft money.Micro // how far below zero holds and covered charges may go; zero or more
	Seq       int64       // number of entries
	LastEntry ident.EntryID
	OpenedAt  time.Time
}

// Balance is everything in the account: cash, bonus and credit. Holds do not change it.
func (a Account) Balance() money.Micro { return a.Cash + a.Bonus + a.Credit }

// Available is what a new hold may take: cash, credit and overdraft less what is held. Bonus pays platform fees only
// (Rule B-14) and does not count.
func (a Account) Available() money.Micro { return a.Cash + a.Credit + a.Overdraft - a.Held }

const accountColumns = "project_id, currency, cash, bonus, credit, held, overdraft, seq, last_entry_id, opened_at, digest"

var accountColumnList = columnList(accountColumns)

// row is the account as its table stores it, in the order of accountColumns.
func (a Account) row() []any {
	return []any{
		string(a.Project), string(a.Currency), int64(a.Cash), int64(a.Bonus), int64(a.Credit), int64(a.Held), int64(a.Overdraft),
		a.Seq, int64(a.LastEntry), a.OpenedAt.UnixMicro(), a.digest(),
	}
}

// digest fingerprints the account's row, so that Verify notices a change that no entry explains.
func (a Account) digest() string {
	b := make([]byte, 0, 160)
	b = append(b, "account 1 "...)
	b = appendText(b, string(a.Project))
	b = appendText(b, string(a.Currency))
	b = appendInts(b, int64(a.Cash), int64(a.Bonus), int64(a.Credit), int64(a.Held), int64(a.Overdraft),
		a.Seq, int64(a.LastEntry), a.OpenedAt.UnixMicro())
	return hashOf(b)
}

// Open opens the account of account.Project in account.Currency with account.Overdraft; its funds must be empty. A second
// account of a project is errs.Conflict `ledger.account_exists`.
func Open(ctx context.Context, tx *store.Tx, account Account) error {
	if err := tx.May(ident.ProjectOrg(account.Project), forProjects...); err != nil {
		return err
	}
	if _, err := ident.ParseProjectID(string(account.Project)); err != nil {
		return invalid("project", err.Error())
	}
	if _, err := money.ParseCurrency(string(account.Currency)); err != nil {
		return invalid("currency", err.Error())
	}
	if account.Balance() != 0 || account.Held != 0 || account.Seq != 0 || account.LastEntry != 0 {
		return invalid("account", "an account is opened empty").Try("post what it owns")
	}
	if err := CheckOverdraft(account.Overdraft); err != nil {
		return err
	}
	_, err := GetAccount(ctx, tx, account.Project)
	switch {
	case err == nil:
		return errs.New(errs.Conflict, "ledger.account_exists", "project %s has an account already", account.Project).At("project")
	case errs.CodeOf(err) != codeNoAccount:
		return err
	}
	return tx.Insert(ctx, "ledger_account", accountColumnList, [][]any{account.row()})
}

// SetOverdraft changes how far below zero the project's holds and covered charges may go.
func SetOverdraft(ctx context.Context, tx *store.Tx, project ident.ProjectID, overdraft money.Micro) error {
	if err := tx.May(ident.ProjectOrg(project), forMoney...); err != nil {
		return err
	}
	if err := CheckOverdraft(overdraft); err != nil {
		return err
	}
	b := NewBatch(tx)
	account, err := b.account(ctx, project)
	if err != nil {
		return err
	}
	account.Overdraft, account.dirty = overdraft, true
	return b.Flush(ctx)
}

// CheckOverdraft refuses what cannot be an overdraft, with errs.Invalid `ledger.invalid`.
func CheckOverdraft(overdraft money.Micro) error {
	if overdraft < 0 || overdraft > limit {
		return invalid("overdraft", "an overdraft is zero or more, and at most 2^61 millionths")
	}
	return nil
}

// GetAccount reads a project's account; errs.NotFound `ledger.no_account` where it has none.
func GetAccount(ctx context.Context, q store.Querier, project ident.ProjectID) (Account, error) {
	account, _, err := newDecoder(accountColumnList).account(q.QueryRow(ctx, "SELECT "+accountColumns+" FROM ledger_account WHERE project_id = $1", string(project)))
	if errors.Is(err, sql.ErrNoRows) {
		return Account{}, noAccount(project)
	}
	return account, err
}

// Sequences gives how many entries each of some projects has: a project whose number has grown has moved. Projects without
// an account are left out.
func Sequences(ctx context.Context, q store.Querier, projects []ident.ProjectID) (map[ident.ProjectID]int64, error) {
	found := map[ident.ProjectID]int64{}
	return found, store.EachList(projects, func(list string, args []any) error {
		return store.EachRow(ctx, q, `SELECT project_id, seq FROM ledger_account WHERE project_id IN (`+list+`)`, args, func(rows *sql.Rows) error {
			var id ident.ProjectID
			var seq int64
			err := rows.Scan(&id, &seq)
			found[id] = seq
			return err
		})
	})
}

const codeNoAccount = "ledger.no_account"

func noAccount(project ident.ProjectID) error {
	return errs.New(errs.NotFound, codeNoAccount, "project %s has no account", project).At("project")
}
