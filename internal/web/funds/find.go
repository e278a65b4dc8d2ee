package funds

import (
	"context"
	"encoding/json"
	"strings"

	"bellwether/internal/charging"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/ledger"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// find looks for a call by its id, for an entry by its number, and for payments and corrections by what is known of them.
func (p pages) find(v *cabinet.Visit, words string) ([]ui.Link, error) {
	links, err := p.findMoney(v, words)
	if err != nil || strings.ContainsAny(words, " \t") {
		return links, err
	}
	more, err := p.findNamed(v, words)
	return append(more, links...), err
}

// mostSearched is among how many of a project's newest payments and corrections the search looks.
const mostSearched = 1000

// findMoney looks for payments and corrections by their external ids, their amounts, of either sign, and the notes of corrections.
func (p pages) findMoney(v *cabinet.Visit, words string) (links []ui.Link, err error) {
	n, text := p.naming(v), strings.ToLower(words)
	amount, bad := lang.ReadAmount(words)
	fits := func(e ledger.Entry) bool {
		return strings.Contains(strings.ToLower(e.Ref), text) || e.Kind == pricing.Adjustment && strings.Contains(strings.ToLower(noteOf(e)), text) ||
			bad == nil && amount != 0 && (e.Amount == amount || e.Amount == -amount)
	}
	return links, v.Read(func(ctx context.Context, q store.Querier) error {
		kinds := []pricing.Kind{pricing.Payment, pricing.Bonus, pricing.Adjustment}
		entries, err := ledger.Entries(ctx, q, ledger.Filter{Project: v.Project.ID, Kinds: kinds, Newest: true, Limit: mostSearched})
		links = nil
		for _, e := range entries {
			if fits(e) {
				parts := []string{n.whole(e.Kind, e.Day, e.Item), v.MoneySigned(e.Amount, v.Project.Currency), v.Date(e.Day), e.Ref}
				links = append(links, ui.Link{Text: strings.Join(parts, " · "), Href: v.Path(entryPath(e.ID)), Icon: ui.IconFunds})
			}
		}
		return err
	})
}

// noteOf is the reason that a correction was given.
func noteOf(e ledger.Entry) string {
	var said pricing.Explanation
	if json.Unmarshal(e.Explain, &said) != nil {
		return ""
	}
	return said.Text
}

// findNamed looks for a call by its id and for an entry by its number.
func (p pages) findNamed(v *cabinet.Visit, words string) (links []ui.Link, err error) {
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
