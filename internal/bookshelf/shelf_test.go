package bookshelf_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/bookshelf"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/pricebook"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// desk is two operators, a key, and the shelves of two nodes.
type desk struct {
	testing.TB
	db            *store.DB
	library, far  *pricebook.Library
	shelf, remote *bookshelf.Shelf
	ann, ben, key access.Permit
	now           time.Time
}

func newDesk(t testing.TB, db *store.DB) *desk {
	t.Helper()
	d := &desk{TB: t, db: db, library: pricebook.Shipped(), far: pricebook.Shipped(), now: noon}
	d.shelf, d.remote = bookshelf.New(d.library), bookshelf.New(d.far)
	hasher, err := account.NewHasher(account.ForTests)
	if err != nil {
		t.Fatal(err)
	}
	var people []account.UserID
	for _, email := range []string{"ann@example.com", "ben@example.com"} {
		hashed, err := hasher.Hash(context.Background(), "three blind mice", email)
		if err != nil {
			t.Fatal(err)
		}
		d.must(func(ctx context.Context, tx *store.Tx) error {
			u, err := account.CreateUser(ctx, tx, audit.Program("test"), rand.Reader, account.NewUser{Email: email, Name: "X", Language: "en", Password: hashed}, true, noon)
			people = append(people, u.ID)
			return err
		})
	}
	d.key = d.permit(access.ByKey(account.Key{ID: "k", Scope: account.Operator}, audit.Actor{}))
	for _, id := range people {
		d.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := access.AddMember(ctx, tx, d.key, id, access.OperatorRole, noon)
			return err
		})
	}
	d.ann = d.permit(access.BySession(account.Session{ID: "a", User: people[0]}, audit.Actor{}))
	d.ben = d.permit(access.BySession(account.Session{ID: "b", User: people[1]}, audit.Actor{}))
	return d
}

func (d *desk) permit(p access.Principal) access.Permit {
	d.Helper()
	permit, err := access.NewGate(d.db).Enter(context.Background(), p, ident.Operator, noon)
	if err != nil {
		d.Fatal(err)
	}
	return permit
}

func (d *desk) must(fn func(ctx context.Context, tx *store.Tx) error) {
	d.Helper()
	if err := d.db.Write(context.Background(), fn); err != nil {
		d.Fatal(err)
	}
}

// do does something to a version and wants an error's code, empty for none.
func (d *desk) do(code string, fn func(ctx context.Context, tx *store.Tx) (bookshelf.Version, error)) (v bookshelf.Version) {
	d.Helper()
	err := d.db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		v, err = fn(ctx, tx)
		return err
	})
	if (err == nil) != (code == "") || err != nil && errs.CodeOf(err) != code {
		d.Fatalf("got %v (%s), want %q", err, errs.CodeOf(err), code)
	}
	return v
}

func (d *desk) begin(code string, u bookshelf.Upload) bookshelf.Version {
	d.Helper()
	return d.do(code, func(ctx context.Context, tx *store.Tx) (bookshelf.Version, error) {
		return d.shelf.Begin(ctx, tx, d.ann, u, d.now)
	})
}

// next is a draft of the version of ringostat from a day on.
func (d *desk) next(day string) bookshelf.Version {
	d.Helper()
	return d.do("", func(ctx context.Context, tx *store.Tx) (bookshelf.Version, error) {
		return d.shelf.BeginWith(ctx, tx, d.ann, "ringostat", civil.MustParseDate(day), d.now)
	})
}

func (d *desk) submit(code string, by access.Permit, v bookshelf.Version) bookshelf.Version {
	d.Helper()
	return d.do(code, func(ctx context.Context, tx *store.Tx) (bookshelf.Version, error) {
		return d.shelf.Submit(ctx, tx, by, v.ID, v.Revision, d.now)
	})
}

func (d *desk) approve(code string, by access.Permit, v bookshelf.Version) bookshelf.Version {
	d.Helper()
	return d.do(code, func(ctx context.Context, tx *store.Tx) (bookshelf.Version, error) {
		return d.shelf.Approve(ctx, tx, by, v.ID, v.Revision, d.now)
	})
}

func (d *desk) edit(code string, v bookshelf.Version, text string) bookshelf.Version {
	d.Helper()
	return d.do(code, func(ctx context.Context, tx *store.Tx) (bookshelf.Version, error) {
		return d.shelf.Edit(ctx, tx, d.ann, v.ID, v.Revision, bookshelf.Upload{Text: text, Files: v.Files}, d.now)
	})
}

// tells fails unless the last entry of the trail about a version is of an action, and has what was before and after.
func (d *desk) tells(action string, v bookshelf.Version, before, after string) {
	d.Helper()
	entries, err := audit.List(context.Background(), d.db, audit.Filter{Object: "price_book"}, 0, 1)
	if err != nil || len(entries) != 1 {
		d.Fatal(entries, err)
	}
	e := entries[0]
	spaced := func(text []byte) string { return strings.ReplaceAll(string(text), `":"`, `": "`) }
	if e.Action != action || e.ObjectID != v.ID.String() || !strings.Contains(spaced(e.Before), before) || !strings.Contains(spaced(e.After), after) {
		d.Errorf("the trail tells %s of %s: %s -> %s", e.Action, e.ObjectID, e.Before, e.After)
	}
}

func (d *desk) withdraw(code string, v bookshelf.Version) bookshelf.Version {
	d.Helper()
	return d.do(code, func(ctx context.Context, tx *store.Tx) (bookshelf.Version, error) {
		return d.shelf.Withdraw(ctx, tx, d.ann, v.ID, v.Revision, d.now)
	})
}

// sync brings both nodes up to date.
func (d *desk) sync() {
	d.Helper()
	for _, shelf := range []*bookshelf.Shelf{d.shelf, d.remote} {
		if _, err := shelf.Sync(context.Background(), d.db); err != nil {
			d.Fatal(err)
		}
	}
}

// A draft is submitted by one and approved by another, and then every node has it as it was submitted. Rules O-10, O-11.
func TestPublishing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		v := d.next("2026-04-01")
		v = d.edit("", v, strings.Replace(v.Text, "UAH: 999,", "UAH: 1099,", 1))
		d.tells("edit", v, `"products[virtual_pbx].monthly.UAH": "999"`, `"products[virtual_pbx].monthly.UAH": "1099"`)
		against, changes, err := v.Diff(d.library)
		if err != nil || against.Version != "2022-07-01" {
			t.Fatalf("against %v, %v", against, err)
		}
		var paths []string
		for _, c := range changes {
			paths = append(paths, c.Path)
		}
		if diff := cmp.Diff([]string{"version", "effective", "products[virtual_pbx].monthly.UAH"}, paths); diff != "" {
			t.Error(diff)
		}
		d.submit("bookshelf.by_program", d.key, v)
		v = d.submit("", d.ann, v)
		d.edit("bookshelf.not_draft", v, v.Text)
		d.approve("bookshelf.own", d.ann, v)
		d.approve("bookshelf.by_program", d.key, v)
		d.sync()
		if _, err := d.far.Get("ringostat", "2026-04-01"); err == nil {
			t.Error("a version that waits is on sale")
		}
		v = d.approve("", d.ben, v)
		d.approve("bookshelf.not_waiting", d.ben, v)
		d.sync()
		got, err := d.far.Get("ringostat", "2026-04-01")
		if err != nil {
			t.Fatal(err)
		}
		if p, _ := got.Product("virtual_pbx"); p.Monthly["UAH"].String() != "1099" {
			t.Errorf("published with %s", p.Monthly["UAH"])
		}
		d.edit("bookshelf.not_draft", v, v.Text)
		d.begin("bookshelf.same", bookshelf.Upload{Name: "again.yaml", Text: v.Text, Files: v.Files})
		d.submit("pricebook.duplicate", d.ann, d.begin("", bookshelf.Upload{Text: strings.Replace(v.Text, "UAH: 1099,", "UAH: 1199,", 1), Files: v.Files}))
		if changed, err := d.shelf.Sync(t.Context(), d.db); changed || err != nil {
			t.Errorf("changed %t, %v", changed, err)
		}
	})
}

// What begins today would change days that are running; what was refused is a draft again. Rule O-11.
func TestSubmitting(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t))
	v := d.next("2026-03-02")
	d.submit("bookshelf.too_early", d.ann, v)
	v = d.do("", func(ctx context.Context, tx *store.Tx) (bookshelf.Version, error) {
		return d.shelf.Date(ctx, tx, d.ann, v.ID, v.Revision, civil.MustParseDate("2026-03-03"), d.now)
	})
	v = d.submit("", d.ann, v)
	d.now = noon.AddDate(0, 0, 1)
	d.approve("bookshelf.too_early", d.ben, v)
	v = d.do("", func(ctx context.Context, tx *store.Tx) (bookshelf.Version, error) {
		return d.shelf.Refuse(ctx, tx, d.ben, v.ID, v.Revision, "too late", d.now)
	})
	if v.State != bookshelf.Draft || v.Note != "too late" {
		t.Errorf("%+v", v)
	}
	stale := v
	v = d.edit("", v, v.Text+"\n")
	d.edit("bookshelf.edited", stale, "book: x")
	d.do("", func(ctx context.Context, tx *store.Tx) (bookshelf.Version, error) {
		return d.shelf.Discard(ctx, tx, d.ann, v.ID, v.Revision, d.now)
	})
	if list, err := bookshelf.List(t.Context(), d.db); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	d.do("access.denied", func(ctx context.Context, tx *store.Tx) (bookshelf.Version, error) {
		return d.shelf.Begin(ctx, tx, access.Permit{}, bookshelf.Upload{Text: "x"}, d.now)
	})
}

// Every mistake of the book and of its cards is told with its file and line; a draft may have them, a submission may not.
// Rule O-11.
func TestMistakes(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t))
	v := d.next("2026-04-01")
	files := map[string]string{"default.csv": strings.Replace(v.Files["default.csv"], "\n1,US", "\nx1,US", 1)}
	text := strings.Replace(v.Text, "measure: peak", "measure: pique", 1)
	v = d.begin("", bookshelf.Upload{Text: text, Files: files})
	if v.Ref() != "" {
		t.Errorf("it is called %s", v.Ref())
	}
	problems := v.Check()
	if len(problems) != 2 || problems[0].File != "book.yaml" || problems[1].File != "default.csv" || problems[1].Line != 2 {
		t.Errorf("%v", problems)
	}
	d.submit("pricebook.invalid", d.ann, v)
	for name, u := range map[string]bookshelf.Upload{
		"empty":     {},
		"not text":  {Text: "\xff"},
		"a path":    {Text: "x", Files: map[string]string{"../x.csv": ""}},
		"the book":  {Text: "x", Files: map[string]string{"book.yaml": ""}},
		"hidden":    {Text: "x", Files: map[string]string{"a\u202eb": ""}},
		"not a csv": {Text: "x", Files: map[string]string{"a.csv": "\xff"}},
	} {
		t.Log(name)
		d.begin("bookshelf.bad_upload", u)
	}
}

// What a project is or was on stays; what nobody ever was on goes from every node. Rule O-12.
func TestWithdrawing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		d := newDesk(t, db)
		v := d.approve("", d.ben, d.submit("", d.ann, d.next("2026-03-03")))
		d.sync()
		open := func(id ident.ProjectID) {
			d.must(func(ctx context.Context, tx *store.Tx) error {
				_, err := billing.New(d.far).Open(ctx, tx, project.Opening{
					ID: id, Country: "UA", TimeZone: "Europe/Kyiv", Book: "ringostat", Version: "2026-03-03",
				}, 0, d.now.AddDate(0, 0, 2))
				return err
			})
		}
		v = d.withdraw("", v)
		d.withdraw("bookshelf.not_published", v)
		if _, err := d.shelf.Sync(t.Context(), d.db); err != nil {
			t.Fatal(err)
		}
		if _, err := d.library.Get("ringostat", "2026-03-03"); err == nil {
			t.Error("it is still offered")
		}
		open("shop") // on a node that has not heard of it yet
		d.sync()
		for _, library := range []*pricebook.Library{d.library, d.far} {
			if _, err := library.Get("ringostat", "2026-03-03"); err != nil {
				t.Error(err)
			}
		}
		used := d.approve("", d.ben, d.submit("", d.ann, d.next("2026-03-05")))
		d.sync()
		d.must(func(ctx context.Context, tx *store.Tx) error {
			return billing.New(d.library).MoveBook(ctx, tx, "shop", "2026-03-05", "", d.now.AddDate(0, 0, 3))
		})
		d.withdraw("bookshelf.in_use", used)
	})
}

// What is no price book at all is no draft; the answer names the line. What is one has the name of its file, and says of itself what it is,
// with mistakes too. Rule O-11.
func TestNoBook(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t))
	for text, line := range map[string]string{
		"hello, here are the prices": "book.yaml:1:", "- 1\n- 2\n": "book.yaml:1:", "a: 1\nb: 2\n": "book.yaml:1:", "book: x\nversion: [1\n": "book.yaml:2:",
	} {
		err := d.db.Write(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := d.shelf.Begin(ctx, tx, d.ann, bookshelf.Upload{Text: text}, d.now)
			return err
		})
		if errs.CodeOf(err) != "bookshelf.no_book" || !strings.Contains(err.Error(), line) {
			t.Errorf("%q: %v", text, err)
		}
	}
	v := d.begin("", bookshelf.Upload{Name: "spring.yaml", Text: "book: mine\nversion: \"2027-01-01\"\nmonth: never\n"})
	list, err := bookshelf.List(t.Context(), d.db)
	if err != nil || len(list) != 1 || list[0].File != "spring.yaml" || list[0].Says != "mine@2027-01-01" || list[0].Ref() != "" || list[0].MadeBy != v.MadeBy {
		t.Errorf("%+v, %v", list, err)
	}
	shipped, err := d.library.Get("ringostat", "2022-07-01")
	if err != nil {
		t.Fatal(err)
	}
	text, cards := pricebook.Unbundle(shipped, shipped.Version, shipped.Effective)
	files := map[string]string{}
	for name, card := range cards {
		files[name] = string(card)
	}
	d.begin("bookshelf.same", bookshelf.Upload{Text: string(text), Files: files})
}
