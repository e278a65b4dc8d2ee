package ledger

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"unicode/utf8"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Key is an idempotency key within its project.
type Key struct {
	Project ident.ProjectID
	Key     string
}

// stored is the key as its column holds it: a project's name has no blank, so that no two keys are stored alike.
func (k Key) stored() string { return k.Key + " " + string(k.Project) }

// ownKey takes the project off a stored key. What was stored otherwise, which only forgery can do, reads as what no key is.
func ownKey(stored string, project ident.ProjectID) string {
	key, whole := strings.CutSuffix(stored, " "+string(project))
	if !whole {
		return stored + "\x00"
	}
	return key
}

// Batch posts entries and moves holds for many callers at once. It looks up accounts and keys for all of them, decides in
// order in Go and writes on Flush, row sets at a time. What a method returns holds once Flush has succeeded and the
// transaction is committed.
//
// A business error (errs.Invalid, NotFound, Conflict, Unpaid) leaves the batch as it was, so that the others go on; any
// other error means that the transaction is lost. One batch at a time may be open in a transaction: what one has not
// flushed the next does not see.
type Batch struct {
	tx       *store.Tx
	accounts map[ident.ProjectID]*account // nil: known not to exist
	entries  map[Key]*Entry               // nil: the key is free
	holds    map[ident.HoldID]*hold       // nil: known not to exist
	holdKeys map[Key]*hold                // nil: the key is free
	posted   []*Entry                     // to be written by Flush
	touched  []*hold                      // to be written by Flush
	scratch  []byte
}

// account is an account as the batch has changed it.
type account struct {
	Account
	dirty bool
}

// NewBatch starts a batch in tx. End it with Flush.
func NewBatch(tx *store.Tx) *Batch {
	return &Batch{
		tx:       tx,
		accounts: map[ident.ProjectID]*account{},
		entries:  map[Key]*Entry{},
		holds:    map[ident.HoldID]*hold{},
		holdKeys: map[Key]*hold{},
		scratch:  make([]byte, 0, 1024),
	}
}

// Load looks up in bulk what a set of postings needs, and locks the accounts in the order of their names. It is never
// required: what is missing is looked up one by one.
func (b *Batch) Load(ctx context.Context, projects []ident.ProjectID, keys []Key) error {
	if err := b.loadAccounts(ctx, projects); err != nil {
		return err
	}
	return b.loadEntries(ctx, keys)
}

// LoadHolds looks up holds in bulk, by identifier and by key. Load their projects' accounts first.
func (b *Batch) LoadHolds(ctx context.Context, wanted []ident.HoldID, keys []Key) error {
	if err := b.loadHolds(ctx, wanted); err != nil {
		return err
	}
	return b.loadHoldKeys(ctx, keys)
}

// Account returns the project's account as the batch has left it; errs.NotFound `ledger.no_account` where it has none.
func (b *Batch) Account(ctx context.Context, project ident.ProjectID) (Account, error) {
	account, err := b.account(ctx, project)
	if err != nil {
		return Account{}, err
	}
	return account.Account, nil
}

// account finds and locks an account.
func (b *Batch) account(ctx context.Context, project ident.ProjectID) (*account, error) {
	if _, known := b.accounts[project]; !known {
		if err := b.loadAccounts(ctx, []ident.ProjectID{project}); err != nil {
			return nil, err
		}
	}
	if account := b.accounts[project]; account != nil {
		return account, nil
	}
	return nil, noAccount(project)
}

func (b *Batch) loadAccounts(ctx context.Context, projects []ident.ProjectID) error {
	missing := make([]string, 0, len(projects))
	for _, project := range projects {
		if _, known := b.accounts[project]; !known && storable(string(project)) {
			missing = append(missing, string(project))
			b.accounts[project] = nil
		}
	}
	slices.Sort(missing)
	decoder := newDecoder(accountColumnList)
	return store.EachKey(ctx, b.tx, "SELECT "+accountColumns+" FROM ledger_account WHERE project_id IN (keys) ORDER BY project_id FOR UPDATE", missing,
		func(rows *sql.Rows) error {
			found, _, err := decoder.account(rows)
			b.accounts[found.Project] = &account{Account: found}
			return err
		})
}

// entry finds the entry under a key, or nil. The project's account must be locked.
func (b *Batch) entry(ctx context.Context, key Key) (*Entry, error) {
	if entry, known := b.entries[key]; known {
		return entry, nil
	}
	err := b.loadEntries(ctx, []Key{key})
	return b.entries[key], err
}

func (b *Batch) loadEntries(ctx context.Context, keys []Key) error {
	decoder := newDecoder(entryColumnList)
	return store.EachKey(ctx, b.tx, "SELECT "+entryColumns+" FROM ledger_entry WHERE idem_key IN (keys)", missingKeys(b.entries, keys), func(rows *sql.Rows) error {
		entry, err := decoder.entry(rows)
		if err == nil {
			b.entries[Key{entry.Project, entry.Key}] = entry
		}
		return err
	})
}

// missingKeys picks the keys not looked up yet, as they are stored, and marks them as free, for the lookup to correct.
func missingKeys[T any](known map[Key]*T, keys []Key) []string {
	missing := make([]string, 0, len(keys))
	for _, key := range keys {
		if _, found := known[key]; !found && storable(key.Key) && storable(string(key.Project)) {
			missing = append(missing, key.stored())
			known[key] = nil
		}
	}
	return missing
}

// query runs a query in the batch's transaction and hands each row to read.
func (b *Batch) query(ctx context.Context, text string, args []any, read func(rows *sql.Rows) error) error {
	return store.EachRow(ctx, b.tx, text, args, read)
}

// storable reports whether both engines can store the text: PostgreSQL takes neither zero bytes nor broken UTF-8, and
// one such text would fail a whole batch.
func storable(text string) bool {
	return strings.IndexByte(text, 0) < 0 && utf8.ValidString(text)
}
