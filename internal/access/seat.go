package access

import (
	"context"
	"database/sql"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// SeatCounter is told how many seats of a product are in use from now on, in the transaction that changes it: the one of
// package billing charges them. It may refuse a product it does not know.
type SeatCounter interface {
	SetSeats(ctx context.Context, tx *store.Tx, id ident.ProjectID, product string, count int64, at time.Time) error
}

// Seat is that an employee uses a product. A blocked employee's seat is kept and not counted.
type Seat struct {
	Product string
	User    account.UserID
	Since   time.Time
	SeenAt  time.Time // when the employee was last in the project; zero for never
	Blocked bool
}

// unusedAfter is after how long without its employee a seat is pointed out.
const unusedAfter = 14 * 24 * time.Hour

// Unused reports whether the seat costs and nobody sat on it for 14 days (Rule A-13).
func (s Seat) Unused(at time.Time) bool {
	last := s.Since
	if s.SeenAt.After(last) {
		last = s.SeenAt
	}
	return !s.Blocked && at.Sub(last) >= unusedAfter
}

// Away reports whether a member who may come in was not here for 14 days (Rule A-13).
func (m Member) Away(at time.Time) bool {
	last := m.JoinedAt
	if m.SeenAt.After(last) {
		last = m.SeenAt
	}
	return m.BlockedAt.IsZero() && at.Sub(last) >= unusedAfter
}

// Seats gives the project's seats by product and employee. errs.Denied `access.denied`.
func Seats(ctx context.Context, q store.Querier, p Permit) ([]Seat, error) {
	if _, err := p.May(View, People); err != nil {
		return nil, err
	}
	var list []Seat
	return list, store.EachRow(ctx, q, `SELECT s.product, s.user_id, s.since, m.seen_at, m.blocked FROM access_seat AS s
		JOIN access_member AS m ON m.org = $2 AND m.user_id = s.user_id WHERE s.project_id = $1 ORDER BY s.product, s.user_id`,
		[]any{p.Org.ID, p.Org.String()}, func(rows *sql.Rows) error {
			var s Seat
			var since, seen int64
			var blocked string
			err := rows.Scan(&s.Product, &s.User, &since, &seen, &blocked)
			s.Since, s.SeenAt, s.Blocked = instant(since), instant(seen), blocked != ""
			list = append(list, s)
			return err
		})
}

// TakeSeat gives an employee a seat of a product; a second time changes nothing. Errors: errs.Denied `access.denied`;
// errs.NotFound `access.no_member`; errs.Denied `access.blocked` for a blocked one; and the counter's.
func TakeSeat(ctx context.Context, tx *store.Tx, p Permit, seats SeatCounter, id account.UserID, product string, at time.Time) error {
	m, err := p.seated(ctx, tx, id)
	if err != nil {
		return err
	}
	if !m.BlockedAt.IsZero() {
		return errs.New(errs.Denied, "access.blocked", "a blocked employee takes no seat").At("user").Try("unblock them first")
	}
	if !validName(product) {
		return errs.New(errs.Invalid, "access.bad_product", "%.40q is not a product", product).At("product")
	}
	result, err := tx.Exec(ctx, `INSERT INTO access_seat (project_id, product, user_id, since) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		p.Org.ID, product, string(id), micros(at))
	return p.seatChanged(ctx, tx, seats, result, err, id, product, "take", at)
}

// LeaveSeat takes a seat from an employee; it leaves tomorrow's charge. A second time changes nothing. Errors: as TakeSeat.
func LeaveSeat(ctx context.Context, tx *store.Tx, p Permit, seats SeatCounter, id account.UserID, product string, at time.Time) error {
	if _, err := p.seated(ctx, tx, id); err != nil {
		return err
	}
	result, err := tx.Exec(ctx, `DELETE FROM access_seat WHERE project_id = $1 AND product = $2 AND user_id = $3`, p.Org.ID, product, string(id))
	return p.seatChanged(ctx, tx, seats, result, err, id, product, "leave", at)
}

// seated finds an employee whose seats may be changed.
func (p Permit) seated(ctx context.Context, q store.Querier, id account.UserID) (Member, error) {
	if p.Org.Kind != ident.ProjectKind {
		return Member{}, denied(Edit, People)
	}
	if _, err := p.May(Edit, People); err != nil {
		return Member{}, err
	}
	return GetMember(ctx, q, p.Org, id)
}

// seatChanged tells of a change, unless nothing changed.
func (p Permit) seatChanged(ctx context.Context, tx *store.Tx, seats SeatCounter, result sql.Result, err error, id account.UserID, product, action string, at time.Time) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return err
	}
	if err := recount(ctx, tx, p.Org.Project(), seats, []string{product}, at); err != nil {
		return err
	}
	topic := map[string]string{"take": "access.seat_taken", "leave": "access.seat_left"}[action]
	if err := emit(ctx, tx, p.Org, topic, map[string]any{"user": id, "product": product}); err != nil {
		return err
	}
	return record(ctx, tx, p.Actor(), at, audit.Change{
		Org: p.Org, Object: "seat", ObjectID: string(id), Action: action, After: map[string]string{"product": product},
	})
}

// recount tells the counter how many seats of products are in use by employees who are not blocked.
func recount(ctx context.Context, tx *store.Tx, id ident.ProjectID, seats SeatCounter, products []string, at time.Time) error {
	if seats == nil {
		return nil
	}
	for _, product := range products {
		var n int64
		err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM access_seat AS s JOIN access_member AS m ON m.org = $3 AND m.user_id = s.user_id
			WHERE s.project_id = $1 AND s.product = $2 AND m.blocked = ''`, string(id), product, ident.ProjectOrg(id).String()).Scan(&n)
		if err != nil {
			return err
		}
		if err := seats.SetSeats(ctx, tx, id, product, n, at); err != nil {
			return err
		}
	}
	return nil
}

// seatsOf names the products a member has a seat of.
func seatsOf(ctx context.Context, q store.Querier, org ident.Org, id account.UserID) ([]string, error) {
	var products []string
	return products, store.EachRow(ctx, q, `SELECT product FROM access_seat WHERE project_id = $1 AND user_id = $2 ORDER BY product`,
		[]any{string(org.Project()), string(id)}, func(rows *sql.Rows) error {
			var product string
			err := rows.Scan(&product)
			products = append(products, product)
			return err
		})
}

// dropSeats takes a member's seats and names their products.
func dropSeats(ctx context.Context, tx *store.Tx, org ident.Org, id account.UserID) ([]string, error) {
	products, err := seatsOf(ctx, tx, org, id)
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, `DELETE FROM access_seat WHERE project_id = $1 AND user_id = $2`, string(org.Project()), string(id))
	return products, err
}
