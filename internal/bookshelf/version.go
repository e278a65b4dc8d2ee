package bookshelf

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// ID is the identifier of a version on the shelf; later ones are greater.
type ID int64

// String writes the identifier as addresses have it.
func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// ParseID reads an identifier; errs.NotFound `bookshelf.not_found`.
func ParseID(text string) (ID, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return 0, notFound(text)
	}
	return ID(n), nil
}

func notFound(id string) error {
	return errs.New(errs.NotFound, "bookshelf.not_found", "there is no draft or version %.40q", id).At("version")
}

// State is where a version stands.
type State string

// The states of a version.
const (
	Draft     State = "draft"     // it is being written
	Waiting   State = "waiting"   // it is submitted and waits for a second signature
	Published State = "published" // all nodes have it
	Withdrawn State = "withdrawn" // it was published, nobody was on it, and it is offered no more
	Discarded State = "discarded" // it never was published
)

// Version is a version of a price book in the database.
type Version struct {
	ID          ID
	Book        string     // as its text says; empty while that has mistakes
	Version     string     //
	Effective   civil.Date // its first day; zero while the text has mistakes
	State       State
	Text        string            // YAML
	Files       map[string]string // the rate cards it names, CSV by name
	File        string            // by what name it was uploaded; empty where it was typed, or begun as a copy
	Says        string            // what the text calls itself, mistakes or not: "ringostat@2027-01-01"
	Revision    int64             // grows with every change
	MadeBy      account.UserID
	MadeAt      time.Time
	EditedAt    time.Time
	SubmittedBy account.UserID
	SubmittedAt time.Time
	DecidedBy   account.UserID
	DecidedAt   time.Time
	Note        string // why it was refused
}

// Ref names the version as "ringostat@2021-01-01"; empty while its text has mistakes.
func (v Version) Ref() string {
	if v.Book == "" {
		return ""
	}
	return v.Book + "@" + v.Version
}

const columns = `id, book, version, effective, state, text, file, says, revision, made_by, made_at, edited_at, submitted_by, submitted_at, decided_by, decided_at, note`

func scan(read func(...any) error) (v Version, err error) {
	var made, edited, submitted, decided int64
	err = read(&v.ID, &v.Book, &v.Version, &v.Effective, &v.State, &v.Text, &v.File, &v.Says, &v.Revision, &v.MadeBy, &made, &edited, &v.SubmittedBy, &submitted,
		&v.DecidedBy, &decided, &v.Note)
	v.MadeAt, v.EditedAt, v.SubmittedAt, v.DecidedAt = instant(made), instant(edited), instant(submitted), instant(decided)
	return v, err
}

func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

func micros(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

// Get reads a version with its files; errs.NotFound `bookshelf.not_found`.
func Get(ctx context.Context, q store.Querier, id ID) (Version, error) { return get(ctx, q, id, "") }

func get(ctx context.Context, q store.Querier, id ID, lock string) (Version, error) {
	v, err := scan(q.QueryRow(ctx, `SELECT `+columns+` FROM bookshelf_version WHERE id = $1`+lock, int64(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return v, notFound(id.String())
	}
	if err != nil {
		return v, err
	}
	v.Files = map[string]string{}
	return v, store.EachRow(ctx, q, `SELECT name, text FROM bookshelf_file WHERE version_id = $1`, []any{int64(id)}, func(rows *sql.Rows) error {
		var name, text string
		err := rows.Scan(&name, &text)
		v.Files[name] = text
		return err
	})
}

// List gives the versions on the shelf, newest first, without their texts and files; discarded ones are left out.
func List(ctx context.Context, q store.Querier) (found []Version, err error) {
	return found, store.EachRow(ctx, q, `SELECT id, book, version, effective, state, '', file, says, revision, made_by, made_at, edited_at, submitted_by, submitted_at,
		decided_by, decided_at, note FROM bookshelf_version WHERE state <> 'discarded' ORDER BY id DESC`, nil, func(rows *sql.Rows) error {
		v, err := scan(rows.Scan)
		found = append(found, v)
		return err
	})
}

// save stores a version that was changed, with a new revision.
func (v *Version) save(ctx context.Context, tx *store.Tx) error {
	v.Revision++
	_, err := tx.Exec(ctx, `UPDATE bookshelf_version SET book = $2, version = $3, effective = $4, state = $5, text = $6, revision = $7, edited_at = $8,
		submitted_by = $9, submitted_at = $10, decided_by = $11, decided_at = $12, note = $13, file = $14, says = $15 WHERE id = $1`,
		int64(v.ID), v.Book, v.Version, int64(v.Effective), string(v.State), v.Text, v.Revision, micros(v.EditedAt),
		string(v.SubmittedBy), micros(v.SubmittedAt), string(v.DecidedBy), micros(v.DecidedAt), v.Note, v.File, v.Says)
	if store.IsUnique(err) {
		return errs.New(errs.Conflict, "pricebook.duplicate", "%s, or a version from the same day, is there already", v.Ref()).
			Try("give every version its own name and date")
	}
	return err
}

func (v *Version) saveFiles(ctx context.Context, tx *store.Tx) error {
	if _, err := tx.Exec(ctx, `DELETE FROM bookshelf_file WHERE version_id = $1`, int64(v.ID)); err != nil {
		return err
	}
	var rows [][]any
	for name, text := range v.Files {
		rows = append(rows, []any{int64(v.ID), name, text})
	}
	if len(rows) == 0 {
		return nil
	}
	return tx.Insert(ctx, "bookshelf_file", []string{"version_id", "name", "text"}, rows)
}
