package funds

import (
	"context"
	"strings"

	"bellwether/internal/charging"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/ledger"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// find looks for a call by its id and for an entry by its number.
func (p pages) find(v *cabinet.Visit, words string) (links []ui.Link, err error) {
	if strings.ContainsAny(words, " \t") {
		return nil, nil
	}
	n := p.naming(v)
	err = v.Read(func(ctx context.Context, q store.Querier) error {
		links = nil
		leg, err := charging.GetLeg(ctx, q, v.Project.ID, words)
		switch {
		case err == nil:
			links = append(links, ui.Link{Text: v.T("funds.call_to", lang.Values{"To": n.called(leg.To)}), Href: v.Path(legPath(leg.ID)), Icon: ui.IconCalls})
		case errs.KindOf(err) != errs.NotFound:
			return err
		}
		id, err := parseEntry(words)
		if err != nil {
			return nil //nolint:nilerr // it is no number
		}
		entry, err := ledger.GetEntry(ctx, q, v.Project.ID, id)
		switch {
		case err == nil:
			links = append(links, ui.Link{Text: n.whole(entry.Kind, entry.Day, entry.Item) + ", " + v.Date(entry.Day), Href: v.Path(entryPath(id)), Icon: ui.IconFunds})
		case errs.KindOf(err) != errs.NotFound:
			return err
		}
		return nil
	})
	return links, err
}
