package api

import (
	"encoding/base64"
	"strconv"
	"strings"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
)

// Paging chooses a page of a list.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Most items of the page"`
	Cursor string `query:"cursor" maxLength:"300" doc:"Where the page begins: next of the page before"`
}

// Page is a part of a list.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty" doc:"The cursor of the page that follows; none on the last one"`
}

// Of is one project's, by its path.
type Of struct {
	Project string `path:"project" doc:"The project's name"`
}

func (o Of) id() ident.ProjectID { return ident.ProjectID(o.Project) }

// newPage makes a page of at most limit items out of limit+1 or fewer. after names the last item of a page.
func newPage[S, T any](list string, limit int, found []S, view func(S) T, after func(S) string) Page[T] {
	page := Page[T]{Items: make([]T, 0, min(limit, len(found)))}
	for i, item := range found {
		if i == limit {
			page.Next = cursor(list, after(found[i-1]))
			break
		}
		page.Items = append(page.Items, view(item))
	}
	return page
}

// cursor hides where a page ended: callers hand it back and make nothing of it.
func cursor(list, after string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(list + ":" + after))
}

// after reads a cursor of the list; empty for the first page.
func (p Paging) after(list string) (string, error) {
	if p.Cursor == "" {
		return "", nil
	}
	text, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	rest, ours := strings.CutPrefix(string(text), list+":")
	if err != nil || !ours || !isText(rest) {
		return "", badCursor()
	}
	return rest, nil
}

// afterNumber is after for lists in the order of numbers.
func (p Paging) afterNumber(list string) (int64, error) {
	text, err := p.after(list)
	if err != nil || text == "" {
		return 0, err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, badCursor()
	}
	return n, nil
}

func badCursor() error {
	return errs.New(errs.Invalid, "api.bad_cursor", "the cursor is not one of this list's").At("query.cursor").Try("take next of the page before, unchanged")
}

// number writes an identifier as a string: JSON's numbers lose its last digits in many programs.
func number[N ~int64](n N) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(int64(n), 10)
}

func parseEntryID(s string) (ident.EntryID, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 {
		return 0, errs.New(errs.NotFound, "ledger.no_entry", "the project has no such entry").At("entry")
	}
	return ident.EntryID(n), nil
}

// Days is a range of usage days.
type Days struct {
	From string `query:"from" format:"date" doc:"First usage day; 30 days before to where left out"`
	To   string `query:"to" format:"date" doc:"Last usage day; today where left out"`
}

const defaultDays = 30

// bounds reads the range; today stands for a missing end.
func (d Days) bounds(today civil.Date) (from, to civil.Date, err error) {
	to = today
	if d.To != "" {
		if to, err = parseDay(d.To, "query.to"); err != nil {
			return 0, 0, err
		}
	}
	from = to - defaultDays + 1
	if d.From != "" {
		if from, err = parseDay(d.From, "query.from"); err != nil {
			return 0, 0, err
		}
	}
	if from > to {
		return 0, 0, badRange(from, to)
	}
	return from, to, nil
}

func badRange(from, to civil.Date) error {
	return errs.New(errs.Invalid, "api.bad_range", "%v comes after %v", from, to).At("query.from")
}

func parseDay(s, where string) (civil.Date, error) {
	day, err := civil.ParseDate(s)
	if err != nil {
		return 0, errs.New(errs.Invalid, "api.bad_date", "%.40q is not a date", s).At(where).Try("write YYYY-MM-DD")
	}
	return day, nil
}
