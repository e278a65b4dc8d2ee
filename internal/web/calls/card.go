package calls

import (
	"context"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/lang"
	"bellwether/internal/phone"
	"bellwether/internal/store"
	"bellwether/internal/tracking"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
	"bellwether/internal/webhook"
)

// card is GET /p/{project}/clients/{client}: everything about one number.
func (s *section) card(v *cabinet.Visit) error {
	client := v.R.PathValue("client")
	var card call.Card
	if err := v.Read(func(ctx context.Context, q store.Querier) error {
		w, err := call.Look(v.Permit, access.View)
		if err == nil {
			card, err = w.Card(ctx, q, client)
		}
		return err
	}); err != nil {
		return err
	}
	list := cabinet.List{
		Spec: ui.TableSpec{Sort: "-at", Columns: columns(v)}, Caption: v.T("calls.log"), Right: access.Calls, Short: true,
		Count: v.N("calls.count", int(card.Calls)),
		Load: func(_ context.Context, state ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			order := call.NewestFirst
			if !state.Descending {
				order = call.OldestFirst
			}
			return load(v, state, call.Filter{Client: client}, order, after, limit)
		},
	}
	if done, err := v.Export(list); done || err != nil {
		return err
	}
	table, err := v.Table(list)
	if err != nil {
		return err
	}
	authors, err := s.authors(v, card.Notes)
	if err != nil {
		return err
	}
	p := below(v, number(v.View, client))
	p.Actions = cardActions(v, client)
	return v.Render(p, cardPage(cardContent{Visit: v, Card: card, tiles: tiles(v, card.Totals), table: table, notes: authors}))
}

// cardActions are what may be done about a number: refuse its calls, forget who it was.
func cardActions(v *cabinet.Visit, client string) templ.Component {
	var actions []templ.Component
	if v.May(access.Edit, access.Schemes) && strings.HasPrefix(client, "+") {
		actions = append(actions, ui.Button{Text: v.T("calls.block_client"), Href: v.Path("/telephony/blocked/new?pattern=" + url.QueryEscape(client)), Dialog: true, Kind: ui.Quiet}.Draw())
	}
	if call.MayErasePerson(v.Permit) == nil && client != call.Erased {
		actions = append(actions, ui.Button{Text: v.T("calls.erase_client"), Href: v.Path(clientPath(client) + "/erase"), Dialog: true, Kind: ui.Quiet}.Draw())
	}
	return templ.Join(actions...)
}

// askErasePerson is GET /p/{project}/clients/{client}/erase.
func (s *section) askErasePerson(v *cabinet.Visit) error {
	client := v.R.PathValue("client")
	w, err := call.Look(v.Permit, access.View)
	if err != nil {
		return err
	}
	totals, err := w.Totals(v.Context(), s.DB, call.Filter{Client: client})
	if err != nil {
		return err
	}
	if totals.Calls == 0 {
		_, err := w.Card(v.Context(), s.DB, client)
		return err
	}
	title := v.T("calls.erase_client_title", lang.Values{"Number": number(v.View, client)})
	return v.Render(below(v, title), ui.Confirm{
		Title: title, Text: v.N("calls.erase_client_text", int(totals.Calls)), Yes: v.T("calls.erase_client"), No: v.Path(clientPath(client)), Danger: true, Action: v.URL.Path,
	}.Draw())
}

// erasePerson is POST /p/{project}/clients/{client}/erase.
func (s *section) erasePerson(v *cabinet.Visit) error {
	if err := s.eraseVisits(v); err != nil {
		return err
	}
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		client := v.R.PathValue("client")
		erased, err := call.ErasePerson(ctx, tx, v.Permit, client, v.At)
		if err != nil {
			return err
		}
		if err := webhook.ErasePerson(ctx, tx, v.Project.ID, client); err != nil {
			return err
		}
		return charging.ErasePerson(ctx, tx, v.Project.ID, client, erased.Legs)
	}); err != nil {
		return err
	}
	return v.Done(v.Path(root), ui.Toast{Text: v.T("calls.erased_client")})
}

// eraseVisits takes the client out of what visitors did (Rule C-106), first: the log still names the client if that fails, and it is asked for again.
func (s *section) eraseVisits(v *cabinet.Visit) error {
	if s.Events == nil || call.MayErasePerson(v.Permit) != nil {
		return nil // the log refuses
	}
	return s.Events.Write(v.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tracking.ErasePerson(ctx, tx, v.Permit, phone.Number(v.R.PathValue("client")))
		return err
	})
}

// cardContent is what the card shows.
type cardContent struct {
	*cabinet.Visit
	call.Card
	tiles []ui.Tile
	table ui.Table
	notes []shownNote
}

// find looks for calls by a part of a client's number, or by a call's id.
func (s *section) find(v *cabinet.Visit, words string) (links []ui.Link, err error) {
	const fewest, most = 4, 5
	w, err := call.Look(v.Permit, access.View)
	if err != nil {
		return nil, err
	}
	compact := strings.TrimPrefix(phone.Compact(words), "+")
	if len(compact) < fewest || strings.Trim(compact, "0123456789") != "" {
		return nil, nil
	}
	return links, v.Read(func(ctx context.Context, q store.Querier) error {
		links = nil
		if id, err := call.ParseID(compact); err == nil {
			if c, err := w.Get(ctx, q, id); err == nil {
				links = append(links, ui.Link{Text: title(v.View, c), Href: v.Path(callPath(c.ID)), Icon: ui.IconCalls})
			}
		}
		found, err := w.List(ctx, q, call.Filter{ClientPart: compact, From: v.At.Add(-searched)}, call.NewestFirst, 0, most*most)
		known := map[string]bool{}
		for _, c := range found {
			if c.External() && !known[c.Client] && len(known) < most {
				known[c.Client] = true
				links = append(links, ui.Link{Text: v.T("calls.card_of", lang.Values{"Number": number(v.View, c.Client)}), Href: v.Path(clientPath(c.Client)), Icon: ui.IconUser})
			}
		}
		return err
	})
}

// searched is how far back the search looks for a part of a number.
const searched = 3 * owedFor
