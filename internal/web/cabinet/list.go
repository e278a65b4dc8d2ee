package cabinet

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/sheet"
	"bellwether/internal/web/ui"
)

// Cell is a cell of a list: what a page shows and what an export carries, which is the same to a reader: words as they are
// shown, in the reader's language, and amounts, counts, dates, instants and telephone numbers as programs write them.
type Cell struct {
	Show  templ.Component
	Value any // as sheet.Writer takes it
}

// Text is a cell of text.
func Text(s string) Cell { return Cell{ui.Text(s), s} }

// Code is a cell with an identifier.
func Code(s string) Cell { return Cell{ui.Code(s), s} }

// Int is a cell with a count.
func Int(n int) Cell { return Cell{ui.Number(n), n} }

// Money is a cell with an amount, exported as it is shown: rounded to the minor unit (Rule B-02).
func Money(amount money.Micro, c money.Currency) Cell {
	return Cell{ui.Money(amount, c), amount.Round(c.MinorUnit())}
}

// MoneyMove is Money with a sign, for what moved a balance.
func MoneyMove(amount money.Micro, c money.Currency) Cell {
	return Cell{ui.MoneyMove(amount, c), amount.Round(c.MinorUnit())}
}

// Day is a cell with a date.
func Day(d civil.Date) Cell { return Cell{ui.Day(d), d} }

// Moment is a cell with an instant; the zero time is an empty cell.
func Moment(t time.Time) Cell {
	if t.IsZero() {
		return Cell{}
	}
	return Cell{ui.Moment(t), t}
}

// Phone is a cell with a telephone number.
func Phone(n phone.Number) Cell { return Cell{ui.Phone(n), string(n)} }

// Status is a cell with a state, in the reader's words; programs read its code from the API.
func Status(t ui.Tone, word string) Cell { return Cell{ui.Status(t, word), word} }

// Badge is a cell with a mark, in the reader's words.
func Badge(t ui.Tone, word string) Cell { return Cell{ui.Badge(t, word), word} }

// Shown is a cell whose looks are its page's own.
func Shown(show templ.Component, value any) Cell { return Cell{show, value} }

// Row is a row of a list. Cells are by the key of their column.
type Row struct {
	ID    string
	Href  string // what the row opens to
	Cells map[string]Cell
	Tone  ui.Tone
	Draft bool // provisional: it may still change
}

// List is a table of a page: ui.Table with its rows as data, so that an export has the very rows that are shown.
type List struct {
	Spec    ui.TableSpec
	Caption string
	Sum     string          // the name of the row of sums
	Sums    map[string]Cell // by column; nil for none
	Count   string
	Empty   ui.Empty
	Short   bool
	Right   access.Object // what it is about: its export needs the right to export that
	// Load gives at most so many rows after a cursor ("" for the first), in the order and with the filters of the state, and
	// the cursor of those after them, empty where there are none.
	Load func(ctx context.Context, state ui.TableState, after string, limit int) (rows []Row, next string, err error)
}

// exportPage is how many rows an export reads at once.
const exportPage = 1000

// Export answers with a file where the address asks for one. It reports whether it has answered, or tried to.
func (v *Visit) Export(l List) (done bool, err error) {
	state := ui.ReadTable(v.URL, l.Spec)
	if state.Format == "" {
		return false, nil
	}
	if !v.mayExport(l) {
		return true, errs.New(errs.Denied, "access.denied", "this needs the right to %s: %s", access.Export, l.Right).
			Try("ask an owner or administrator for it").With("action", access.Export.String()).With("object", l.Right.String())
	}
	format, err := sheet.ParseFormat(state.Format)
	if err != nil {
		return true, err
	}
	rows, next, err := l.Load(v.Context(), state, "", exportPage)
	if err != nil {
		return true, err
	}
	h := v.W.Header()
	h.Set("Content-Type", format.ContentType())
	h.Set("Content-Disposition", `attachment; filename="`+v.fileName()+"."+string(format)+`"`)
	if err := v.send(l, state, format, rows, next); err != nil {
		v.cabinet.Log.Warn("an export broke off", "request", v.URL.Path, "error", err)
		panic(http.ErrAbortHandler) // half a list is never taken for a whole one
	}
	return true, nil
}

// mayExport is asked of every list: a right to see is no right to take away (Rule A-07).
func (v *Visit) mayExport(l List) bool { return v.May(access.Export, l.Right) }

// fileName is made of the page's path: "shop-funds-movement-2026-11-22".
func (v *Visit) fileName() string {
	path := strings.Trim(strings.TrimPrefix(strings.TrimPrefix(v.URL.Path, "/p/"), "/a/"), "/")
	safe := strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
			return c
		}
		return '-'
	}, path)
	return safe + "-" + v.Today().String()
}

// send writes all rows of a list, reading on as it goes.
func (v *Visit) send(l List, state ui.TableState, format sheet.Format, rows []Row, next string) error {
	var columns []sheet.Column
	state.Columns = slices.DeleteFunc(slices.Clone(state.Columns), func(c ui.Column) bool { return c.Tool })
	for _, c := range state.Columns {
		columns = append(columns, sheet.Column{Key: c.Key, Title: c.Title})
	}
	out, err := sheet.New(v.W, format, columns)
	if err != nil {
		return err
	}
	control := http.NewResponseController(v.W)
	for {
		for _, row := range rows {
			if err := out.Row(row.values(state.Columns)); err != nil {
				return err
			}
		}
		if next == "" {
			return out.Close()
		}
		_ = control.SetWriteDeadline(time.Now().Add(slowest)) // a writer without deadlines does without
		if rows, next, err = l.Load(v.Context(), state, next, exportPage); err != nil {
			return err
		}
	}
}

// slowest is how long a reader of an export may take for one piece of it before it is cut off.
const slowest = time.Minute

func (r Row) values(columns []ui.Column) []any {
	values := make([]any, len(columns))
	for i, c := range columns {
		values[i] = r.Cells[c.Key].Value
		if text, ok := values[i].(string); ok {
			values[i] = lang.Bare(text)
		}
	}
	return values
}

// Table is the list as a component: the rows of the page that the address asks for.
func (v *Visit) Table(l List) (ui.Table, error) {
	state := ui.ReadTable(v.URL, l.Spec)
	rows, next, err := l.Load(v.Context(), state, state.After, state.Spec.Rows)
	if err != nil {
		return ui.Table{}, err
	}
	t := ui.Table{
		State: state, Caption: l.Caption, Next: next, Sum: l.Sum, Count: l.Count, Empty: l.Empty, Short: l.Short,
		Sums: shown(l.Sums), Rows: make([]ui.Row, len(rows)),
	}
	for i, row := range rows {
		t.Rows[i] = ui.Row{ID: row.ID, Href: row.Href, Cells: shown(row.Cells), Tone: row.Tone, Draft: row.Draft}
	}
	if v.mayExport(l) {
		for _, f := range sheet.Formats {
			t.Exports = append(t.Exports, ui.Export{Format: string(f), Text: strings.ToUpper(string(f))})
		}
	}
	if v.Org.Kind != "" && v.User.ID != "" && v.Principal.Session.ViewingAs == "" {
		t.Save = v.saveViewPath(l.Spec.Name)
		t.Views, err = v.viewsOf(l.Spec.Name)
	}
	return t, err
}

func shown(cells map[string]Cell) map[string]templ.Component {
	if cells == nil {
		return nil
	}
	drawn := make(map[string]templ.Component, len(cells))
	for key, cell := range cells {
		if cell.Show != nil {
			drawn[key] = cell.Show
		}
	}
	return drawn
}

// RenderList answers with a page that is one list, or with its export.
func (v *Visit) RenderList(page ui.Page, l List) error {
	if done, err := v.Export(l); done || err != nil {
		return err
	}
	table, err := v.Table(l)
	if err != nil {
		return err
	}
	return v.Render(page, table.Draw())
}
