package ops

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/bookshelf"
	"bellwether/internal/civil"
	"bellwether/internal/lang"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (p *pages) bookRoutes() {
	view, edit := cabinet.Operator(access.View, access.PriceBooks), cabinet.Operator(access.Edit, access.PriceBooks)
	p.Handle("GET /op/books", view, p.books)
	p.Handle("GET /op/books/upload", edit, p.uploadForm)
	p.Handle("POST /op/books/upload", edit.UpTo(mostUpload), p.upload)
	p.Handle("GET /op/books/next", edit, p.nextForm)
	p.Handle("POST /op/books/next", edit, p.next)
	p.Handle("GET /op/books/{version}", view, p.version)
	p.Handle("GET /op/books/{version}/text", edit, p.textForm)
	p.Handle("POST /op/books/{version}/text", edit.UpTo(mostUpload), p.editText)
	p.Handle("POST /op/books/{version}/date", edit, p.setDate)
	p.Handle("POST /op/books/{version}/rehearse", edit, p.rehearse)
	p.Handle("GET /op/books/{version}/rehearsals/{job}", view, p.rehearsal)
	p.Handle("GET /op/books/{version}/remove", cabinet.Operator(access.Delete, access.PriceBooks), p.askRemove)
	p.Handle("POST /op/books/{version}/{step}", edit, p.stepVersion)
}

var versionStates = map[bookshelf.State]struct {
	text lang.Key
	tone ui.Tone
}{
	bookshelf.Draft: {"ops.version_draft", ui.Neutral}, bookshelf.Waiting: {"ops.version_waiting", ui.Warning}, bookshelf.Published: {"ops.version_published", ui.Good},
	bookshelf.Withdrawn: {"ops.version_withdrawn", ui.Neutral}, bookshelf.Discarded: {"ops.version_discarded", ui.Neutral},
}

// books is every version: shipped ones, those of a folder, and those on the shelf.
func (p *pages) books(v *cabinet.Visit) error {
	rows, err := p.bookRows(v)
	if err != nil {
		return err
	}
	page := ui.Page{Title: v.T("ops.books"), Section: sectionBooks, Lead: v.T("ops.books_lead"), Help: "/help/op-price-books"}
	if v.May(access.Edit, access.PriceBooks) {
		page.Actions = buttons([]ui.Button{
			{Text: v.T("ops.next_version"), Icon: ui.IconPlus, Kind: ui.Primary, Href: "/op/books/next"}, {Text: v.T("ops.upload"), Href: "/op/books/upload"},
		})
	}
	return v.RenderList(page, cabinet.List{
		Spec: ui.TableSpec{Columns: []ui.Column{
			{Key: "book", Title: v.T("ops.book"), Fixed: true},
			{Key: "version", Title: v.T("ops.version")},
			{Key: "effective", Title: v.T("ops.effective")},
			{Key: "state", Title: v.T("ops.state")},
			{Key: "projects", Title: v.T("ops.projects_ever"), Numeric: true},
			{Key: "file", Title: v.T("ops.book_file_name")},
			{Key: "author", Title: v.T("ops.made_by")},
			{Key: "made", Title: v.T("ops.made_at"), Extra: true},
			{Key: "edited", Title: v.T("ops.edited")},
		}},
		Caption: v.T("ops.books"), Right: access.PriceBooks, Short: true,
		Load: func(_ context.Context, _ ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			return cabinet.Cut(rows, after, limit)
		},
	})
}

// bookRows are the rows: drafts first, then by book and date.
func (p *pages) bookRows(v *cabinet.Visit) (rows []cabinet.Row, err error) {
	var shelf []bookshelf.Version
	var uses []project.BookUse
	var names map[account.UserID]account.User
	err = v.Read(func(ctx context.Context, q store.Querier) (err error) {
		if shelf, err = bookshelf.List(ctx, q); err != nil {
			return err
		}
		if uses, err = project.BookUses(ctx, q); err != nil {
			return err
		}
		ids := make([]account.UserID, len(shelf))
		for i, version := range shelf {
			ids[i] = version.MadeBy
		}
		slices.Sort(ids)
		names, err = account.Users(ctx, q, slices.Compact(ids))
		return err
	})
	if err != nil {
		return nil, err
	}
	used := map[string]int{}
	for _, u := range uses {
		used[u.Book+"@"+u.Version] = int(u.Projects)
	}
	published := map[string]bool{}
	for _, version := range shelf {
		if version.State == bookshelf.Published {
			published[version.Ref()] = true
		}
		rows = append(rows, versionRow(v, version, used[version.Ref()], names[version.MadeBy]))
	}
	for _, name := range p.Books.Names() {
		for _, b := range slices.Backward(p.Books.Versions(name)) {
			if !published[b.Ref()] {
				rows = append(rows, cabinet.Row{ID: b.Ref(), Cells: map[string]cabinet.Cell{
					"book": cabinet.Text(b.Name), "version": cabinet.Code(b.Version), "effective": cabinet.Day(b.Effective),
					"state": cabinet.Status(ui.Good, v.T("ops.version_shipped")), "projects": cabinet.Int(used[b.Ref()]),
				}})
			}
		}
	}
	return rows, nil
}

func versionRow(v *cabinet.Visit, version bookshelf.Version, used int, author account.User) cabinet.Row {
	word := versionStates[version.State]
	row := cabinet.Row{ID: version.ID.String(), Href: "/op/books/" + version.ID.String(), Cells: map[string]cabinet.Cell{
		"book": cabinet.Text(cmp.Or(version.Book, version.Says, v.T("ops.with_mistakes"))), "state": cabinet.Status(word.tone, v.T(word.text)),
		"projects": cabinet.Int(used), "edited": cabinet.Moment(version.EditedAt), "made": cabinet.Moment(version.MadeAt),
		"author": cabinet.Text(cmp.Or(author.Name, author.Email, string(version.MadeBy))),
	}}
	if version.File != "" {
		row.Cells["file"] = cabinet.Text(version.File)
	}
	if version.Book != "" {
		row.Cells["version"], row.Cells["effective"] = cabinet.Code(version.Version), cabinet.Day(version.Effective)
	}
	return row
}

// uploading is the form of a new draft, or of an old one's text.
func (p *pages) uploading(v *cabinet.Visit, action, back, text string, files map[string]string, wrong mistakes) form {
	f := form{
		page:   ui.Page{Title: v.T("ops.upload"), Lead: v.T("ops.upload_lead"), Section: sectionBooks, Crumbs: []ui.Link{{Text: v.T("ops.books"), Href: "/op/books"}}, Help: "/help/op-price-books"},
		action: action, submit: v.T("ops.check_and_save"), back: back, upload: true, wrong: wrong[""],
		fields: []templ.Component{
			ui.FileField{ID: "book", Name: "book", Label: v.T("ops.book_file"), Accept: ".yaml,.yml,text/yaml", Error: wrong["book"]}.Draw(),
			ui.Field{ID: "text", Name: "text", Label: v.T("ops.book_text"), Hint: v.T("ops.book_text_hint"), Value: text, Lines: 14, Error: wrong["text"]}.Draw(),
			ui.FileField{ID: "cards", Name: "cards", Label: v.T("ops.cards"), Hint: v.T("ops.cards_hint"), Accept: ".csv,text/csv", Many: true, Error: wrong["cards"]}.Draw(),
		},
	}
	if len(files) > 0 {
		f.fields = append(f.fields, paragraph(v.T("ops.cards_there", map[string]any{"Names": namesIn(files)})))
	}
	return f
}

func (p *pages) uploadForm(v *cabinet.Visit) error {
	return ask(v, p.uploading(v, "/op/books/upload", "/op/books", "", nil, nil))
}

// uploaded is what was sent: a file goes before what was typed, new cards before those that were there.
func uploaded(v *cabinet.Visit, there map[string]string) (bookshelf.Upload, error) {
	books, err := filesIn(v, "book")
	if err != nil {
		return bookshelf.Upload{}, err
	}
	cards, err := filesIn(v, "cards")
	u := bookshelf.Upload{Text: v.R.PostFormValue("text"), Files: map[string]string{}}
	for name, text := range books {
		if text != "" {
			u.Name, u.Text = name, text
		}
	}
	for name, text := range there {
		u.Files[name] = text
	}
	for name, text := range cards {
		if name != "" && text != "" {
			u.Files[name] = text
		}
	}
	return u, err
}

func (p *pages) upload(v *cabinet.Visit) error {
	u, err := uploaded(v, nil)
	var made bookshelf.Version
	if err == nil {
		err = v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
			made, err = p.Shelf.Begin(ctx, tx, v.Permit, u, v.At)
			return err
		})
	}
	if err != nil {
		wrong, err := wrongly(v, err, "text", "book", "cards")
		if err != nil {
			return err
		}
		return askAgain(v, p.uploading(v, "/op/books/upload", "/op/books", u.Text, nil, wrong))
	}
	return v.Done("/op/books/"+made.ID.String(), ui.Toast{Text: v.T("ops.draft_saved")})
}

// nexting is the form that begins the next version of a book with the newest one.
func (p *pages) nexting(v *cabinet.Visit, wrong mistakes) form {
	var names []ui.Choice
	for _, name := range p.Books.Names() {
		names = append(names, ui.Choice{Value: name, Text: name})
	}
	day := value(v, "effective")
	if day == "" {
		day = civil.DateIn(v.At, time.UTC).FirstOfNextMonth().String()
	}
	return form{
		page:   ui.Page{Title: v.T("ops.next_version"), Lead: v.T("ops.next_lead"), Section: sectionBooks, Crumbs: []ui.Link{{Text: v.T("ops.books"), Href: "/op/books"}}, Help: "/help/op-price-books"},
		action: "/op/books/next", submit: v.T("ops.begin"), back: "/op/books", wrong: wrong[""],
		fields: []templ.Component{
			ui.Select{ID: "book", Name: "book", Label: v.T("ops.book"), Value: value(v, "book"), Choices: names, Error: wrong["book"]}.Draw(),
			ui.Field{ID: "effective", Name: "effective", Label: v.T("ops.effective"), Hint: v.T("ops.effective_hint"), Type: "date", Value: day, Required: true, Error: wrong["effective"]}.Draw(),
		},
	}
}

func (p *pages) nextForm(v *cabinet.Visit) error { return ask(v, p.nexting(v, nil)) }

func (p *pages) next(v *cabinet.Visit) error {
	day, err := dayIn(v, "effective")
	var made bookshelf.Version
	if err == nil {
		err = v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
			made, err = p.Shelf.BeginWith(ctx, tx, v.Permit, value(v, "book"), day, v.At)
			return err
		})
	}
	if err != nil {
		wrong, err := wrongly(v, err, "book", "effective")
		if err != nil {
			return err
		}
		return askAgain(v, p.nexting(v, wrong))
	}
	return v.Done("/op/books/"+made.ID.String(), ui.Toast{Text: v.T("ops.draft_saved")})
}

func namesIn(files map[string]string) string {
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	return joined(names)
}
