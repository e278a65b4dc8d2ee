package mail

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"bellwether/internal/store"
)

const (
	lifetime     = 24 * time.Hour // then a mail is given up
	firstBackoff = 30 * time.Second
	mostBackoff  = time.Hour
	lease        = 2 * time.Minute // a node that fell silent while it tried; several times what a server may take
	keepEnded    = 30 * 24 * time.Hour
	longestError = 300
)

// Courier delivers what a Post took. Its methods are called by one goroutine a node.
type Courier struct {
	DB     *store.DB
	Post   *Post
	Server Server
	Now    func() time.Time
	Log    *slog.Logger
	Count  func(kind Kind, result string) // "sent", "retry", "failed"; for the metrics

	toldNowhere bool
}

// Step delivers what is due, one mail at a time, until nothing is, no server answers, or ctx ends, and says how many went
// out. A failed delivery is no error of it: the mail is tried again.
func (c *Courier) Step(ctx context.Context) (sent int, err error) {
	if err := c.giveUp(ctx); err != nil {
		return 0, err
	}
	if !c.Post.Ready {
		return 0, c.tellNowhere(ctx)
	}
	for ctx.Err() == nil {
		m, ok, err := c.claim(ctx)
		if err != nil || !ok {
			return sent, err
		}
		final, failed := c.deliver(ctx, m)
		if failed == nil {
			sent++
		}
		// What was handed over is noted also where ctx has ended meanwhile.
		if err := c.note(context.WithoutCancel(ctx), m, final, failed); err != nil {
			return sent, err
		}
		if isNobody(failed) {
			return sent, nil
		}
	}
	return sent, nil
}

// parcel is a mail that this node may try.
type parcel struct {
	id, kind, to, sealed string
	attempts             int
	until                int64 // its lease, which tells a try from a later one
}

// claim takes the mail that has been due for longest, for the time of a try.
func (c *Courier) claim(ctx context.Context) (p parcel, ok bool, err error) {
	now := c.Now()
	var candidate string
	err = c.DB.QueryRow(ctx, `SELECT mail_id FROM mail_message WHERE state = 'waiting' AND due_at <= $1 ORDER BY due_at LIMIT 1`, now.UnixMicro()).Scan(&candidate)
	if errors.Is(err, sql.ErrNoRows) {
		return parcel{}, false, nil
	}
	if err != nil {
		return parcel{}, false, err
	}
	err = c.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		p, ok = parcel{id: candidate, until: now.Add(lease).UnixMicro()}, false
		result, err := tx.Exec(ctx, `UPDATE mail_message SET due_at = $2, attempts = attempts + 1
			WHERE mail_id = $1 AND state = 'waiting' AND due_at <= $3`, p.id, p.until, now.UnixMicro())
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err // another node was faster
		}
		ok = true
		return tx.QueryRow(ctx, `SELECT kind, recipient, sealed, attempts FROM mail_message WHERE mail_id = $1`, p.id).
			Scan(&p.kind, &p.to, &p.sealed, &p.attempts)
	})
	return p, ok, err
}

func (c *Courier) deliver(ctx context.Context, p parcel) (final bool, err error) {
	plain, err := c.Post.Vault.Open(owner(p.id), p.sealed)
	if err != nil {
		return false, err // the key may come back
	}
	var l letter
	if err := json.Unmarshal(plain, &l); err != nil {
		return true, err
	}
	return c.Server.send(ctx, p.id, p.to, l)
}

// note writes down what came of a try.
func (c *Courier) note(ctx context.Context, p parcel, final bool, failed error) error {
	now := c.Now()
	switch {
	case failed == nil:
		c.Count(Kind(p.kind), "sent")
		return c.end(ctx, p, "sent", "", now)
	case final:
		c.Count(Kind(p.kind), "failed")
		c.Log.Error("a mail was refused for good", "mail", p.id, "kind", p.kind, "error", reason(failed, p.to))
		return c.end(ctx, p, "failed", reason(failed, p.to), now)
	}
	c.Count(Kind(p.kind), "retry")
	c.Log.Warn("a mail was not taken and is tried again", "mail", p.id, "kind", p.kind, "attempt", p.attempts, "error", reason(failed, p.to))
	return c.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE mail_message SET due_at = $3, error = $4 WHERE mail_id = $1 AND due_at = $2 AND state = 'waiting'`,
			p.id, p.until, now.Add(backoff(p.attempts)).UnixMicro(), reason(failed, p.to))
		return err
	})
}

// end drops the text of a mail that nobody will send again.
func (c *Courier) end(ctx context.Context, p parcel, state, why string, now time.Time) error {
	return c.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE mail_message SET state = $2, error = $3, ended_at = $4, sealed = '' WHERE mail_id = $1 AND state = 'waiting'`,
			p.id, state, why, now.UnixMicro())
		return err
	})
}

// backoff is how long a mail waits after so many tries: twice as long each time, at most an hour.
func backoff(attempts int) time.Duration {
	wait := firstBackoff
	for i := 1; i < attempts && wait < mostBackoff; i++ {
		wait *= 2
	}
	return min(wait, mostBackoff)
}

// giveUp ends what has waited for a day and forgets what ended a month ago.
func (c *Courier) giveUp(ctx context.Context) error {
	now := c.Now()
	var old int64
	err := c.DB.QueryRow(ctx, `SELECT (SELECT COUNT(*) FROM mail_message WHERE state = 'waiting' AND queued_at <= $1 AND due_at <= $3)
		+ (SELECT COUNT(*) FROM mail_message WHERE ended_at > 0 AND ended_at <= $2)`,
		now.Add(-lifetime).UnixMicro(), now.Add(-keepEnded).UnixMicro(), now.UnixMicro()).Scan(&old)
	if err != nil || old == 0 {
		return err
	}
	var given int64
	err = c.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		result, err := tx.Exec(ctx, `UPDATE mail_message SET state = 'failed', sealed = '', ended_at = $2
			WHERE state = 'waiting' AND queued_at <= $1 AND due_at <= $2`, now.Add(-lifetime).UnixMicro(), now.UnixMicro())
		if err != nil {
			return err
		}
		if given, err = result.RowsAffected(); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM mail_message WHERE ended_at > 0 AND ended_at <= $1`, now.Add(-keepEnded).UnixMicro())
		return err
	})
	for range given {
		c.Count("", "given_up")
	}
	if given > 0 {
		c.Log.Error("mails were given up after a day", "mails", given)
	}
	return err
}

// tellNowhere says once that mails wait and there is no server to send them with.
func (c *Courier) tellNowhere(ctx context.Context) error {
	if c.toldNowhere {
		return nil
	}
	lag, err := GetLag(ctx, c.DB)
	if err == nil && lag.Waiting > 0 {
		c.toldNowhere = true
		c.Log.Warn("mails wait and there is nowhere to send them", "mails", lag.Waiting,
			"hint", "set smtp (--smtp smtp://USER:PASSWORD@HOST:PORT) and mail_from (--mail-from)")
	}
	return err
}
