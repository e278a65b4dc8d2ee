package trunk

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/number"
	"bellwether/internal/recall"
	"bellwether/internal/store"
	"bellwether/internal/vault"
)

// Service is trunks on a database. Its methods are safe for concurrent use.
type Service struct {
	Vault  *vault.Vault
	Random io.Reader

	db      *store.DB
	network *recall.Memory[string, *Network]
}

// New makes a service.
func New(db *store.DB, v *vault.Vault, random io.Reader) *Service {
	return &Service{Vault: v, Random: random, db: db, network: recall.NewMemory[string, *Network](1)}
}

const (
	mostOfProject  = 50
	mostOfOperator = 1000
	longestSecret  = 200
)

// Add makes a trunk of the organisation whose permit it is: the operator's, or a project's (Rule T-54). password is for one
// that registers. Errors: errs.Denied `access.denied`; errs.Invalid `trunk.bad_setting`, `trunk.private_address` with the field; errs.NotFound
// `trunk.no_number` where a project would show a number that it does not hold; errs.Conflict `trunk.too_many`.
func (s *Service) Add(ctx context.Context, tx *store.Tx, p access.Permit, t Trunk, password string, at time.Time) (Trunk, error) {
	if err := mayEdit(p, access.Edit); err != nil {
		return Trunk{}, err
	}
	all, err := OfProject(ctx, tx, p.Org.Project())
	if err != nil {
		return Trunk{}, err
	}
	if most := mostOf(p.Org); len(all) >= most {
		return Trunk{}, errs.New(errs.Conflict, "trunk.too_many", "there are at most %d trunks", most)
	}
	id, err := account.NewID(s.Random, at)
	if err != nil {
		return Trunk{}, err
	}
	t.ID, t.Project = ID(id), p.Org.Project()
	if err := t.check(); err != nil {
		return Trunk{}, err
	}
	if err := mayShow(ctx, tx, t); err != nil {
		return Trunk{}, err
	}
	if t.Mode == ByRegistration && password == "" {
		return Trunk{}, bad("password", "a trunk that registers needs the carrier's password")
	}
	sealed, err := s.seal(t, password)
	if err != nil {
		return Trunk{}, err
	}
	body, err := json.Marshal(t)
	if err != nil {
		return Trunk{}, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO trunk_line (trunk_id, project_id, enabled, priority, body, secret, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		id, p.Org.ID, t.Enabled, t.Priority, string(body), sealed, at.UnixMicro())
	if err != nil {
		return Trunk{}, err
	}
	return t, note(ctx, tx, p, "create", nil, t, at)
}

func mostOf(org ident.Org) int {
	if org.Kind == ident.ProjectKind {
		return mostOfProject
	}
	return mostOfOperator
}

// Edit makes a trunk what is given; an empty password leaves the one it has. Errors as Add, and errs.NotFound `trunk.none`.
func (s *Service) Edit(ctx context.Context, tx *store.Tx, p access.Permit, t Trunk, password string, at time.Time) (Trunk, error) {
	if err := mayEdit(p, access.Edit); err != nil {
		return Trunk{}, err
	}
	before, secret, err := read(ctx, tx, p.Org.Project(), t.ID)
	if err != nil {
		return Trunk{}, err
	}
	t.Project = before.Project
	if err := t.check(); err != nil {
		return Trunk{}, err
	}
	if err := mayShow(ctx, tx, t); err != nil {
		return Trunk{}, err
	}
	switch {
	case t.Mode != ByRegistration:
		secret = ""
	case password != "":
		if secret, err = s.seal(t, password); err != nil {
			return Trunk{}, err
		}
	case secret == "":
		return Trunk{}, bad("password", "a trunk that registers needs the carrier's password")
	case t.Server != before.Server || t.User != before.User: // else whoever may edit could have the password sent to a server of theirs
		return Trunk{}, bad("password", "another server or user needs the password again")
	}
	body, err := json.Marshal(t)
	if err != nil {
		return Trunk{}, err
	}
	_, err = tx.Exec(ctx, `UPDATE trunk_line SET enabled = $2, priority = $3, body = $4, secret = $5 WHERE trunk_id = $1`,
		string(t.ID), t.Enabled, t.Priority, string(body), secret)
	if err == nil && !t.Enabled { // nobody looks any more: what was known would be believed when it is switched on again
		_, err = tx.Exec(ctx, `DELETE FROM trunk_health WHERE trunk_id = $1`, string(t.ID))
	}
	if err != nil {
		return Trunk{}, err
	}
	return t, note(ctx, tx, p, "edit", before, t, at)
}

// Remove ends a trunk; numbers that it carried are carried by none. Errors: errs.Denied `access.denied`, errs.NotFound
// `trunk.none`.
func (s *Service) Remove(ctx context.Context, tx *store.Tx, p access.Permit, id ID, at time.Time) error {
	if err := mayEdit(p, access.Delete); err != nil {
		return err
	}
	before, _, err := read(ctx, tx, p.Org.Project(), id)
	if err != nil {
		return err
	}
	for _, table := range []string{"trunk_number", "trunk_health", "trunk_line"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE trunk_id = $1`, string(id)); err != nil {
			return err
		}
	}
	return note(ctx, tx, p, "delete", before, nil, at)
}

func mayEdit(p access.Permit, a access.Action) error {
	if _, err := p.May(a, access.Telephony); err != nil {
		return err
	}
	if p.Org.Kind == ident.AgencyKind {
		return errs.New(errs.Denied, "access.denied", "trunks belong to projects and to the operator").Try("open a project's page")
	}
	return nil
}

// Get reads a trunk of a project, or with none the operator's; errs.NotFound `trunk.none`.
func Get(ctx context.Context, q store.Querier, project ident.ProjectID, id ID) (Trunk, error) {
	t, _, err := read(ctx, q, project, id)
	return t, err
}

func read(ctx context.Context, q store.Querier, project ident.ProjectID, id ID) (t Trunk, secret string, err error) {
	if !account.WellFormed(string(id)) {
		return Trunk{}, "", None(id)
	}
	var body string
	err = q.QueryRow(ctx, `SELECT body, secret FROM trunk_line WHERE trunk_id = $1 AND project_id = $2`, string(id), string(project)).Scan(&body, &secret)
	if errors.Is(err, sql.ErrNoRows) {
		return Trunk{}, "", None(id)
	}
	if err != nil {
		return Trunk{}, "", err
	}
	return t, secret, json.Unmarshal([]byte(body), &t)
}

// None is the answer for a trunk that is not there.
func None(id ID) error {
	return errs.New(errs.NotFound, "trunk.none", "there is no trunk %.40q", string(id)).At(object)
}

// OfProject lists the trunks of a project, or with none the operator's, in the order in which they are tried.
func OfProject(ctx context.Context, q store.Querier, project ident.ProjectID) ([]Trunk, error) {
	return list(ctx, q, `WHERE project_id = $1 ORDER BY priority, trunk_id`, string(project))
}

func list(ctx context.Context, q store.Querier, where string, args ...any) (trunks []Trunk, err error) {
	return trunks, store.EachRow(ctx, q, `SELECT body FROM trunk_line `+where, args, func(rows *sql.Rows) error {
		var body string
		if err := rows.Scan(&body); err != nil {
			return err
		}
		var t Trunk
		err := json.Unmarshal([]byte(body), &t)
		trunks = append(trunks, t)
		return err
	})
}

// Forget removes the trunks of a project. It is for a demo.
func Forget(ctx context.Context, tx *store.Tx, id ident.ProjectID) error {
	for _, statement := range []string{
		"DELETE FROM trunk_number WHERE trunk_id IN (SELECT trunk_id FROM trunk_line WHERE project_id = $1)",
		"DELETE FROM trunk_health WHERE trunk_id IN (SELECT trunk_id FROM trunk_line WHERE project_id = $1)",
		"DELETE FROM trunk_line WHERE project_id = $1",
	} {
		if _, err := tx.Exec(ctx, statement, string(id)); err != nil {
			return err
		}
	}
	return nil
}

func secretOwner(id ID) string { return "trunk " + string(id) }

// seal encrypts a password; it is kept as it was given, blanks and all.
func (s *Service) seal(t Trunk, password string) (string, error) {
	if t.Mode != ByRegistration {
		return "", nil
	}
	if !seen(password, longestSecret) {
		return "", bad("password", "a password is at most %d characters that can be seen", longestSecret)
	}
	return s.Vault.Seal(s.Random, secretOwner(t.ID), []byte(password))
}

// Password gives the password of a trunk that registers to the SIP side, and to nobody else. errs.NotFound `trunk.none`.
func (s *Service) Password(ctx context.Context, id ID) (string, error) {
	var sealed string
	err := s.db.QueryRow(ctx, `SELECT secret FROM trunk_line WHERE trunk_id = $1`, string(id)).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) || err == nil && sealed == "" {
		return "", None(id)
	}
	if err != nil {
		return "", err
	}
	plain, err := s.Vault.Open(secretOwner(id), sealed)
	return string(plain), err
}

// Reseal seals again, with the vault's first key, up to limit passwords that were sealed with another. It says how many: 0 when
// a rotation of keys is done.
func (s *Service) Reseal(ctx context.Context, tx *store.Tx, limit int) (resealed int, err error) {
	stale := map[ID]string{}
	err = store.EachRow(ctx, tx, `SELECT trunk_id, secret FROM trunk_line WHERE secret <> '' ORDER BY trunk_id`, nil, func(rows *sql.Rows) error {
		var id ID
		var sealed string
		err := rows.Scan(&id, &sealed)
		if len(stale) < limit && s.Vault.Stale(sealed) {
			stale[id] = sealed
		}
		return err
	})
	for id, sealed := range stale {
		plain, opened := s.Vault.Open(secretOwner(id), sealed)
		if opened != nil {
			return 0, opened
		}
		if sealed, err = s.Vault.Seal(s.Random, secretOwner(id), plain); err != nil {
			return 0, err
		}
		if _, err := tx.Exec(ctx, `UPDATE trunk_line SET secret = $2 WHERE trunk_id = $1`, string(id), sealed); err != nil {
			return 0, err
		}
	}
	return len(stale), err
}

func note(ctx context.Context, tx *store.Tx, p access.Permit, action string, before, after any, at time.Time) error {
	id := ID("")
	for _, t := range []any{before, after} {
		if t, ok := t.(Trunk); ok {
			id = t.ID
		}
	}
	return audit.Write(ctx, tx, p.Actor(), at, audit.Change{Org: p.Org, Object: object, ObjectID: string(id), Action: action, Before: before, After: after})
}

// Carried is a number and the trunk that carries it.
type Carried struct {
	Number string `json:"number"` // E.164
	Trunk  ID     `json:"trunk"`
	Most   int    `json:"most_channels"` // calls at once to the number; 0 for no bound of its own (Rule T-57)
}

// Carry lets a trunk carry a number, and no other trunk from then on; most bounds the calls at once to it, 0 for no bound. The
// operator says so of any number of the registry, a project of those it brought along. Errors: errs.Denied `access.denied`;
// errs.NotFound `trunk.none`, `trunk.no_number`; errs.Invalid `trunk.bad_setting`.
func (s *Service) Carry(ctx context.Context, tx *store.Tx, p access.Permit, id ID, e164 string, most int, at time.Time) error {
	if err := mayEdit(p, access.Edit); err != nil {
		return err
	}
	if _, _, err := read(ctx, tx, p.Org.Project(), id); err != nil {
		return err
	}
	if most < 0 || most > mostChannels {
		return bad("most_channels", "channels are 0, for no bound, to %d", mostChannels)
	}
	if err := mayCarry(ctx, tx, p.Org, e164); err != nil {
		return err
	}
	before, _, err := Of(ctx, tx, e164)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO trunk_number (number, trunk_id, most_channels) VALUES ($1, $2, $3)
		ON CONFLICT (number) DO UPDATE SET trunk_id = excluded.trunk_id, most_channels = excluded.most_channels`, e164, string(id), most)
	if err != nil {
		return err
	}
	return audit.Write(ctx, tx, p.Actor(), at, audit.Change{Org: p.Org, Object: object, ObjectID: string(id), Action: "carry", Before: before, After: Carried{e164, id, most}})
}

// mayShow: a project's trunk always shows a number that the project holds (Rule T-10).
func mayShow(ctx context.Context, q store.Querier, t Trunk) error {
	held, err := t.holdsCaller(ctx, q)
	if err == nil && !held {
		err = errs.New(errs.NotFound, "trunk.no_number", "the project has no number %s", t.Caller).At("caller").Try("rent the number or bring it along first")
	}
	return err
}

// holdsCaller tells whether the number that a trunk always shows is its project's; true where it shows none, or is the operator's.
func (t Trunk) holdsCaller(ctx context.Context, q store.Querier) (bool, error) {
	if t.Project == "" || t.Policy != FixedCaller {
		return true, nil
	}
	e, ok, err := number.Get(ctx, q, string(t.Caller))
	return ok && e.Project == t.Project && e.State == number.Rented, err
}

// mayCarry: a project says what carries the numbers it brought along itself, the operator what carries any.
func mayCarry(ctx context.Context, q store.Querier, org ident.Org, e164 string) error {
	e, ok, err := number.Get(ctx, q, e164)
	if err != nil {
		return err
	}
	own := e.Project == org.Project() && e.State == number.Rented && e.Owner == billing.OwnedByCustomer
	if !ok || org.Kind == ident.ProjectKind && !own {
		return errs.New(errs.NotFound, "trunk.no_number", "there is no number %.40q here", e164).At("number").Try("add or bring the number first")
	}
	return nil
}

// Drop makes no trunk carry a number. Errors: errs.Denied `access.denied`, errs.NotFound `trunk.none`.
func (s *Service) Drop(ctx context.Context, tx *store.Tx, p access.Permit, id ID, e164 string, at time.Time) error {
	if err := mayEdit(p, access.Edit); err != nil {
		return err
	}
	if _, _, err := read(ctx, tx, p.Org.Project(), id); err != nil {
		return err
	}
	before, ok, err := Of(ctx, tx, e164)
	if err != nil || !ok || before.Trunk != id {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM trunk_number WHERE number = $1`, e164); err != nil {
		return err
	}
	return audit.Write(ctx, tx, p.Actor(), at, audit.Change{Org: p.Org, Object: object, ObjectID: string(id), Action: "drop", Before: before})
}

// Of says which trunk carries a number; ok is false where none does.
func Of(ctx context.Context, q store.Querier, e164 string) (c Carried, ok bool, err error) {
	err = q.QueryRow(ctx, `SELECT number, trunk_id, most_channels FROM trunk_number WHERE number = $1`, e164).Scan(&c.Number, &c.Trunk, &c.Most)
	if errors.Is(err, sql.ErrNoRows) {
		return Carried{}, false, nil
	}
	return c, err == nil, err
}

// CarriedBy lists up to limit numbers of a trunk after one, in their order.
func CarriedBy(ctx context.Context, q store.Querier, id ID, after string, limit int) (carried []Carried, err error) {
	return carried, store.EachRow(ctx, q, `SELECT number, trunk_id, most_channels FROM trunk_number WHERE trunk_id = $1 AND number > $2 ORDER BY number LIMIT $3`,
		[]any{string(id), after, limit}, func(rows *sql.Rows) error {
			var c Carried
			err := rows.Scan(&c.Number, &c.Trunk, &c.Most)
			carried = append(carried, c)
			return err
		})
}
