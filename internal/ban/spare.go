package ban

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/access"
	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// Spared is a range of addresses that is never shut out.
type Spared struct {
	Prefix netip.Prefix `json:"prefix"`
	Note   string       `json:"note,omitempty"`
	MadeAt time.Time    `json:"made_at"`
	MadeBy string       `json:"made_by"`
}

// The largest ranges, in bits: whoever spares everybody has no guard.
const (
	leastBits4 = 16
	leastBits6 = 32
)

// longestNote is how many characters a note may have.
const longestNote = 100

// SparedList gives the ranges that are never shut out.
func SparedList(ctx context.Context, q store.Querier) (list []Spared, err error) {
	return list, store.EachRow(ctx, q, `SELECT prefix, note, made_at, made_by FROM ban_spared ORDER BY prefix`, nil, func(rows *sql.Rows) error {
		var s Spared
		var prefix string
		var at int64
		if err := rows.Scan(&prefix, &s.Note, &at, &s.MadeBy); err != nil {
			return err
		}
		s.MadeAt = time.UnixMicro(at).UTC()
		s.Prefix, err = netip.ParsePrefix(prefix)
		list = append(list, s)
		return err
	})
}

// ReadRange reads an address or a range, as 192.0.2.7 or 192.0.2.0/24. errs.Invalid `ban.bad_range`.
func ReadRange(text string) (netip.Prefix, error) {
	text = strings.TrimSpace(text)
	prefix, err := netip.ParsePrefix(text)
	if addr, wrong := netip.ParseAddr(text); wrong == nil && addr.Zone() == "" {
		prefix, err = netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), nil
	}
	least := leastBits4
	if prefix.Addr().Is6() {
		least = leastBits6
	}
	if err != nil || prefix.Bits() < least || prefix.Addr().Is4In6() {
		return netip.Prefix{}, errs.New(errs.Invalid, "ban.bad_range", "%.60q is no address, and no range of /16 at most (IPv6: /32)", text).At("range").Try("write it as 192.0.2.7 or 192.0.2.0/24")
	}
	return prefix.Masked(), nil
}

// Spare never shuts a range out from now on, and lets in whoever of it is shut out (Rule T-127). Errors: errs.Denied `access.denied`,
// errs.Invalid `ban.bad_range`, `ban.bad_note`, errs.Conflict `ban.spared_already`.
func Spare(ctx context.Context, tx *store.Tx, p access.Permit, text, words string, at time.Time) (Spared, error) {
	if err := may(p); err != nil {
		return Spared{}, err
	}
	prefix, err := ReadRange(text)
	if err != nil {
		return Spared{}, err
	}
	if utf8.RuneCountInString(words) > longestNote {
		return Spared{}, errs.New(errs.Invalid, "ban.bad_note", "the note is longer than %d characters", longestNote).At("note").Try("shorten it")
	}
	s := Spared{Prefix: prefix, Note: words, MadeAt: at.UTC(), MadeBy: p.Actor().Name()}
	result, err := tx.Exec(ctx, `INSERT INTO ban_spared (prefix, note, made_at, made_by) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		prefix.String(), s.Note, at.UnixMicro(), s.MadeBy)
	if err != nil {
		return Spared{}, err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return Spared{}, cmp.Or[error](err, errs.New(errs.Conflict, "ban.spared_already", "%s is never shut out already", prefix).At("range"))
	}
	return s, note(ctx, tx, p, prefix.String(), "spare", nil, s, at)
}

// Unspare takes a range off the list. Errors: errs.Denied `access.denied`, errs.Invalid `ban.bad_range`, errs.NotFound `ban.not_spared`.
func Unspare(ctx context.Context, tx *store.Tx, p access.Permit, text string, at time.Time) error {
	if err := may(p); err != nil {
		return err
	}
	prefix, err := ReadRange(text)
	if err != nil {
		return err
	}
	var before Spared
	var made int64
	err = tx.QueryRow(ctx, `SELECT note, made_at, made_by FROM ban_spared WHERE prefix = $1`, prefix.String()).Scan(&before.Note, &made, &before.MadeBy)
	if errors.Is(err, sql.ErrNoRows) {
		return errs.New(errs.NotFound, "ban.not_spared", "%s is not on the list", prefix).At("range")
	}
	if err != nil {
		return err
	}
	before.Prefix, before.MadeAt = prefix, time.UnixMicro(made).UTC()
	if _, err := tx.Exec(ctx, `DELETE FROM ban_spared WHERE prefix = $1`, prefix.String()); err != nil {
		return err
	}
	return note(ctx, tx, p, prefix.String(), "unspare", before, nil, at)
}
