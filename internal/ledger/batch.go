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
	return eachList(missing, func(list string, args []any) error {
		return b.query(ctx, "SELECT "+accountColumns+" FROM ledger_account WHERE project_id IN ("+list+") ORDER BY project_id FOR UPDATE", args,
			func(rows *sql.Rows) error {
				found, _, err := decoder.account(rows)
				b.accounts[found.Project] = &account{Account: found}
				return err
			})
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
	found, err := b.findKeys(ctx, "ledger_entry", missingKeys(b.entries, keys))
	if err != nil {
		return err
	}
	decoder := newDecoder(entryColumnList)
	return eachList(found, func(list string, args []any) error {
		return b.query(ctx, "SELECT "+entryColumns+" FROM ledger_entry WHERE id IN ("+list+")", args, func(rows *sql.Rows) error {
			entry, err := decoder.entry(rows)
			if err == nil {
				b.entries[Key{entry.Project, entry.Key}] = entry
			}
			return err
		})
	})
}

// findKeys finds the identifiers of the rows under the keys. The inner query makes it a seek a key in both engines, also where
// thousands of projects use the same keys, or where PostgreSQL planned the statement when the table was empty.
func (b *Batch) findKeys(ctx context.Context, table string, keys []Key) (found []int64, err error) {
	err = eachKey(keys, func(list string, args []any) error {
		return b.query(ctx, "SELECT id FROM (SELECT (SELECT id FROM "+table+" WHERE idem_key = k.column1 AND project_id = k.column2) AS id FROM "+list+
			") AS looked_up WHERE id IS NOT NULL", args, func(rows *sql.Rows) error {
			var id int64
			err := rows.Scan(&id)
			found = append(found, id)
			return err
		})
	})
	return found, err
}

// missingKeys picks the keys not looked up yet and marks them as free, for the lookup to correct.
func missingKeys[T any](known map[Key]*T, keys []Key) []Key {
	missing := make([]Key, 0, len(keys))
	for _, key := range keys {
		if _, found := known[key]; !found && storable(key.Key) && storable(string(key.Project)) {
			missing = append(missing, key)
			known[key] = nil
		}
	}
	return missing
}

// query runs a query in the batch's transaction and hands each row to read.
func (b *Batch) query(ctx context.Context, text string, args []any, read func(rows *sql.Rows) error) error {
	return eachRow(ctx, b.tx, text, args, read)
}

// eachRow runs a query and hands each row to read, then closes it.
func eachRow(ctx context.Context, q store.Querier, text string, args []any, read func(rows *sql.Rows) error) error {
	rows, err := q.Query(ctx, text, args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := read(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// listSizes are the lengths of lists of values in queries, so that few different statements are prepared.
var listSizes = [...]int{1, 4, 16, 64, 256}

// lists are for IN (...); keyLists are tables k of keys and projects.
var lists, keyLists = func() (texts, keyTexts [len(listSizes)]string) {
	for i, size := range listSizes {
		texts[i] = store.List(1, size)
		pairs := make([]string, size)
		for j := range pairs {
			pairs[j] = "(" + store.List(1+2*j, 2) + ")"
		}
		keyTexts[i] = "(VALUES " + strings.Join(pairs, ", ") + ") AS k"
	}
	return texts, keyTexts
}()

// eachList splits values into lists of those sizes; the last is filled up by repeating its last value.
func eachList[T any](all []T, run func(list string, args []any) error) error {
	return eachSize(all, func(size int, some []T) error {
		args := make([]any, listSizes[size])
		for i := range args {
			args[i] = some[min(i, len(some)-1)]
		}
		return run(lists[size], args)
	})
}

// eachKey does the same for keys.
func eachKey(all []Key, run func(list string, args []any) error) error {
	return eachSize(all, func(size int, some []Key) error {
		args := make([]any, 0, 2*listSizes[size])
		for i := range listSizes[size] {
			key := some[min(i, len(some)-1)]
			args = append(args, key.Key, string(key.Project))
		}
		return run(keyLists[size], args)
	})
}

func eachSize[T any](all []T, run func(size int, some []T) error) error {
	for len(all) > 0 {
		size := 0
		for size < len(listSizes)-1 && listSizes[size] < len(all) {
			size++
		}
		some := all[:min(len(all), listSizes[size])]
		if err := run(size, some); err != nil {
			return err
		}
		all = all[len(some):]
	}
	return nil
}

// storable reports whether both engines can store the text: PostgreSQL takes neither zero bytes nor broken UTF-8, and
// one such text would fail a whole batch.
func storable(text string) bool {
	return strings.IndexByte(text, 0) < 0 && utf8.ValidString(text)
}
