package account

import (
	"context"
	"database/sql"
	"errors"
	"net/netip"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// pace says how those who try in vain are slowed (Rule A-04): after free failures each next try must wait, first one second, then
// twice as long each time, at most longest.
type pace struct {
	free    int64
	longest time.Duration
}

var (
	// accountPace is for one account: at most 288 tries a day. Who tries all day from many addresses keeps its owner waiting as long, but
	// for a browser in which the owner has signed in before: it is counted apart (Door.MarkDevice).
	accountPace = pace{free: 4, longest: 5 * time.Minute}
	// addressPace is for one address, behind which there may be an office.
	addressPace = pace{free: 30, longest: 15 * time.Minute}
)

// forgetAttempts is after how long without a try all is forgotten.
const forgetAttempts = 24 * time.Hour

// wait is for how long the next try must wait after so many failures.
func (p pace) wait(failures int64) time.Duration {
	if failures <= p.free {
		return 0
	}
	const doublings = 30 // more would overflow, and are beyond any longest
	return min(time.Second<<min(failures-p.free-1, doublings), p.longest)
}

// attempt is a try of something by an account at an address: "sign-in", "second factor", "mail".
type attempt struct {
	what, account, address string
}

// subject is what tries are counted of.
type subject struct {
	key  string
	pace pace
}

func (a attempt) ofAccount() subject {
	return subject{digestOf(a.what + " of " + a.account).String(), accountPace}
}

func (a attempt) fromAddress() subject {
	return subject{digestOf(a.what + " from " + neighbourhood(a.address)).String(), addressPace}
}

// neighbourhood is what one party holds of addresses: one of IPv4, 2^64 of IPv6.
func neighbourhood(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	prefix, _ := ip.WithZone("").Prefix(64)
	return prefix.String()
}

// begin counts a try as a failure before it is made, so that a thousand at once do not all get in before the first is
// counted; succeeded takes it back. Where it is too early, nothing is counted and the answer is errs.Unavailable
// `account.too_many_attempts` with Params["seconds"] to wait.
func (a attempt) begin(ctx context.Context, tx *store.Tx, at time.Time) error {
	for _, s := range []subject{a.ofAccount(), a.fromAddress()} {
		if err := s.count(ctx, tx, at); err != nil {
			return err
		}
	}
	return nil
}

// count counts a try of one subject, or refuses it.
func (s subject) count(ctx context.Context, tx *store.Tx, at time.Time) error {
	failures, last, next, err := readAttempt(ctx, tx, s.key)
	if err != nil {
		return err
	}
	// A clock that went back must not lock anybody out for longer than the pace would.
	if wait := min(next.Sub(at), s.pace.longest); wait > 0 {
		return tooMany(wait)
	}
	if at.Sub(last) >= forgetAttempts {
		failures = 0
	}
	return writeAttempt(ctx, tx, s.key, failures+1, at, s.pace)
}

// succeeded forgives the account, and takes this one try off the address: whoever has one account there must not be able
// to wipe out what was tried against others.
func (a attempt) succeeded(ctx context.Context, tx *store.Tx, at time.Time) error {
	if _, err := tx.Exec(ctx, `DELETE FROM account_attempt WHERE subject = $1`, a.ofAccount().key); err != nil {
		return err
	}
	return a.fromAddress().takeBack(ctx, tx, at)
}

// takeBack takes one try off a subject.
func (s subject) takeBack(ctx context.Context, tx *store.Tx, at time.Time) error {
	failures, _, _, err := readAttempt(ctx, tx, s.key)
	if err != nil || failures == 0 {
		return err
	}
	return writeAttempt(ctx, tx, s.key, failures-1, at, s.pace)
}

func readAttempt(ctx context.Context, q store.Querier, subject string) (failures int64, last, next time.Time, err error) {
	var lastMicros, nextMicros int64
	err = q.QueryRow(ctx, `SELECT failures, last_at, next_at FROM account_attempt WHERE subject = $1`, subject).Scan(&failures, &lastMicros, &nextMicros)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return failures, instant(lastMicros), instant(nextMicros), err
}

func writeAttempt(ctx context.Context, tx *store.Tx, subject string, failures int64, at time.Time, p pace) error {
	var next time.Time // none, not now: a clock that goes back a second must not cost a second
	if wait := p.wait(failures); wait > 0 {
		next = at.Add(wait)
	}
	_, err := tx.Exec(ctx, `INSERT INTO account_attempt (subject, failures, last_at, next_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures, last_at = excluded.last_at, next_at = excluded.next_at`,
		subject, failures, micros(at), micros(next))
	return err
}

func tooMany(wait time.Duration) error {
	seconds := int64((wait + time.Second - 1) / time.Second)
	return errs.New(errs.Unavailable, "account.too_many_attempts", "too many attempts: wait %d s", seconds).With("seconds", seconds)
}

// Purge removes tokens and sessions that have expired and attempts that are forgotten. Nothing depends on it but room.
func Purge(ctx context.Context, tx *store.Tx, at time.Time) error {
	for _, text := range []string{
		`DELETE FROM account_token WHERE expires_at < $1`, `DELETE FROM account_session WHERE expires_at < $1`,
	} {
		if _, err := tx.Exec(ctx, text, micros(at)); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `DELETE FROM account_attempt WHERE last_at < $1`, micros(at.Add(-forgetAttempts)))
	return err
}
