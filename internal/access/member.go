package access

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Member is a user in an organisation; in a project, an employee.
type Member struct {
	Org        ident.Org      `json:"-"`
	User       account.UserID `json:"user"`
	Role       RoleID         `json:"role"`
	JoinedAt   time.Time      `json:"joined_at"`
	InvitedBy  account.UserID `json:"invited_by,omitempty"`
	BlockedAt  time.Time      `json:"blocked_at,omitzero"`
	Everywhere bool           `json:"blocked_everywhere,omitempty"` // blocked by the operator, not here
	SeenAt     time.Time      `json:"-"`                            // here, about
}

const memberColumns = `org, user_id, role, joined_at, invited_by, blocked, blocked_at, seen_at`

const blockedHere, blockedEverywhere = "here", "everywhere"

func scanMember(row interface{ Scan(...any) error }) (Member, error) {
	var m Member
	var org, blocked string
	var joined, blockedAt, seen int64
	err := row.Scan(&org, &m.User, &m.Role, &joined, &m.InvitedBy, &blocked, &blockedAt, &seen)
	m.Org, m.JoinedAt, m.BlockedAt, m.SeenAt, m.Everywhere = readOrg(org), instant(joined), instant(blockedAt), instant(seen), blocked == blockedEverywhere
	return m, err
}

// GetMember reads a member of an organisation; errs.NotFound `access.no_member`.
func GetMember(ctx context.Context, q store.Querier, org ident.Org, id account.UserID) (Member, error) {
	if !account.WellFormed(string(id)) {
		return Member{}, noMember(id)
	}
	m, err := scanMember(q.QueryRow(ctx, `SELECT `+memberColumns+` FROM access_member WHERE org = $1 AND user_id = $2`, org.String(), string(id)))
	if errors.Is(err, sql.ErrNoRows) {
		return Member{}, noMember(id)
	}
	return m, err
}

func noMember(id account.UserID) error {
	return errs.New(errs.NotFound, "access.no_member", "there is no member %.40q", string(id)).At("user")
}

// Members gives up to limit members after one, by age. Their names are account.Users' to tell. errs.Denied `access.denied`.
func Members(ctx context.Context, q store.Querier, p Permit, after account.UserID, limit int) ([]Member, error) {
	if _, err := p.May(View, People); err != nil {
		return nil, err
	}
	return members(ctx, q, `org = $1 AND user_id > $2 ORDER BY user_id LIMIT $3`, p.Org.String(), string(after), limit)
}

// MemberIDs gives everybody who is a member of an organisation, blocked ones too, by age. It asks for no permit: it is for what a node does
// by itself.
func MemberIDs(ctx context.Context, q store.Querier, org ident.Org) ([]account.UserID, error) {
	all, err := members(ctx, q, `org = $1 ORDER BY user_id`, org.String())
	ids := make([]account.UserID, len(all))
	for i, m := range all {
		ids[i] = m.User
	}
	return ids, err
}

// InRole gives those members of an organisation who have one of certain roles and are not blocked, by age. It asks for no permit: it is
// for whom a node writes to by itself.
func InRole(ctx context.Context, q store.Querier, org ident.Org, roles ...RoleID) (ids []account.UserID, err error) {
	all, err := members(ctx, q, `org = $1 AND blocked_at = 0 ORDER BY user_id`, org.String())
	for _, m := range all {
		if slices.Contains(roles, m.Role) {
			ids = append(ids, m.User)
		}
	}
	return ids, err
}

func members(ctx context.Context, q store.Querier, where string, args ...any) ([]Member, error) {
	var list []Member
	return list, store.EachRow(ctx, q, `SELECT `+memberColumns+` FROM access_member WHERE `+where, args, func(rows *sql.Rows) error {
		m, err := scanMember(rows)
		list = append(list, m)
		return err
	})
}

// AddMember makes a user a member without an invitation: for whoever opens a project for somebody. Errors: errs.Denied
// `access.denied`, `access.beyond_own`; errs.NotFound `access.no_role`, `account.no_user`; errs.Conflict `access.is_member`.
func AddMember(ctx context.Context, tx *store.Tx, p Permit, id account.UserID, role RoleID, at time.Time) (Member, error) {
	if err := p.mayGive(ctx, tx, role); err != nil {
		return Member{}, err
	}
	return join(ctx, tx, p.Actor(), p.Org, id, role, p.Self, at)
}

// mayGive refuses a role whose rights go beyond those of whoever gives it.
func (p Permit) mayGive(ctx context.Context, q store.Querier, id RoleID) error {
	if _, err := p.May(Edit, People); err != nil {
		return err
	}
	role, err := FindRole(ctx, q, p.Org, id)
	if err != nil {
		return err
	}
	if role.Retired {
		return noRole(id)
	}
	return p.within(role.Matrix)
}

// FoundProject makes a user the owner of a project that nobody is a member of: for whoever signs up and opens their first.
// errs.Conflict `access.has_members`.
func FoundProject(ctx context.Context, tx *store.Tx, by audit.Actor, id ident.ProjectID, owner account.UserID, at time.Time) (Member, error) {
	org := ident.ProjectOrg(id)
	var n int
	if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM access_member WHERE org = $1`, org.String()).Scan(&n); err != nil {
		return Member{}, err
	}
	if n > 0 {
		return Member{}, errs.New(errs.Conflict, "access.has_members", "the project has an owner").At("project")
	}
	return join(ctx, tx, by, org, owner, Owner, "", at)
}

// join makes a member. Whether that is allowed was asked before.
func join(ctx context.Context, tx *store.Tx, by audit.Actor, org ident.Org, id account.UserID, role RoleID, inviter account.UserID, at time.Time) (Member, error) {
	u, err := account.GetUser(ctx, tx, id)
	if err != nil {
		return Member{}, err
	}
	if _, err := GetMember(ctx, tx, org, id); errs.KindOf(err) != errs.NotFound {
		if err == nil {
			err = errs.New(errs.Conflict, "access.is_member", "the user is a member").At("user")
		}
		return Member{}, err
	}
	m := Member{Org: org, User: id, Role: role, JoinedAt: instant(micros(at)), InvitedBy: inviter}
	blocked := ""
	if m.BlockedAt = u.BlockedAt; !u.BlockedAt.IsZero() {
		blocked, m.Everywhere = blockedEverywhere, true
	}
	_, err = tx.Exec(ctx, `INSERT INTO access_member (`+memberColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, 0)`,
		org.String(), string(id), string(role), micros(at), string(inviter), blocked, micros(m.BlockedAt))
	if err != nil {
		return Member{}, err
	}
	if err := emit(ctx, tx, org, "access.member_joined", map[string]any{"user": id, "role": role}); err != nil {
		return Member{}, err
	}
	return m, record(ctx, tx, by, at, memberChange(m, "join", nil, m))
}

func memberChange(m Member, action string, before, after any) audit.Change {
	return audit.Change{Org: m.Org, Object: "member", ObjectID: string(m.User), Action: action, Before: before, After: after}
}

// SetRole gives a member another role; it counts within 5 seconds. Invitations that they sent lapse. Errors: errs.Denied
// `access.denied`, `access.beyond_own`; errs.NotFound `access.no_role`, `access.no_member`; errs.Conflict
// `access.last_head` where nobody would own the project, or run the agency or the installation.
func SetRole(ctx context.Context, tx *store.Tx, p Permit, id account.UserID, role RoleID, at time.Time) (Member, error) {
	if err := p.mayGive(ctx, tx, role); err != nil {
		return Member{}, err
	}
	before, err := p.subject(ctx, tx, id)
	if err != nil {
		return Member{}, err
	}
	if role != heads[p.Org.Kind] {
		if err := notLastHead(ctx, tx, before); err != nil {
			return Member{}, err
		}
	}
	if _, err := tx.Exec(ctx, `UPDATE access_member SET role = $3 WHERE org = $1 AND user_id = $2`, p.Org.String(), string(id), string(role)); err != nil {
		return Member{}, err
	}
	if err := lapse(ctx, tx, p.Org, id); err != nil {
		return Member{}, err
	}
	after := before
	after.Role = role
	if err := emit(ctx, tx, p.Org, "access.role_changed", map[string]any{"user": id, "role": role}); err != nil {
		return Member{}, err
	}
	return after, record(ctx, tx, p.Actor(), at, memberChange(after, "set role", before, after))
}

// subject finds a member whose rights whoever holds the permit may take: those within their own.
func (p Permit) subject(ctx context.Context, q store.Querier, id account.UserID) (Member, error) {
	m, err := GetMember(ctx, q, p.Org, id)
	if err != nil {
		return Member{}, err
	}
	return m, p.mayTake(ctx, q, m)
}

// mayTake refuses to take rights of a member that go beyond those of whoever holds the permit.
func (p Permit) mayTake(ctx context.Context, q store.Querier, m Member) error {
	role, err := FindRole(ctx, q, m.Org, m.Role)
	if errs.KindOf(err) == errs.NotFound {
		return nil // a role that is not there allows nothing
	}
	if err != nil {
		return err
	}
	return p.within(role.Matrix)
}

// notLastHead refuses to lose the only one, not blocked, who owns a project or runs an agency or the installation (Rule A-10).
func notLastHead(ctx context.Context, tx *store.Tx, m Member) error {
	if m.Role != heads[m.Org.Kind] || !m.BlockedAt.IsZero() {
		return nil
	}
	var others int
	err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM access_member WHERE org = $1 AND role = $2 AND blocked = '' AND user_id <> $3`,
		m.Org.String(), string(m.Role), string(m.User)).Scan(&others)
	if err != nil || others > 0 {
		return err
	}
	return errs.New(errs.Conflict, "access.last_head", "this is the only %s", m.Role).At("user").Try("make somebody else one first").With("role", string(m.Role))
}

// RemoveMember takes a member out of an organisation: their departments, seats and invitations with it. Their API keys here
// are revoked, and end within 5 seconds. Their login stays. handTo gets all their work, which is nobody's where it is empty. Errors: as SetRole, and
// errs.Invalid `access.oneself`, `access.bad_heir`.
func RemoveMember(ctx context.Context, tx *store.Tx, p Permit, seats SeatCounter, id, handTo account.UserID, at time.Time, work ...Work) error {
	if _, err := p.May(Delete, People); err != nil {
		return err
	}
	before, err := p.leaving(ctx, tx, id, handTo)
	if err != nil {
		return err
	}
	freed, err := dropSeats(ctx, tx, p.Org, id)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM access_department_member WHERE project_id = $1 AND user_id = $2`, string(p.Org.Project()), string(id)); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM access_member WHERE org = $1 AND user_id = $2`, p.Org.String(), string(id)); err != nil {
		return err
	}
	if err := recount(ctx, tx, p.Org.Project(), seats, freed, at); err != nil {
		return err
	}
	if err := lapse(ctx, tx, p.Org, id); err != nil {
		return err
	}
	if err := endKeys(ctx, tx, p.Actor(), before, at); err != nil {
		return err
	}
	if err := handOver(ctx, tx, before, handTo, work); err != nil {
		return err
	}
	if err := emit(ctx, tx, p.Org, "access.member_left", map[string]any{"user": id, "handed_to": handTo, "seats": freed}); err != nil {
		return err
	}
	return record(ctx, tx, p.Actor(), at, memberChange(before, "remove", before, map[string]any{"handed_to": handTo, "seats": freed}))
}

// leaving checks that a member may be shut out and that whoever gets their work can do it.
func (p Permit) leaving(ctx context.Context, tx *store.Tx, id, handTo account.UserID) (Member, error) {
	if id == p.Self {
		return Member{}, errs.New(errs.Invalid, "access.oneself", "nobody shuts out themselves").At("user").Try("ask another owner or administrator")
	}
	m, err := p.subject(ctx, tx, id)
	if err != nil {
		return Member{}, err
	}
	if err := mayInherit(ctx, tx, m, handTo); err != nil {
		return Member{}, err
	}
	return m, notLastHead(ctx, tx, m)
}

// mayInherit refuses an heir who cannot do a member's work; nobody can always be named.
func mayInherit(ctx context.Context, q store.Querier, m Member, handTo account.UserID) error {
	if handTo == "" {
		return nil
	}
	heir, err := GetMember(ctx, q, m.Org, handTo)
	if errs.KindOf(err) == errs.NotFound || err == nil && (!heir.BlockedAt.IsZero() || handTo == m.User) {
		return errs.New(errs.Invalid, "access.bad_heir", "the work cannot be handed to %.40q", string(handTo)).At("hand_to").Try("name another member who is not blocked")
	}
	return err
}
