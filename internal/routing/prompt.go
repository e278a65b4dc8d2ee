package routing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// PromptID names a prompt of a project.
type PromptID string

// PromptKind is what a sound is for.
type PromptKind string

// The kinds.
const (
	Announcement PromptKind = "prompt"
	Music        PromptKind = "music"
)

// Prompt is a sound that callers hear.
type Prompt struct {
	ID     PromptID      `json:"id"`
	Name   string        `json:"name"`
	Kind   PromptKind    `json:"kind"`
	Hash   string        `json:"hash"`   // SHA-256 of the file, in hex
	Format string        `json:"format"` // wav, mp3
	Bytes  int64         `json:"bytes"`
	Length time.Duration `json:"-"`
	Spoken string        `json:"spoken,omitempty"` // the text; empty for an upload
	Voice  string        `json:"voice,omitempty"`
	MadeAt time.Time     `json:"made_at"`
}

const (
	mostPrompts  = 500 // of a project
	objectPrompt = "prompt"
)

// Stored is a file that was checked and lies in its place.
type Stored struct {
	Sound
	Hash  string
	Bytes int64
}

// Store checks a file of sound and puts it in its place, outside transactions: a file that no prompt names does no harm. The
// same content is stored once. errs.Invalid `routing.bad_sound`.
func (s *Service) Store(file []byte) (Stored, error) {
	sound, err := ReadSound(file)
	if err != nil {
		return Stored{}, err
	}
	sum := sha256.Sum256(file)
	stored := Stored{sound, hex.EncodeToString(sum[:]), int64(len(file))}
	path := s.path(stored.Hash, sound.Format)
	if known, err := os.ReadFile(path); err == nil && bytes.Equal(known, file) {
		return stored, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return Stored{}, err
	}
	return stored, writeFile(path, file)
}

// writeFile writes beside the place and moves it there: whoever reads it finds all of it or nothing.
func writeFile(path string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), "new-*")
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return os.Rename(file.Name(), path)
}

func (s *Service) path(hash, format string) string {
	return filepath.Join(s.Files, hash[:2], hash+"."+format)
}

// Path is where a prompt's file lies, for the media side.
func (s *Service) Path(p Prompt) string { return s.path(p.Hash, p.Format) }

// Open opens a prompt's file for a player.
func (s *Service) Open(p Prompt) (io.ReadSeekCloser, error) { return os.Open(s.Path(p)) }

// AddPrompt makes a prompt of a stored file; text and voice say how it was spoken. Errors: errs.Denied `access.denied`,
// errs.Invalid `routing.bad_name`, `routing.bad_kind`; errs.Conflict `routing.too_many`.
func (s *Service) AddPrompt(ctx context.Context, tx *store.Tx, p access.Permit, name string, kind PromptKind, file Stored, text, voice string, at time.Time) (Prompt, error) {
	if err := may(p, access.Edit, access.Schemes); err != nil {
		return Prompt{}, err
	}
	if err := checkName(name); err != nil {
		return Prompt{}, err
	}
	if kind != Announcement && kind != Music {
		return Prompt{}, errs.New(errs.Invalid, "routing.bad_kind", "%.20q is not one of prompt, music", string(kind)).At("kind")
	}
	all, err := Prompts(ctx, tx, p.Org.Project())
	if err != nil {
		return Prompt{}, err
	}
	if len(all) >= mostPrompts {
		return Prompt{}, errs.New(errs.Conflict, "routing.too_many", "a project has at most %d prompts", mostPrompts).Try("remove one first")
	}
	id, err := account.NewID(s.Random, at)
	if err != nil {
		return Prompt{}, err
	}
	made := Prompt{PromptID(id), strings.TrimSpace(name), kind, file.Hash, file.Format, file.Bytes, file.Length, text, voice, at}
	_, err = tx.Exec(ctx, `INSERT INTO routing_prompt (project_id, prompt_id, name, kind, hash, format, bytes, millis, spoken, voice, made_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		p.Org.ID, id, made.Name, string(kind), made.Hash, made.Format, made.Bytes, made.Length.Milliseconds(), text, voice, at.UnixMicro())
	if err != nil {
		return Prompt{}, err
	}
	return made, note(ctx, tx, p, objectPrompt, id, "create", nil, made, at)
}

// RemovePrompt removes a prompt; its file stays for versions of old. Errors: errs.Denied `access.denied`, errs.NotFound
// `routing.no_prompt`, errs.Conflict `routing.prompt_used` where a scheme that counts, a draft or the settings name it.
func (s *Service) RemovePrompt(ctx context.Context, tx *store.Tx, p access.Permit, id PromptID, at time.Time) error {
	if err := may(p, access.Delete, access.Schemes); err != nil {
		return err
	}
	before, err := GetPrompt(ctx, tx, p.Org.Project(), id)
	if err != nil {
		return err
	}
	user, err := promptUser(ctx, tx, p.Org.Project(), id)
	if err != nil {
		return err
	}
	if user != "" {
		return errs.New(errs.Conflict, "routing.prompt_used", "%s plays it", user).At(objectPrompt).Try("choose another prompt there first").With("name", user)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM routing_prompt WHERE project_id = $1 AND prompt_id = $2`, p.Org.ID, string(id)); err != nil {
		return err
	}
	return note(ctx, tx, p, objectPrompt, string(id), "delete", before, nil, at)
}

// promptUser names the scheme that plays a prompt, or the setting; empty where none does. An id is 16 letters by time and chance:
// where the text has it, it is the prompt's.
func promptUser(ctx context.Context, q store.Querier, project ident.ProjectID, id PromptID) (user string, err error) {
	err = store.EachRow(ctx, q, `SELECT s.name, s.draft, COALESCE(v.body, '') FROM routing_scheme AS s
		LEFT JOIN routing_version AS v ON v.project_id = s.project_id AND v.scheme_id = s.scheme_id AND v.version = s.live
		WHERE s.project_id = $1 ORDER BY s.name`, []any{string(project)}, func(rows *sql.Rows) error {
		var name, draft, body string
		err := rows.Scan(&name, &draft, &body)
		if user == "" && strings.Contains(draft+body, `"`+string(id)+`"`) {
			user = name
		}
		return err
	})
	if err != nil || user != "" {
		return user, err
	}
	settings, err := GetSettings(ctx, q, project)
	if settings.Recording.Prompt == string(id) {
		user = objectSettings
	}
	return user, err
}

const promptColumns = `prompt_id, name, kind, hash, format, bytes, millis, spoken, voice, made_at`

func scanPrompt(scan func(...any) error) (p Prompt, err error) {
	var millis, at int64
	err = scan(&p.ID, &p.Name, &p.Kind, &p.Hash, &p.Format, &p.Bytes, &millis, &p.Spoken, &p.Voice, &at)
	p.Length, p.MadeAt = time.Duration(millis)*time.Millisecond, time.UnixMicro(at).UTC()
	return p, err
}

// GetPrompt reads a prompt; errs.NotFound `routing.no_prompt`.
func GetPrompt(ctx context.Context, q store.Querier, project ident.ProjectID, id PromptID) (Prompt, error) {
	if !account.WellFormed(string(id)) {
		return Prompt{}, noPrompt(id)
	}
	p, err := scanPrompt(q.QueryRow(ctx, `SELECT `+promptColumns+` FROM routing_prompt WHERE project_id = $1 AND prompt_id = $2`, string(project), string(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Prompt{}, noPrompt(id)
	}
	return p, err
}

func noPrompt(id PromptID) error {
	return errs.New(errs.NotFound, "routing.no_prompt", "there is no prompt %.40q", string(id)).At(objectPrompt)
}

// Prompts lists a project's prompts and music, by name.
func Prompts(ctx context.Context, q store.Querier, project ident.ProjectID) (list []Prompt, err error) {
	return list, store.EachRow(ctx, q, `SELECT `+promptColumns+` FROM routing_prompt WHERE project_id = $1 ORDER BY name, prompt_id`,
		[]any{string(project)}, func(rows *sql.Rows) error {
			p, err := scanPrompt(rows.Scan)
			list = append(list, p)
			return err
		})
}

// MarshalJSON writes the length in seconds beside the other fields.
func (p Prompt) MarshalJSON() ([]byte, error) {
	type plain Prompt
	return json.Marshal(struct {
		plain
		Seconds float64 `json:"seconds"`
	}{plain(p), p.Length.Seconds()})
}
