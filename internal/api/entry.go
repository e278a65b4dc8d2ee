package api

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Entry is a ledger entry.
type Entry struct {
	ID           string          `json:"id" doc:"A number, as a string: it has more digits than JSON's numbers keep"`
	Seq          int64           `json:"seq" doc:"1, 2, 3... within the project"`
	Day          civil.Date      `json:"day" doc:"Usage day"`
	BookedAt     time.Time       `json:"booked_at"`
	Kind         pricing.Kind    `json:"kind"`
	Item         string          `json:"item"`
	Quantity     int64           `json:"quantity"`
	UnitPrice    money.Micro     `json:"unit_price"`
	Amount       money.Micro     `json:"amount" doc:"cash + bonus + credit; negative for a charge"`
	Cash         money.Micro     `json:"cash" doc:"What it added to this fund"`
	Bonus        money.Micro     `json:"bonus"`
	Credit       money.Micro     `json:"credit"`
	BalanceAfter money.Micro     `json:"balance_after"`
	Ref          string          `json:"ref,omitempty" doc:"What caused it: a leg, a message, a payment"`
	Rule         string          `json:"rule" example:"B-30"`
	Book         string          `json:"book" example:"ringostat@2021-01-01"`
	Reverses     string          `json:"reverses,omitempty" doc:"The entry it undoes"`
	Explain      json.RawMessage `json:"explain" doc:"Text for people, arithmetic to redo by hand, inputs for programs"`
}

func viewEntry(e ledger.Entry) Entry {
	return Entry{
		ID: number(e.ID), Seq: e.Seq, Day: e.Day, BookedAt: e.BookedAt.UTC(), Kind: e.Kind, Item: e.Item, Quantity: e.Quantity, UnitPrice: e.UnitPrice,
		Amount: e.Amount, Cash: e.Cash, Bonus: e.Bonus, Credit: e.Credit, BalanceAfter: e.BalanceAfter, Ref: e.Ref, Rule: e.Rule, Book: e.Book,
		Reverses: number(e.Reverses), Explain: e.Explain,
	}
}

// EntryFilter chooses entries.
type EntryFilter struct {
	From  string   `query:"from" format:"date" doc:"First usage day; from the beginning where left out"`
	To    string   `query:"to" format:"date" doc:"Last usage day; without end where left out"`
	Kinds []string `query:"kind,explode" doc:"Kinds of entries, such as product_fee; all where left out"`
	Items []string `query:"item,explode" maxItems:"50" doc:"What the entries are for: a product, a number (its + written as %2B), a zone of calls; all where left out. Within many days of many calls, name the days or kinds too"`
}

// domain reads the filter; limit is the size of a page.
func (f EntryFilter) domain(id ident.ProjectID, limit int) (out ledger.Filter, err error) {
	out = ledger.Filter{Project: id, Limit: limit}
	if f.From != "" {
		if out.FromDay, err = parseDay(f.From, "query.from"); err != nil {
			return out, err
		}
	}
	if f.To != "" {
		if out.ToDay, err = parseDay(f.To, "query.to"); err != nil {
			return out, err
		}
	}
	if f.From != "" && f.To != "" && out.FromDay > out.ToDay {
		return out, badRange(out.FromDay, out.ToDay)
	}
	for _, kind := range f.Kinds {
		if !slices.Contains(pricing.Kinds, pricing.Kind(kind)) {
			return out, errs.New(errs.Invalid, "api.bad_kind", "%.40q is not a kind of entry", kind).At("query.kind")
		}
		out.Kinds = append(out.Kinds, pricing.Kind(kind))
	}
	out.Items = f.Items
	return out, nil
}

func entryRoutes(a *API) {
	const tag = chapterStatements
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/entries", id: "list-entries", tag: tag, need: needRead,
		summary: "List ledger entries", text: "By usage day and within a day by booking; with newest, the other way round.",
	}, a.listEntries)
	exported(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/entries.csv", id: "export-entries", tag: tag, need: needRead,
		summary: "Export ledger entries as CSV", text: "All of them, however many there are.",
	}, entryColumns, a.exportEntries)
	read(a, route{
		method: http.MethodGet, path: "/v1/projects/{project}/entries/{entry}", id: "explain-entry", tag: tag, need: needRead,
		summary: "Why is this entry there?", text: "The entry with its arithmetic, both sides of the double entry, the rule in words, and what caused it.",
	}, a.explainEntry)
}

func (a *API) listEntries(ctx context.Context, in *struct {
	Of
	EntryFilter
	Newest bool `query:"newest" doc:"The newest first"`
	Paging
},
) (page Page[Entry], err error) {
	const list = "entries"
	after, err := in.afterNumber(list)
	if err != nil {
		return page, err
	}
	filter, err := in.domain(in.id(), in.Limit+1)
	if err != nil {
		return page, err
	}
	filter.Newest, filter.After = in.Newest, ident.EntryID(after)
	return page, a.snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		if _, err := project.Get(ctx, q, in.id()); err != nil {
			return err
		}
		found, err := ledger.Entries(ctx, q, filter)
		if errs.CodeOf(err) == "ledger.no_entry" {
			return badCursor()
		}
		page = newPage(list, in.Limit, found, viewEntry, func(e ledger.Entry) string { return number(e.ID) })
		return err
	})
}

var entryColumns = []string{
	"id", "seq", "day", "booked_at", "kind", "item", "quantity", "unit_price", "amount", "cash", "bonus", "credit", "balance_after", "ref",
	"rule", "book", "reverses", "explain",
}

func entryCells(e ledger.Entry) []string {
	return []string{
		number(e.ID), strconv.FormatInt(e.Seq, 10), e.Day.String(), instantCell(e.BookedAt), string(e.Kind), e.Item, strconv.FormatInt(e.Quantity, 10),
		e.UnitPrice.String(), e.Amount.String(), e.Cash.String(), e.Bonus.String(), e.Credit.String(), e.BalanceAfter.String(), e.Ref, e.Rule,
		e.Book, number(e.Reverses), string(e.Explain),
	}
}

// exportEntries reads page after page, each on the newest state: a long read would keep the log of the database from
// being emptied. Entries are only added, so that none is missed or seen twice.
func (a *API) exportEntries(ctx context.Context, in *struct {
	Of
	EntryFilter
},
) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		filter, err := in.domain(in.id(), exportPage)
		if err == nil {
			_, err = project.Get(ctx, a.parts.DB, in.id())
		}
		if err != nil {
			yield(nil, err)
			return
		}
		for entry, err := range ledger.All(ctx, a.parts.DB, filter) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(entryCells(entry), nil) {
				return
			}
		}
	}
}
