package staff_test

import (
	"context"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/project"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"
	"bellwether/internal/vault"

	"github.com/google/go-cmp/cmp"
)

var (
	noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	shop = ident.ProjectOrg("shop")
	bank = ident.ProjectOrg("bank")
)

// house has the projects shop and bank in Ukraine, with nobody in them.
type house struct {
	*testing.T
	db      *store.DB
	staff   *staff.Service
	dropped []string
}

// Drop implements staff.Registrar.
func (h *house) Drop(userNames ...string) { h.dropped = append(h.dropped, userNames...) }

func newHouse(t *testing.T, db *store.DB) *house {
	t.Helper()
	h := &house{T: t, db: db, staff: staff.New(db, keys(t, "k1"), rand.Reader)}
	h.staff.Registrar = h
	h.must(func(ctx context.Context, tx *store.Tx) error {
		for _, id := range []ident.ProjectID{"shop", "bank"} {
			opening := project.Opening{ID: id, Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat", Version: "2021-01-01"}
			if _, err := project.Create(ctx, tx, opening, noon); err != nil {
				return err
			}
		}
		return nil
	})
	return h
}

func keys(t *testing.T, ids ...string) *vault.Vault {
	t.Helper()
	text := ""
	for _, id := range ids {
		line, err := vault.NewKey(strings.NewReader(strings.Repeat(id, 40)), id)
		if err != nil {
			t.Fatal(err)
		}
		text += line
	}
	v, err := vault.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func (h *house) do(fn func(ctx context.Context, tx *store.Tx) error) error {
	return h.db.Write(h.Context(), fn)
}

func (h *house) must(fn func(ctx context.Context, tx *store.Tx) error) {
	h.Helper()
	if err := h.do(fn); err != nil {
		h.Fatal(err)
	}
}

// permit is that of an operator's key, or with a scope that of a project's.
func (h *house) permit(org ident.Org, scope account.Scope) access.Permit {
	h.Helper()
	key := account.Key{ID: "test", Scope: scope}
	if scope != account.Operator {
		key.Project = org.Project()
	}
	p, err := access.NewGate(h.db).Enter(h.Context(), access.ByKey(key, audit.Program("test")), org, noon)
	if err != nil {
		h.Fatal(err)
	}
	return p
}

func (h *house) add(d staff.Draft) (e staff.Employee, err error) {
	p := h.permit(shop, account.Operator)
	return e, h.do(func(ctx context.Context, tx *store.Tx) error {
		e, err = h.staff.Add(ctx, tx, p, d, noon)
		return err
	})
}

func (h *house) added(d staff.Draft) staff.Employee {
	h.Helper()
	e, err := h.add(d)
	if err != nil {
		h.Fatal(err)
	}
	return e
}

func (h *house) open(e staff.Employee) (o staff.Opened) {
	h.Helper()
	p := h.permit(shop, account.Operator)
	h.must(func(ctx context.Context, tx *store.Tx) (err error) {
		o, err = h.staff.OpenAccount(ctx, tx, p, e.ID, "desk phone", 0, noon)
		return err
	})
	return o
}

// member makes somebody a member of the shop.
func (h *house) member(email string) (id account.UserID) {
	h.Helper()
	hasher, err := account.NewHasher(account.ForTests)
	if err != nil {
		h.Fatal(err)
	}
	hashed, err := hasher.Hash(h.Context(), "three blind mice", email)
	if err != nil {
		h.Fatal(err)
	}
	p := h.permit(shop, account.Operator)
	h.must(func(ctx context.Context, tx *store.Tx) error {
		u, err := account.CreateUser(ctx, tx, audit.Program("test"), rand.Reader, account.NewUser{Email: email, Name: email, Language: "en", Password: hashed}, true, noon)
		if err != nil {
			return err
		}
		id = u.ID
		_, err = access.AddMember(ctx, tx, p, id, access.Manager, noon)
		return err
	})
	return id
}

func mobile(n string) staff.Contact {
	return staff.Contact{Kind: staff.ByMobile, Address: n, Primary: true}
}

// Rule T-40.
func TestEmployees(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		olga := h.added(staff.Draft{Name: " Ольга Коваль ", Extension: "200", Contacts: []staff.Contact{mobile("067 123 45 67"), mobile("+380671234567")}})
		want := staff.Employee{
			ID: olga.ID, Name: "Ольга Коваль", Extension: "200", Presence: staff.Available, PresenceAt: noon, Contacts: []staff.Contact{mobile("+380671234567")},
		}
		if diff := cmp.Diff(want, olga); diff != "" {
			t.Errorf("added (-want +got):\n%s", diff)
		}
		got, err := staff.Get(t.Context(), db, "shop", olga.ID)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("read again: %v\n%s", err, diff)
		}
		if _, err := staff.Get(t.Context(), db, "bank", olga.ID); errs.KindOf(err) != errs.NotFound {
			t.Errorf("another project finds her: %v", err)
		}
	})
}

// Rule T-40: what an employee cannot be.
func TestBadEmployees(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		anna := h.member("anna@example.com")
		h.added(staff.Draft{Name: "Anna", Extension: "201", User: anna})
		for name, c := range map[string]struct {
			draft staff.Draft
			code  string
		}{
			"no name":            {staff.Draft{}, "staff.bad_name"},
			"a hidden character": {staff.Draft{Name: "a\u200bb"}, "staff.bad_name"},
			"too long a name":    {staff.Draft{Name: strings.Repeat("я", 101)}, "staff.bad_name"},
			"one digit":          {staff.Draft{Name: "B", Extension: "7"}, "staff.bad_extension"},
			"six digits":         {staff.Draft{Name: "B", Extension: "123456"}, "staff.bad_extension"},
			"a letter":           {staff.Draft{Name: "B", Extension: "10a"}, "staff.bad_extension"},
			"the ambulance":      {staff.Draft{Name: "B", Extension: "103"}, "staff.emergency_extension"},
			"112":                {staff.Draft{Name: "B", Extension: "112"}, "staff.emergency_extension"},
			"taken":              {staff.Draft{Name: "B", Extension: "201"}, "staff.extension_taken"},
			"the same member":    {staff.Draft{Name: "B", User: anna}, "staff.user_taken"},
			"no department":      {staff.Draft{Name: "B", Department: "0000000000000000"}, "staff.no_department"},
			"not a number":       {staff.Draft{Name: "B", Contacts: []staff.Contact{mobile("call me")}}, "staff.bad_contact"},
			"another's account":  {staff.Draft{Name: "B", Contacts: []staff.Contact{{Kind: staff.BySIP, Address: "abcdefghjkmn"}}}, "staff.bad_contact"},
			"an unknown kind":    {staff.Draft{Name: "B", Contacts: []staff.Contact{{Kind: "fax", Address: "+380671234567"}}}, "staff.bad_contact"},
		} {
			if _, err := h.add(c.draft); errs.CodeOf(err) != c.code {
				t.Errorf("%s: %v, want %s", name, err, c.code)
			}
		}
		reader := h.permit(shop, account.ProjectRead)
		err := h.do(func(ctx context.Context, tx *store.Tx) error {
			_, err := h.staff.Add(ctx, tx, reader, staff.Draft{Name: "B"}, noon)
			return err
		})
		if errs.KindOf(err) != errs.Denied {
			t.Errorf("a reader adds: %v", err)
		}
	})
}

// Rules T-40, T-41.
func TestRoster(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		p := h.permit(shop, account.Operator)
		anna := h.member("anna@example.com")
		var sales access.Department
		h.must(func(ctx context.Context, tx *store.Tx) (err error) {
			if sales, err = access.MakeDepartment(ctx, tx, p, rand.Reader, "Sales", noon); err != nil {
				return err
			}
			return access.SetPeople(ctx, tx, p, sales.ID, []account.UserID{anna}, noon)
		})
		a := h.added(staff.Draft{Name: "Anna", Extension: "201", User: anna, Contacts: []staff.Contact{
			mobile("+380671111111"), {Kind: staff.ByOther, Address: "+380442222222"},
		}})
		b := h.added(staff.Draft{Name: "Borys", Extension: "202", Department: sales.ID, Contacts: []staff.Contact{mobile("+380442222222")}})
		r, err := h.staff.Roster(t.Context(), "shop", noon)
		if err != nil {
			t.Fatal(err)
		}
		var in []staff.EmployeeID
		for _, e := range r.InDepartment(sales.ID) {
			in = append(in, e.ID)
		}
		if diff := cmp.Diff([]staff.EmployeeID{a.ID, b.ID}, in); diff != "" {
			t.Errorf("the department is its members and whoever is put there:\n%s", diff)
		}
		for n, want := range map[phone.Number]staff.EmployeeID{"+380671111111": a.ID, "+380442222222": b.ID, "+380443333333": ""} {
			if e, _ := r.ByNumber(n); e.ID != want {
				t.Errorf("%s is taken for %q", n, e.Name)
			}
		}
		if e, ok := r.ByExtension("202"); !ok || e.ID != b.ID {
			t.Errorf("202 is %v", e)
		}
		if got := len(mustEmployee(t, r, a.ID).Rings()); got != 1 {
			t.Errorf("Anna rings at %d contacts, want the primary one", got)
		}
	})
}

func mustEmployee(t *testing.T, r *staff.Roster, id staff.EmployeeID) staff.Employee {
	t.Helper()
	e, ok := r.Employee(id)
	if !ok {
		t.Fatalf("there is no %s", id)
	}
	return e
}

// Rule T-42: a password is shown once and kept as what digest authentication needs.
func TestAccounts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		e := h.added(staff.Draft{Name: "Anna"})
		first := h.open(e)
		if len(first.UserName) != 12 || len(first.Password) != 24 || first.Most != 3 {
			t.Errorf("opened %+v", first)
		}
		got, err := h.staff.Account(t.Context(), first.UserName, noon)
		if err != nil {
			t.Fatal(err)
		}
		a1 := []byte(first.UserName + ":bellwether:" + first.Password)
		m, s := md5.Sum(a1), sha256.Sum256(a1)
		if got.MD5 != hex.EncodeToString(m[:]) || got.SHA256 != hex.EncodeToString(s[:]) || got.Project != "shop" || got.Employee != e.ID {
			t.Errorf("the lookup gives %+v", got)
		}
		var text string
		if err := db.QueryRow(t.Context(), `SELECT ha1_md5 || ha1_sha256 FROM staff_sip_account`).Scan(&text); err != nil || strings.Contains(text, got.MD5) || strings.Contains(text, got.SHA256) {
			t.Errorf("the database tells the hashes: %v", err)
		}
		p := h.permit(shop, account.Operator)
		var second staff.Opened
		h.must(func(ctx context.Context, tx *store.Tx) (err error) {
			second, err = h.staff.NewPassword(ctx, tx, p, first.UserName, noon.Add(time.Hour))
			return err
		})
		h.staff.Closed(first.UserName)
		if again, err := h.staff.Account(t.Context(), first.UserName, noon); err != nil || again.MD5 == got.MD5 || second.Password == first.Password {
			t.Errorf("a new password changes nothing: %v", err)
		}
		if diff := cmp.Diff([]string{first.UserName}, h.dropped); diff != "" {
			t.Errorf("the registrar is told (-want +got):\n%s", diff)
		}
		for _, strange := range []string{"", "anna", "abcdefghjkmn", "abcdefghjkm\x00", strings.Repeat("a", 5000)} {
			if _, err := h.staff.Account(t.Context(), strange, noon); errs.CodeOf(err) != "staff.no_account" {
				t.Errorf("%.20q: %v", strange, err)
			}
		}
	})
}

// Rule T-42: an account of one project is out of another's reach.
func TestAccountsOfOthers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		opened := h.open(h.added(staff.Draft{Name: "Anna"}))
		theirs := h.permit(bank, account.Operator)
		for name, try := range map[string]func(ctx context.Context, tx *store.Tx) error{
			"password": func(ctx context.Context, tx *store.Tx) error {
				_, err := h.staff.NewPassword(ctx, tx, theirs, opened.UserName, noon)
				return err
			},
			"edit": func(ctx context.Context, tx *store.Tx) error {
				_, err := h.staff.EditAccount(ctx, tx, theirs, opened.UserName, "x", 1, false, noon)
				return err
			},
			"remove": func(ctx context.Context, tx *store.Tx) error {
				return h.staff.RemoveAccount(ctx, tx, theirs, opened.UserName, noon)
			},
		} {
			if err := h.do(try); errs.KindOf(err) != errs.NotFound {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Rule T-43: blocking ends the accounts at once, unblocking gives them back, and so does leaving.
func TestBlockedMembers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		p := h.permit(shop, account.Operator)
		anna := h.member("anna@example.com")
		e := h.added(staff.Draft{Name: "Anna", User: anna})
		opened := h.open(e)
		news := event.NewDispatcher(db, event.Options{Node: "test"}, h.staff.Subscriber())
		h.step(news)
		if _, err := h.staff.Account(t.Context(), opened.UserName, noon); err != nil {
			t.Fatal(err)
		}
		h.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := access.Block(ctx, tx, p, noSeats{}, anna, "", noon)
			return err
		})
		if _, err := h.staff.Account(t.Context(), opened.UserName, noon.Add(3*time.Second)); errs.CodeOf(err) != "staff.no_account" {
			t.Errorf("before the news came: %v", err)
		}
		h.step(news)
		if diff := cmp.Diff([]string{opened.UserName}, h.dropped); diff != "" {
			t.Errorf("the registrar is told (-want +got):\n%s", diff)
		}
		if open, err := h.staff.Standing(t.Context(), opened.UserName, "nobodynobody"); err != nil || len(open) != 0 {
			t.Errorf("another node keeps %v, %v", open, err)
		}
		if r, _ := h.staff.Roster(t.Context(), "shop", noon.Add(time.Minute)); len(mustEmployee(t, r, e.ID).Rings()) != 0 {
			t.Error("somebody who is blocked is rung")
		}
		h.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := access.Unblock(ctx, tx, p, noSeats{}, anna, noon)
			return err
		})
		h.step(news)
		back, err := h.staff.Account(t.Context(), opened.UserName, noon.Add(time.Hour))
		if err != nil {
			t.Errorf("unblocked: %v", err)
		}
		if open, err := h.staff.Standing(t.Context(), opened.UserName); err != nil || open[opened.UserName] != back.Version || back.Version == 0 {
			t.Errorf("another node keeps %v, %v, want version %d", open, err, back.Version)
		}
		if r, _ := h.staff.Roster(t.Context(), "shop", noon.Add(time.Hour)); len(mustEmployee(t, r, e.ID).Rings()) != 1 {
			t.Error("somebody who is back is not rung")
		}
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return access.RemoveMember(ctx, tx, p, noSeats{}, anna, "", noon)
		})
		h.step(news)
		if _, err := h.staff.Account(t.Context(), opened.UserName, noon.Add(2*time.Hour)); errs.CodeOf(err) != "staff.no_account" {
			t.Errorf("gone: %v", err)
		}
	})
}

// step delivers the news until there are none.
func (h *house) step(d *event.Dispatcher) {
	h.Helper()
	for {
		n, err := d.Step(h.Context())
		if err != nil {
			h.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// noSeats counts nothing.
type noSeats struct{}

// SetSeats implements access.SeatCounter.
func (noSeats) SetSeats(context.Context, *store.Tx, ident.ProjectID, string, int64, time.Time) error {
	return nil
}

// Rule T-44.
func TestPresence(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		e := h.added(staff.Draft{Name: "Anna"})
		p := h.permit(shop, account.Operator)
		set := func(p access.Permit, to staff.Presence) error {
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				return h.staff.SetPresence(ctx, tx, p, e.ID, to, noon.Add(time.Minute))
			})
		}
		if err := set(p, staff.Away); err != nil {
			t.Fatal(err)
		}
		if got, _ := staff.Get(t.Context(), db, "shop", e.ID); got.Presence != staff.Away || !got.PresenceAt.Equal(noon.Add(time.Minute)) {
			t.Errorf("she is %s since %v", got.Presence, got.PresenceAt)
		}
		if err := set(p, "asleep"); errs.CodeOf(err) != "staff.bad_presence" {
			t.Error(err)
		}
		if err := set(h.permit(shop, account.ProjectRead), staff.Available); errs.KindOf(err) != errs.Denied {
			t.Error(err)
		}
	})
}

// Removing somebody takes their accounts along; a limit is kept; keys are rotated. Rule T-42.
func TestLimitsAndRotation(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		p := h.permit(shop, account.Operator)
		e := h.added(staff.Draft{Name: "Anna"})
		opened := h.open(e)
		for _, most := range []int{-1, 0, 11} {
			err := h.do(func(ctx context.Context, tx *store.Tx) error {
				_, err := h.staff.EditAccount(ctx, tx, p, opened.UserName, "", most, true, noon)
				return err
			})
			if errs.CodeOf(err) != "staff.bad_limit" {
				t.Errorf("%d devices: %v", most, err)
			}
		}
		h.staff.Vault = keys(t, "k2", "k1")
		for _, want := range []int{1, 0} {
			h.must(func(ctx context.Context, tx *store.Tx) error {
				n, err := h.staff.Reseal(ctx, tx, 10)
				if n != want {
					t.Errorf("%d sealed anew, want %d", n, want)
				}
				return err
			})
		}
		h.staff.Vault = keys(t, "k2")
		if _, err := h.staff.Account(t.Context(), opened.UserName, noon); err != nil {
			t.Error(err)
		}
		var closed []string
		h.must(func(ctx context.Context, tx *store.Tx) (err error) {
			closed, err = h.staff.Remove(ctx, tx, p, e.ID, noon)
			return err
		})
		if diff := cmp.Diff([]string{opened.UserName}, closed); diff != "" {
			t.Error(diff)
		}
		if _, err := h.staff.Account(t.Context(), opened.UserName, noon.Add(time.Minute)); errs.CodeOf(err) != "staff.no_account" {
			t.Error(err)
		}
	})
}
