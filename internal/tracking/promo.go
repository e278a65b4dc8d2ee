package tracking

import (
	"context"
	"database/sql"
	"errors"
	mathrand "math/rand/v2"
	"slices"
	"strconv"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

const (
	// promoLife is for how long after their latest visit's beginning a visitor keeps a code (Rule C-93).
	promoLife = 30 * 24 * time.Hour
	// promoStay is the same for a visit whose visitor is not known again.
	promoStay = 7 * 24 * time.Hour
	// promoDraws is how many codes of a length are drawn before longer ones are: so about half of them stay free.
	promoDraws = 4
	promo      = "promo" // the feature of the tag
)

// showPromo gives the visit its code, where the site shows codes and the visitor allows it (Rule C-93).
func (b *batch) showPromo(ctx context.Context, l *live, v *visit, t *task) error {
	if v.promo != "" || v.agent.bot != "" || v.consent == NoConsent || t.hit.Kind == LeaveHit || !slices.Contains(t.setup.site.Features, promo) {
		return nil
	}
	if v.visitor != "" {
		code, err := b.knownPromo(ctx, l.project, v, t.at)
		if err != nil || code != "" {
			v.promo = code
			return err
		}
	}
	code, err := b.freePromo(ctx, l.project, t.at)
	if err != nil {
		return err
	}
	v.promo = code
	life := promoLife
	if v.visitor == "" {
		life = promoStay
	}
	return b.tx.Merge(ctx, promoRows, [][]any{{string(l.project), string(code), v.visitor, int64(v.id), t.at.Add(life).UnixMicro()}})
}

var promoRows = store.NewMerge("tracking_promo", []string{"project_id", "code", "visitor_id", "visit_id", "until"}, 2, "visitor_id", "visit_id", "until")

// knownPromo is the code that the visitor has from before, now of this visit.
func (b *batch) knownPromo(ctx context.Context, project key, v *visit, at time.Time) (code PromoCode, err error) {
	err = b.tx.QueryRow(ctx, `SELECT code FROM tracking_promo /*by tracking_promo_visitor*/ WHERE project_id = $1 AND visitor_id = $2 AND visitor_id <> '' AND until > $3 ORDER BY until DESC LIMIT 1`,
		string(project), v.visitor, at.UnixMicro()).Scan(&code)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	_, err = b.tx.Exec(ctx, `UPDATE tracking_promo SET visit_id = $3, until = $4 WHERE project_id = $1 AND code = $2`, string(project), string(code), int64(v.id), at.Add(promoLife).UnixMicro())
	return code, err
}

// freePromo draws a code that nobody has: the shortest that are not used up.
func (b *batch) freePromo(ctx context.Context, project key, at time.Time) (PromoCode, error) {
	for length := shortestPromo; length <= longestPromo; length++ {
		lowest := 1
		for range length - 2 {
			lowest *= 10
		}
		for range promoDraws {
			code := withCheck(strconv.Itoa(lowest + mathrand.IntN(9*lowest)))
			var taken int
			if err := b.tx.QueryRow(ctx, `SELECT COUNT(*) FROM tracking_promo WHERE project_id = $1 AND code = $2 AND until > $3`, string(project), string(code), at.UnixMicro()).Scan(&taken); err != nil {
				return "", err
			}
			if taken == 0 {
				return code, nil
			}
		}
	}
	return "", nil // a page without a code is better than one without its number
}

// keepPromo makes the code of a visit its visitor's, who allows now to be known again. One who has a code from before sees that one; the
// other, which they may have read already, still leads to the visit.
func (b *batch) keepPromo(ctx context.Context, project key, v *visit, at time.Time) error {
	if v.promo == "" || v.visitor == "" {
		return nil
	}
	code, err := b.knownPromo(ctx, project, v, at)
	if err != nil {
		return err
	}
	if code != "" {
		v.promo = code
		return nil
	}
	_, err = b.tx.Exec(ctx, `UPDATE tracking_promo SET visitor_id = $3, until = $4 WHERE project_id = $1 AND code = $2`, string(project), string(v.promo), v.visitor, at.Add(promoLife).UnixMicro())
	return err
}

// losePromo parts a visit from its visitor's code, when the visitor no longer allows to be known (Rule C-79). previous is their visit
// before, 0 for none.
func (b *batch) losePromo(ctx context.Context, project key, v *visit, previous VisitID) error {
	if v.promo == "" {
		return nil
	}
	code := v.promo
	v.promo = ""
	if previous != 0 {
		_, err := b.tx.Exec(ctx, `UPDATE tracking_promo SET visit_id = $3 WHERE project_id = $1 AND code = $2`, string(project), string(code), int64(previous))
		return err
	}
	_, err := b.tx.Exec(ctx, `DELETE FROM tracking_promo WHERE project_id = $1 AND code = $2`, string(project), string(code))
	return err
}

// readPromos reads the codes of open visits.
func (l *live) readPromos(ctx context.Context, q store.Querier, at time.Time) error {
	return store.EachRow(ctx, q, `SELECT code, visit_id FROM tracking_promo /*by tracking_promo_visit*/ WHERE project_id = $1 AND visit_id > $2 ORDER BY visitor_id`,
		[]any{string(l.project), earliest(at.Add(-longestVisit))}, func(rows *sql.Rows) error {
			var code PromoCode
			var id VisitID
			err := rows.Scan(&code, &id)
			if v := l.visits[id]; v != nil {
				v.promo = code
			}
			return err
		})
}

// VisitOfPromo is the visit that a code stood for at an instant: the visitor's latest that had begun. Errors: errs.NotFound
// `tracking.no_promo` where nobody has the code.
func VisitOfPromo(ctx context.Context, q store.Querier, project ident.ProjectID, code PromoCode, at time.Time) (VisitID, error) {
	var id VisitID
	err := q.QueryRow(ctx, `SELECT visit_id FROM tracking_promo WHERE project_id = $1 AND code = $2 AND until > $3`, string(project), string(code), at.UnixMicro()).Scan(&id)
	for err == nil && id != 0 && id.begun().After(at) {
		err = q.QueryRow(ctx, `SELECT previous FROM tracking_visit WHERE project_id = $1 AND visit_id = $2`, string(project), int64(id)).Scan(&id)
	}
	if errors.Is(err, sql.ErrNoRows) || err == nil && id == 0 {
		return 0, errs.New(errs.NotFound, "tracking.no_promo", "no visitor has the code %s", code).At("promo").Try("ask for it once more, or leave it: a code lives for a month after the visit")
	}
	return id, err
}

// PromoOf is the code that a visit is shown; empty where it is shown none.
func PromoOf(ctx context.Context, q store.Querier, project ident.ProjectID, id VisitID) (code PromoCode, err error) {
	err = q.QueryRow(ctx, `SELECT code FROM tracking_promo /*by tracking_promo_visit*/ WHERE project_id = $1 AND visit_id = $2 ORDER BY visitor_id DESC LIMIT 1`, string(project), int64(id)).Scan(&code)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return code, err
}
