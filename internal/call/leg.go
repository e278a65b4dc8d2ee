package call

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"bellwether/internal/money"
	"bellwether/internal/store"
)

// Leg is one connection of a call: to the caller, or to somebody who was rung. A report has it whole, as far as it has come.
type Leg struct {
	N            int64  // 1, 2, 3 within the call
	SIPCallID    string // as the SIP messages have it
	Address      string // the number or SIP address of its far end
	Employee     string // whose contact it is; empty for a client's
	EmployeeName string
	Trunk        string // empty for one without
	Incoming     bool   // it came to us; the others were dialled
	StartedAt    time.Time
	RingingAt    time.Time
	AnsweredAt   time.Time
	EndedAt      time.Time
	SIPCode      int64  // the final response, such as 486; 0 for none
	Reason       string // of the end, as the far end or the PBX put it
	Q850         int64  // the cause of ITU-T Q.850; 0 for none
	Charging     string // the id of the leg that package charging charged; empty for none
	Cost         money.Micro
	Quality      Quality
	Dialog       string // what the PBX needs to end the leg after a crash; it is forgotten with the leg's end
}

// Quality is how a leg sounded, as far as it was measured.
type Quality struct {
	MOS    int64         // hundredths, 100 to 450; 0 where not measured
	Loss   int64         // packets lost in ten thousand
	Jitter time.Duration //
}

// Talk is for how many seconds the leg was connected.
func (l Leg) Talk() int64 { return seconds(l.AnsweredAt, l.EndedAt) }

// seconds is the whole seconds between two instants; 0 where one of them is missing.
func seconds(from, until time.Time) int64 {
	if from.IsZero() || until.Before(from) {
		return 0
	}
	return int64(until.Sub(from) / time.Second)
}

var legColumns = []string{
	"project_id", "call_id", "leg", "sip_call_id", "address", "employee", "employee_name", "trunk", "incoming", "started_at", "ringing_at", "answered_at",
	"ended_at", "sip_code", "reason", "q850", "charging_id", "cost", "mos", "loss", "jitter", "dialog",
}

var legList = strings.Join(legColumns, ", ")

// A leg that has ended does not go back to what an older report said of it.
var mergeLegs = store.NewMerge("call_leg", legColumns, 3, func() (changes []string) {
	for _, column := range legColumns[3:] {
		changes = append(changes, column+" = CASE WHEN call_leg.ended_at > 0 AND excluded.ended_at = 0 THEN call_leg."+column+" ELSE excluded."+column+" END")
	}
	return changes
}()...)

const longestText = 200

// bounded is a text from the network as it is kept: readable, and not endless.
func bounded(text string) string {
	return cut(visible(text), longestText)
}

func (l Leg) row(c Call) []any {
	if !l.EndedAt.IsZero() {
		l.Dialog = ""
	}
	return []any{
		string(c.Project), int64(c.ID), l.N, bounded(l.SIPCallID), bounded(l.Address), l.Employee, l.EmployeeName, l.Trunk, bit(l.Incoming), micros(l.StartedAt),
		micros(l.RingingAt), micros(l.AnsweredAt), micros(l.EndedAt), l.SIPCode, bounded(l.Reason), l.Q850, l.Charging, int64(l.Cost), l.Quality.MOS,
		l.Quality.Loss, l.Quality.Jitter.Microseconds(), l.Dialog,
	}
}

func scanLeg(scan func(...any) error, call *Call) (l Leg, err error) {
	var incoming, started, ringing, answered, ended, jitter int64
	err = scan(&call.Project, &call.ID, &l.N, &l.SIPCallID, &l.Address, &l.Employee, &l.EmployeeName, &l.Trunk, &incoming, &started, &ringing, &answered,
		&ended, &l.SIPCode, &l.Reason, &l.Q850, &l.Charging, &l.Cost, &l.Quality.MOS, &l.Quality.Loss, &jitter, &l.Dialog)
	l.Incoming, l.StartedAt, l.RingingAt, l.AnsweredAt, l.EndedAt = incoming == 1, instant(started), instant(ringing), instant(answered), instant(ended)
	l.Quality.Jitter = time.Duration(jitter) * time.Microsecond
	return l, err
}

func putLegs(ctx context.Context, tx *store.Tx, c Call, legs []Leg) error {
	rows := make([][]any, len(legs))
	for i, l := range legs {
		rows[i] = l.row(c)
	}
	return tx.Merge(ctx, mergeLegs, rows)
}

// SettleLeg writes a leg that has ended with what it costs. It belongs into the transaction in which the leg is charged, so that neither is
// without the other (Rule T-35). The same again changes nothing. The cost of a call that has ended follows.
func SettleLeg(ctx context.Context, tx *store.Tx, ref Ref, l Leg) error {
	c := Call{Project: ref.Project, ID: ref.ID}
	if err := putLegs(ctx, tx, c, []Leg{l}); err != nil {
		return err
	}
	return c.recount(ctx, tx)
}

const day = int64(24*time.Hour/time.Microsecond) << chanceBits // between the ids of calls

// SettleLost writes what a leg costs that was charged after its node had died (Rule T-36). Its row is where it was written last: in its
// first call, or in one that it was handed over to. A leg that died before it was written is written now.
func SettleLost(ctx context.Context, tx *store.Tx, ref Ref, l Leg) error {
	var id, n int64
	err := tx.QueryRow(ctx, `SELECT call_id, leg FROM call_leg WHERE project_id = $1 AND call_id BETWEEN $2 AND $3 AND charging_id = $4 ORDER BY call_id DESC LIMIT 1`,
		string(ref.Project), int64(ref.ID)-day, int64(ref.ID)+day, l.Charging).Scan(&id, &n)
	if errors.Is(err, sql.ErrNoRows) {
		return SettleLeg(ctx, tx, ref, l)
	}
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE call_leg SET cost = $4 WHERE project_id = $1 AND call_id = $2 AND leg = $3`, string(ref.Project), id, n, int64(l.Cost)); err != nil {
		return err
	}
	return Call{Project: ref.Project, ID: ID(id)}.recount(ctx, tx)
}

// recount brings the cost of a call that has ended up to date.
func (c Call) recount(ctx context.Context, tx *store.Tx) error {
	_, err := tx.Exec(ctx, `UPDATE call_log SET cost = (SELECT COALESCE(SUM(l.cost), 0) FROM call_leg AS l WHERE l.project_id = $1 AND l.call_id = $2)
		WHERE project_id = $1 AND call_id = $2 AND ended_at > 0`, string(c.Project), int64(c.ID))
	return err
}

// legsOf are the legs of a call in their order.
func legsOf(ctx context.Context, q store.Querier, c Call) (legs []Leg, err error) {
	return legs, store.EachRow(ctx, q, `SELECT `+legList+` FROM call_leg WHERE project_id = $1 AND call_id = $2 ORDER BY leg`,
		[]any{string(c.Project), int64(c.ID)}, func(rows *sql.Rows) error {
			var of Call
			l, err := scanLeg(rows.Scan, &of)
			legs = append(legs, l)
			return err
		})
}
