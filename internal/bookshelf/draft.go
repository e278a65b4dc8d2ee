package bookshelf

import (
	"context"
	"maps"
	"path"
	"time"
	"unicode/utf8"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/pricebook"
	"bellwether/internal/store"
)

// Shelf is the price books of the database, on a node.
type Shelf struct {
	library *pricebook.Library
	ids     ident.Sequence
	loaded  loaded
}

// New makes a shelf that fills a library. Nothing is in it until Sync.
func New(library *pricebook.Library) *Shelf { return &Shelf{library: library} }

// Upload is what a draft is made of.
type Upload struct {
	Name  string            // of the file it came in; empty where it was typed
	Text  string            // YAML
	Files map[string]string // rate cards, CSV by the names that the book gives them
}

const (
	mostTextBytes = 2 << 20
	mostFileBytes = 32 << 20
	mostFiles     = 20
)

// check refuses what is no book at all; mistakes in one are no reason.
func (u Upload) check() error {
	bad := func(format string, args ...any) error {
		return errs.New(errs.Invalid, "bookshelf.bad_upload", format, args...).At("text")
	}
	switch {
	case u.Text == "":
		return bad("the book is empty")
	case len(u.Text) > mostTextBytes:
		return bad("the book is larger than %d MiB: put rates into CSV files", mostTextBytes>>20)
	case len(u.Files) > mostFiles:
		return bad("a book has at most %d rate cards", mostFiles)
	case !utf8.ValidString(u.Text):
		return bad("the book is not UTF-8 text")
	}
	for name, text := range u.Files {
		if _, hidden := ident.Hidden(name); name != path.Base(name) || name == bookName || name == "." || len(name) > 100 || hidden {
			return bad("%.100q cannot be the name of a rate card", name)
		}
		if len(text) > mostFileBytes || !utf8.ValidString(text) {
			return bad("%s is not UTF-8 text of at most %d MiB", name, mostFileBytes>>20)
		}
	}
	if problem, ok := pricebook.Recognise(bookName, []byte(u.Text)); !ok {
		return errs.New(errs.Invalid, "bookshelf.no_book", "this is no price book: %s: %s", problem.Where(), problem.Message).At("text").Try(problem.Hint).
			With("Line", problem.Line).With("Problem", problem.Message).With("Hint", problem.Hint)
	}
	return nil
}

// Begin makes a draft of an upload, which may have mistakes. Errors: errs.Denied `access.denied`; errs.Invalid `bookshelf.bad_upload`,
// `bookshelf.no_book`; errs.Conflict `bookshelf.same` for what is a version already, to the last price.
func (s *Shelf) Begin(ctx context.Context, tx *store.Tx, p access.Permit, u Upload, at time.Time) (Version, error) {
	if _, err := p.May(access.Edit, access.PriceBooks); err != nil {
		return Version{}, err
	}
	if err := u.check(); err != nil {
		return Version{}, err
	}
	v := Version{State: Draft, MadeBy: account.UserID(p.Actor().User), MadeAt: at, EditedAt: at}
	v.fill(u)
	if err := s.isNew(v); err != nil {
		return v, err
	}
	for added := false; !added; { // another node may have made the same id at the same moment
		v.ID = ID(s.ids.Next(at))
		result, err := tx.Exec(ctx, `INSERT INTO bookshelf_version (`+columns+`) VALUES (`+store.List(1, 17)+`) ON CONFLICT (id) DO NOTHING`,
			int64(v.ID), v.Book, v.Version, int64(v.Effective), string(v.State), v.Text, v.File, v.Says, int64(0), string(v.MadeBy), micros(at), micros(at), "", int64(0), "", int64(0), "")
		if err != nil {
			return v, err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return v, err
		}
		added = n == 1
	}
	if err := v.saveFiles(ctx, tx); err != nil {
		return v, err
	}
	return v, v.record(ctx, tx, p, "begin", nil, at)
}

// BeginWith makes a draft of the next version of a book: the one that is newest, under a new name and from another day, with its rate
// cards as files. Errors: errs.NotFound `pricebook.unknown_book`, and those of Begin.
func (s *Shelf) BeginWith(ctx context.Context, tx *store.Tx, p access.Permit, book string, from civil.Date, at time.Time) (Version, error) {
	newest, err := s.library.Open(nil, book)
	if err != nil {
		return Version{}, err
	}
	text, cards := pricebook.Unbundle(newest, from.String(), from)
	u := Upload{Text: string(text), Files: map[string]string{}}
	for name, card := range cards {
		u.Files[name] = string(card)
	}
	return s.Begin(ctx, tx, p, u, at)
}

// isNew refuses what is a version in force or to come already, exactly: nobody means to publish that again.
func (s *Shelf) isNew(v Version) error {
	if v.Book == "" {
		return nil
	}
	there, err := s.library.Get(v.Book, v.Version)
	if err != nil {
		return nil //nolint:nilerr // there is none of the name
	}
	book, err := v.Parse()
	if err != nil || there.Effective != book.Effective || len(pricebook.Diff(there, book)) > 0 {
		return err
	}
	return errs.New(errs.Conflict, "bookshelf.same", "%s is there already, exactly as this", v.Ref()).At("text").Try("change something, and give it a name and a first day of its own").
		With("Version", v.Ref())
}

const longestFile = 100 // characters

// fill takes over an upload and, where it is sound, its name and date.
func (v *Version) fill(u Upload) {
	v.Text, v.Files, v.Says = u.Text, u.Files, saysOf(u.Text)
	if u.Name != "" {
		v.File = string([]rune(u.Name)[:min(longestFile, utf8.RuneCountInString(u.Name))])
	}
	v.Book, v.Version, v.Effective = "", "", 0
	if book, err := v.Parse(); err == nil {
		v.Book, v.Version, v.Effective = book.Name, book.Version, book.Effective
	}
}

// Edit replaces the text and the files of a draft. revision is the one that was read. Errors: errs.Conflict `bookshelf.not_draft`,
// `bookshelf.edited`; those of Begin.
func (s *Shelf) Edit(ctx context.Context, tx *store.Tx, p access.Permit, id ID, revision int64, u Upload, at time.Time) (Version, error) {
	if err := u.check(); err != nil {
		return Version{}, err
	}
	return s.change(ctx, tx, p, id, revision, Draft, "edit", at, func(v *Version) error {
		v.fill(u)
		v.EditedAt = at
		if err := s.isNew(*v); err != nil {
			return err
		}
		return v.saveFiles(ctx, tx)
	})
}

// Date gives a draft another first day.
func (s *Shelf) Date(ctx context.Context, tx *store.Tx, p access.Permit, id ID, revision int64, day civil.Date, at time.Time) (Version, error) {
	return s.change(ctx, tx, p, id, revision, Draft, "date", at, func(v *Version) error {
		v.fill(Upload{Text: dated(v.Text, day), Files: v.Files})
		v.EditedAt = at
		return nil
	})
}

// Discard throws a draft away.
func (s *Shelf) Discard(ctx context.Context, tx *store.Tx, p access.Permit, id ID, revision int64, at time.Time) (Version, error) {
	if _, err := p.May(access.Delete, access.PriceBooks); err != nil {
		return Version{}, err
	}
	return s.change(ctx, tx, p, id, revision, Draft, "discard", at, func(v *Version) error {
		v.State = Discarded
		return nil
	})
}

// elsewhere are the codes that say that a version does not stand in the state it was thought to stand in.
var elsewhere = map[State]string{Draft: "bookshelf.not_draft", Waiting: "bookshelf.not_waiting", Published: "bookshelf.not_published"}

// change changes a version that stands in a state, of the revision that was read, and puts it in the trail.
func (s *Shelf) change(
	ctx context.Context, tx *store.Tx, p access.Permit, id ID, revision int64, from State, action string, at time.Time, change func(*Version) error,
) (Version, error) {
	if _, err := p.May(access.Edit, access.PriceBooks); err != nil {
		return Version{}, err
	}
	v, err := get(ctx, tx, id, " FOR UPDATE")
	if err != nil {
		return v, err
	}
	switch {
	case v.State != from:
		return v, errs.New(errs.Conflict, elsewhere[from], "the version is %s", v.State).At("version").With("state", string(v.State)).
			Try("look at it again")
	case v.Revision != revision:
		return v, errs.New(errs.Conflict, "bookshelf.edited", "somebody changed it meanwhile").At("revision").Try("look at it again")
	}
	before := v
	if err := change(&v); err != nil {
		return before, err
	}
	if err := v.save(ctx, tx); err != nil {
		return before, err
	}
	return v, v.record(ctx, tx, p, action, &before, at)
}

// trail is a version as the audit trail shows it: the text and the cards by their size, for they may be long.
type trail struct {
	Ref       string     `json:"version,omitempty"`
	Effective civil.Date `json:"effective,omitzero"`
	State     State      `json:"state"`
	Revision  int64      `json:"revision"`
	TextBytes int        `json:"text_bytes"`
	Cards     int        `json:"rate_cards"`
	Note      string     `json:"note,omitempty"`

	Prices map[string]string `json:"prices,omitempty"` // what an edit changed, by its place in the format
}

func (v Version) trail() trail {
	return trail{Ref: v.Ref(), Effective: v.Effective, State: v.State, Revision: v.Revision, TextBytes: len(v.Text), Cards: len(v.Files), Note: v.Note}
}

// mostTold bounds what the trail tells of one edit: new rate cards change thousands of rows.
const mostTold = 50

// edited is what differs between two texts of a version, before and after; nothing where one of them has mistakes.
func edited(before, after Version) (was, is map[string]string) {
	if before.Text == after.Text && maps.Equal(before.Files, after.Files) {
		return nil, nil
	}
	a, err := before.Parse()
	if err != nil {
		return nil, nil
	}
	b, err := after.Parse()
	if err != nil {
		return nil, nil
	}
	was, is = map[string]string{}, map[string]string{}
	changes := pricebook.Diff(a, b)
	for _, c := range changes[:min(len(changes), mostTold)] {
		was[c.Path], is[c.Path] = c.Before, c.After
	}
	return was, is
}

func (v Version) record(ctx context.Context, tx *store.Tx, p access.Permit, action string, before *Version, at time.Time) error {
	change := audit.Change{Org: ident.Operator, Object: "price_book", ObjectID: v.ID.String(), Action: action}
	after := v.trail()
	if before != nil {
		was := before.trail()
		was.Prices, after.Prices = edited(*before, v)
		change.Before = was
	}
	change.After = after
	return audit.Write(ctx, tx, p.Actor(), at, change)
}
