package access

import (
	"context"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// How much an organisation may have mailed to strangers: more is no invitation but a nuisance, whoever is behind it.
const (
	mostInvitations = 100 // open at a time
	mostMails       = 100 // an hour, those that were sent again too
	mailWindow      = time.Hour
)

// mayInvite refuses one more open invitation of an organisation to an address that has none: errs.Conflict
// `access.too_many_invitations`.
func mayInvite(ctx context.Context, tx *store.Tx, org ident.Org, key string, at time.Time) error {
	var open int
	err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM access_invitation WHERE org = $1 AND email_key <> $2 AND expires_at > $3`,
		org.String(), key, micros(at)).Scan(&open)
	if err != nil || open < mostInvitations {
		return err
	}
	return errs.New(errs.Conflict, "access.too_many_invitations", "%d invitations are open, which is as many as there may be", open).
		Try("wait until some are accepted, or revoke them").With("most", mostInvitations)
}

// countMail counts an invitation that is mailed, or refuses it: errs.Unavailable `access.too_many_mails`.
func countMail(ctx context.Context, tx *store.Tx, i Invitation) error {
	if _, err := tx.Exec(ctx, `DELETE FROM access_mail WHERE org = $1 AND sent_at <= $2`, i.Org.String(), micros(i.SentAt.Add(-mailWindow))); err != nil {
		return err
	}
	var sent int
	if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM access_mail WHERE org = $1`, i.Org.String()).Scan(&sent); err != nil {
		return err
	}
	if sent >= mostMails {
		return errs.New(errs.Unavailable, "access.too_many_mails", "%d invitations were mailed within an hour", sent).Try("try again in an hour").With("most", mostMails)
	}
	_, err := tx.Exec(ctx, `INSERT INTO access_mail (org, invitation_id, sent_at) VALUES ($1, $2, $3)`, i.Org.String(), string(i.ID), micros(i.SentAt))
	return err
}
