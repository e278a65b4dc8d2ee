package tracking

import (
	"context"

	"bellwether/internal/store"
)

var visitColumns = []string{
	"project_id", "visit_id", "site_id", "visitor_id", "ordinal", "previous", "landing", "referrer", "source", "medium", "campaign", "term", "content", "channel", "kind", "evidence",
	"clicks", "device", "system", "browser", "language", "country", "region", "city", "address", "screen", "consent", "bot", "custom",
}

func (v *visit) row(project key) []any {
	return []any{
		string(project), int64(v.id), string(v.site), v.visitor, v.ordinal, int64(v.previous), v.landing, v.referrer, v.from.Name, v.from.Medium, v.from.Campaign, v.from.Term, v.from.Content,
		string(v.from.Channel), string(v.from.Kind), string(v.from.By), clicksText(v.from.Clicks), v.agent.device, v.agent.system, v.agent.browser, v.language,
		v.place.Country, v.place.Region, v.place.City, v.network, v.width, int(v.consent), v.agent.bot, customText(v.custom),
	}
}

var activityRows = store.NewMerge("tracking_activity", []string{
	"project_id", "visit_id", "last_at", "left_at", "hits", "pages", "page", "contacts", "phone", "taps", "tapped_at", "numbers",
}, 2, "last_at", "left_at", "hits", "pages", "page", "contacts", "phone", "taps", "tapped_at", "numbers")

func (v *visit) activity(project key) []any {
	left, tapped := int64(0), int64(0)
	if !v.left.IsZero() {
		left = v.left.UnixMicro()
	}
	if !v.tapped.IsZero() {
		tapped = v.tapped.UnixMicro()
	}
	return []any{
		string(project), int64(v.id), v.last.UnixMicro(), left, v.hits, v.pages, v.page, v.contacts, v.phone, v.taps, tapped, text(v.shown),
	}
}

var visitorRows = store.NewMerge("tracking_visitor", []string{"project_id", "visitor_id", "first_at", "last_visit", "visits", "phone", "source"}, 2,
	"last_visit", "visits", "phone")

var (
	hitColumns   = []string{"project_id", "hit_id", "visit_id", "mark", "kind", "url"}
	leaseColumns = []string{"project_id", "number", "lease_id", "visit_id", "pool_id", "target", "rule_id", "how"}
)

// write stores what the batch has gathered.
func (b *batch) write(ctx context.Context) error {
	if err := b.tx.Insert(ctx, "tracking_visit", visitColumns, b.visits); err != nil {
		return err
	}
	for v, project := range b.rewritten {
		if _, err := b.tx.Exec(ctx, `UPDATE tracking_visit SET visitor_id = $3, ordinal = $4, consent = $5, previous = $6, custom = $7 WHERE project_id = $1 AND visit_id = $2`,
			string(project), int64(v.id), v.visitor, v.ordinal, int(v.consent), int64(v.previous), customText(v.custom)); err != nil {
			return err
		}
	}
	rows := make([][]any, len(b.dirty))
	for i, c := range b.dirty {
		rows[i] = c.visit.activity(c.project)
	}
	if err := b.tx.Merge(ctx, activityRows, rows); err != nil {
		return err
	}
	people := make([][]any, 0, len(b.visitors))
	for _, v := range b.visitors {
		people = append(people, []any{string(v.of), v.name, v.first.UnixMicro(), int64(v.last), v.visits, v.phone, v.source})
	}
	if err := b.tx.Merge(ctx, visitorRows, people); err != nil {
		return err
	}
	if err := b.tx.Insert(ctx, "tracking_hit", hitColumns, b.hits); err != nil {
		return err
	}
	return b.tx.Insert(ctx, "tracking_lease", leaseColumns, b.leases)
}
