package routing_test

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/money"
	"bellwether/internal/phone"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/routing"
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

const ours, theirs = phone.Number("+380441111111"), phone.Number("+380442222222")

// house has the shop with the PBX and +380441111111, the bank with +380442222222 and nothing switched on.
type house struct {
	*testing.T
	db      *store.DB
	billing *billing.Service
	staff   *staff.Service
	routing *routing.Service
}

func newHouse(t *testing.T, db *store.DB) *house {
	t.Helper()
	line, err := vault.NewKey(rand.Reader, "k1")
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	b := billing.New(pricebook.Shipped())
	h := &house{T: t, db: db, billing: b, staff: staff.New(db, v, rand.Reader), routing: routing.New(db, b, t.TempDir(), rand.Reader)}
	h.must(func(ctx context.Context, tx *store.Tx) error {
		for id, n := range map[ident.ProjectID]phone.Number{"shop": ours, "bank": theirs} {
			if _, err := b.Open(ctx, tx, project.Opening{ID: id, Name: string(id), Country: "UA", TimeZone: "Europe/Kyiv", Book: "ringostat"}, 0, noon); err != nil {
				return err
			}
			if _, err := b.Pay(ctx, tx, id, billing.Payment{ID: "p1", Amount: money.MustParse("10000"), Method: "bank"}, noon); err != nil {
				return err
			}
			if err := b.RentNumber(ctx, tx, id, pricing.Number{Number: string(n), Owner: "customer", Kind: "local", Use: "pbx"}, noon); err != nil {
				return err
			}
		}
		return b.SwitchProduct(ctx, tx, "shop", routing.PBX, true, noon)
	})
	return h
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

func (h *house) permit(org ident.Org) access.Permit {
	h.Helper()
	p, err := access.NewGate(h.db).Enter(h.Context(), access.ByKey(account.Key{ID: "test", Scope: account.Operator}, audit.Program("test")), org, noon)
	if err != nil {
		h.Fatal(err)
	}
	return p
}

// ringing is a scheme that rings places together.
func ringing(targets ...dialplan.Target) dialplan.RoutingScheme {
	return dialplan.RoutingScheme{Format: dialplan.Format, Steps: []dialplan.RouteStep{
		{ID: "ring", Ring: &dialplan.Ring{Order: dialplan.Together, Seconds: 30, Targets: targets}},
	}}
}

func tel(n string) dialplan.Target { return dialplan.Target{Phone: n} }

// published makes a scheme and publishes it.
func (h *house) published(org ident.Org, name string, body dialplan.RoutingScheme) (sc routing.Scheme, err error) {
	p := h.permit(org)
	return sc, h.do(func(ctx context.Context, tx *store.Tx) error {
		made, err := h.routing.Make(ctx, tx, p, name, body, noon)
		if err != nil {
			return err
		}
		sc, err = h.routing.Publish(ctx, tx, p, made.ID, noon)
		return err
	})
}

// Rule T-46: a draft counts once it is published; an old version comes back as a new one.
func TestVersions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		p := h.permit(shop)
		one, two := ringing(tel("+380671111111")), ringing(tel("+380672222222"))
		sc, err := h.published(shop, " Main ", one)
		if err != nil || sc.Name != "Main" || sc.Live != 1 || sc.Draft != nil {
			t.Fatalf("published: %+v, %v", sc, err)
		}
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return h.routing.SetScheme(ctx, tx, p, ours, sc.ID, "", noon)
		})
		rings := func() string {
			h.routing.Changed("shop", string(ours))
			plan, err := h.routing.ForNumber(t.Context(), ours, noon)
			if err != nil {
				t.Fatal(err)
			}
			return plan.Scheme.Steps[0].Ring.Targets[0].Phone
		}
		save := func(body dialplan.RoutingScheme) {
			h.must(func(ctx context.Context, tx *store.Tx) error {
				_, err := h.routing.Save(ctx, tx, p, sc.ID, "Main", body, noon)
				return err
			})
		}
		save(two)
		if got := rings(); got != "+380671111111" {
			t.Errorf("a draft counts: %s", got)
		}
		h.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := h.routing.Publish(ctx, tx, p, sc.ID, noon)
			return err
		})
		if got := rings(); got != "+380672222222" {
			t.Errorf("published: %s", got)
		}
		h.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := h.routing.RollBack(ctx, tx, p, sc.ID, 1, noon)
			return err
		})
		if got := rings(); got != "+380671111111" {
			t.Errorf("rolled back: %s", got)
		}
		versions, err := routing.Versions(t.Context(), db, "shop", sc.ID)
		var brief [][2]int
		for _, v := range versions {
			brief = append(brief, [2]int{v.Version, v.Again})
		}
		if diff := cmp.Diff([][2]int{{3, 1}, {2, 0}, {1, 0}}, brief); diff != "" || err != nil {
			t.Errorf("versions: %v\n%s", err, diff)
		}
		save(dialplan.RoutingScheme{Format: 1})
		err = h.do(func(ctx context.Context, tx *store.Tx) error {
			_, err := h.routing.Publish(ctx, tx, p, sc.ID, noon)
			return err
		})
		if len(dialplan.Problems(err)) == 0 || rings() != "+380671111111" {
			t.Errorf("a scheme without steps is published: %v", err)
		}
		h.must(func(ctx context.Context, tx *store.Tx) error {
			_, err := h.routing.Discard(ctx, tx, p, sc.ID, noon)
			return err
		})
		other := h.permit(bank)
		for name, try := range map[string]func(ctx context.Context, tx *store.Tx) error{
			"save": func(ctx context.Context, tx *store.Tx) error {
				_, err := h.routing.Save(ctx, tx, other, sc.ID, "Mine", two, noon)
				return err
			},
			"roll back": func(ctx context.Context, tx *store.Tx) error {
				_, err := h.routing.RollBack(ctx, tx, other, sc.ID, 1, noon)
				return err
			},
			"delete": func(ctx context.Context, tx *store.Tx) error {
				return h.routing.Delete(ctx, tx, other, sc.ID, noon)
			},
		} {
			if err := h.do(try); errs.CodeOf(err) != "routing.no_scheme" {
				t.Errorf("another project's %s: %v", name, err)
			}
		}
		if err := h.do(func(ctx context.Context, tx *store.Tx) error { return h.routing.Delete(ctx, tx, p, sc.ID, noon) }); errs.CodeOf(err) != "routing.scheme_used" {
			t.Errorf("a scheme in use is deleted: %v", err)
		}
	})
}

// Rule T-46: what is published names nothing that is not there.
func TestUnknownReferences(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		for name, body := range map[string]dialplan.RoutingScheme{
			"employee":   ringing(dialplan.Target{Employee: "0123456789abcdef"}),
			"department": ringing(dialplan.Target{Department: "0123456789abcdef"}),
			"account":    ringing(dialplan.Target{Account: "abcdefghjkmn"}),
			"prompt":     {Format: 1, Steps: []dialplan.RouteStep{{ID: "a", Say: &dialplan.Say{Prompt: "nothing"}}}},
		} {
			_, err := h.published(shop, name, body)
			var e *errs.Error
			if errs.CodeOf(err) != "routing.unknown_reference" || !errors.As(err, &e) || e.Params["kind"] != name || !strings.HasPrefix(e.Where, "steps[0].") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Rule T-47: one destination without the PBX, which is offered at its price for this project.
func TestSecondDestinationNeedsPBX(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return h.billing.SwitchProduct(ctx, tx, "bank", "call_tracking", true, noon)
		})
		if _, err := h.published(bank, "one", ringing(tel("+380671111111"))); err != nil {
			t.Errorf("one destination: %v", err)
		}
		two := ringing(tel("+380671111111"), tel("+380672222222"))
		_, err := h.published(bank, "two", two)
		if errs.CodeOf(err) != "routing.needs_pbx" || errs.KindOf(err) != errs.Denied {
			t.Fatalf("two destinations: %v", err)
		}
		var e *errs.Error
		if err := h.routing.Priced(t.Context(), "bank", err, noon); !errors.As(err, &e) {
			t.Fatal(err)
		}
		offer, err := h.routing.Price(t.Context(), "bank", routing.PBX, noon)
		if err != nil {
			t.Fatal(err)
		}
		if e.Params["monthly"] != money.MustParse("999") || e.Params["per_30_days"] != offer.Per30 || offer.Per30 <= 0 || e.Params["currency"] != money.Currency("UAH") {
			t.Errorf("the offer is %v", e.Params)
		}
		if _, err := h.published(shop, "two", two); err != nil {
			t.Errorf("with the PBX: %v", err)
		}
	})
}

// Rule T-03: a scheme that came to ring two destinations rings the first alone; the dry run shows it so, and a draft as it is written.
func TestOneDestinationWithoutPBX(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		two := ringing(tel("+380671111111"), tel("+380672222222"))
		sc, err := h.published(shop, "two", two)
		if err != nil {
			t.Fatal(err)
		}
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(h.routing.SetScheme(ctx, tx, h.permit(shop), ours, sc.ID, "", noon), h.billing.SwitchProduct(ctx, tx, shop.Project(), routing.PBX, false, noon))
		})
		dialled := func(draft *dialplan.RoutingScheme) (n int) {
			path, err := h.routing.Try(t.Context(), shop.Project(), routing.Trial{Number: ours, At: noon, Scheme: sc.ID, Body: draft})
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range path.Lines {
				if line.Code == "leg.dialled" {
					n++
				}
			}
			return n
		}
		if live, draft := dialled(nil), dialled(&two); live != 1 || draft != 2 {
			t.Errorf("the scheme rings %d, the draft of it %d", live, draft)
		}
	})
}

// Rules T-48, T-51 and the after-hours scheme.
func TestPlan(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		p := h.permit(shop)
		day, err := h.published(shop, "Day", ringing(tel("+380671111111")))
		if err != nil {
			t.Fatal(err)
		}
		night, err := h.published(shop, "Night", ringing(tel("+380672222222")))
		if err != nil {
			t.Fatal(err)
		}
		hours := dialplan.BusinessHours{Week: []dialplan.Shift{{Days: []dialplan.Day{"mon"}, Span: dialplan.Span{From: "09:00", To: "18:00"}}}}
		settings := routing.Settings{AfterHours: night.ID, Outgoing: routing.AtHome}
		settings.CallerID, settings.LastAgent.On = ours, true
		h.must(func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(
				h.routing.SetScheme(ctx, tx, p, ours, day.ID, "", noon), h.routing.SetHours(ctx, tx, p, hours, noon), h.routing.SetSettings(ctx, tx, p, settings, noon),
			)
		})
		plan, err := h.routing.ForNumber(t.Context(), ours, noon)
		if err != nil {
			t.Fatal(err)
		}
		if !plan.Routed || plan.Name != "Day" || plan.Closed == nil || plan.Closed.Steps[0].Ring.Targets[0].Phone != "+380672222222" || plan.CallerID() != ours {
			t.Errorf("the plan is %+v", plan)
		}
		if open, closed := plan.By(false), plan.By(true); open != (routing.Counting{ID: day.ID, Name: "Day", Version: 1}) || closed != (routing.Counting{ID: night.ID, Name: "Night", Version: 1}) {
			t.Errorf("calls go by %+v, and outside working hours by %+v", open, closed)
		}
		if diff := cmp.Diff(settings, plan.Settings); diff != "" {
			t.Error(diff)
		}
		// 12:00 UTC on Monday is 14:00 in Kyiv; a day later it is Tuesday.
		for at, open := range map[time.Time]bool{noon: true, noon.AddDate(0, 0, 1): false, noon.Add(-6 * time.Hour): false} {
			if got := plan.Hours.At(at, plan.Zone); got.Open != open {
				t.Errorf("at %v open is %v", at, got.Open)
			}
		}
		none, err := h.routing.ForNumber(t.Context(), theirs, noon)
		if err != nil || none.Routed || none.Scheme.Steps[0].HangUp == nil || none.Project.ID != "bank" {
			t.Errorf("a number without a scheme: %+v, %v", none, err)
		}
		if _, err := h.routing.ForNumber(t.Context(), "+380449999999", noon); errs.CodeOf(err) != "routing.unknown_number" {
			t.Errorf("nobody's number: %v", err)
		}
	})
}

// Rule T-51: settings that cannot be.
func TestBadSettings(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		p := h.permit(shop)
		for name, c := range map[string]struct {
			change func(*routing.Settings)
			code   string
		}{
			"another's number": {func(s *routing.Settings) { s.CallerID = theirs }, "routing.foreign_caller_id"},
			"nobody's number":  {func(s *routing.Settings) { s.CallerID = "+380449999999" }, "routing.foreign_caller_id"},
			"no such scheme":   {func(s *routing.Settings) { s.AfterHours = "0123456789abcdef" }, "routing.unknown_reference"},
			"an hour first":    {func(s *routing.Settings) { s.FirstSeconds = 3600 }, "routing.bad_setting"},
			"to the moon":      {func(s *routing.Settings) { s.Outgoing = "moon" }, "routing.bad_setting"},
			"a year and more":  {func(s *routing.Settings) { s.LastAgent.Days = 366 }, "routing.bad_setting"},
		} {
			settings := routing.Settings{Outgoing: routing.Anywhere}
			c.change(&settings)
			err := h.do(func(ctx context.Context, tx *store.Tx) error {
				return h.routing.SetSettings(ctx, tx, p, settings, noon)
			})
			if errs.CodeOf(err) != c.code {
				t.Errorf("%s: %v, want %s", name, err, c.code)
			}
		}
		if err := h.do(func(ctx context.Context, tx *store.Tx) error {
			return h.routing.SetScheme(ctx, tx, p, theirs, "", "", noon)
		}); errs.CodeOf(err) != "routing.foreign_caller_id" {
			t.Errorf("another's number is routed: %v", err)
		}
	})
}

// Rule T-49.
func TestBlockList(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		p := h.permit(shop)
		block := func(text string) error {
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				_, err := h.routing.Block(ctx, tx, p, text, "spam", noon)
				return err
			})
		}
		for _, text := range []string{"067 123-45-67", "+38063*", "380639*", "withheld"} {
			if err := block(text); err != nil {
				t.Errorf("%q: %v", text, err)
			}
		}
		for _, text := range []string{"", "*", "+3*", "+38a*", "<script>", "12345678901234567890*", "anonymous"} {
			if err := block(text); errs.CodeOf(err) != "routing.bad_pattern" {
				t.Errorf("%q: %v", text, err)
			}
		}
		for caller, want := range map[phone.Number]string{
			"+380671234567": "+380671234567", "+380671234568": "", "+380631234567": "+38063*", "+380639234567": "+380639*", "": "withheld",
		} {
			if got, err := routing.IsBlocked(t.Context(), db, "shop", caller); got != want || err != nil {
				t.Errorf("%q is refused by %q, want %q (%v)", caller, got, want, err)
			}
			if got, _ := routing.IsBlocked(t.Context(), db, "bank", caller); got != "" {
				t.Errorf("another project refuses %q", caller)
			}
		}
		h.must(func(ctx context.Context, tx *store.Tx) error { return h.routing.Unblock(ctx, tx, p, "+38063*", noon) })
		if got, _ := routing.IsBlocked(t.Context(), db, "shop", "+380631234567"); got != "" {
			t.Errorf("still refused by %q", got)
		}
	})
}

// wav is a file of so many samples of 16-bit PCM at 8 kHz.
func wav(samples int) []byte {
	data := make([]byte, 2*samples)
	head := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data")
	head = binary.LittleEndian.AppendUint32(head, uint32(len(data)))
	binary.LittleEndian.PutUint32(head[4:], uint32(len(head)+len(data)-8))
	return append(head, data...)
}

// mp3 is so many frames of MPEG 1 layer III, 128 kbit/s at 44.1 kHz: 417 bytes, 1152 samples each.
func mp3(frames int) []byte {
	one := append([]byte{0xff, 0xfb, 0x90, 0x00}, make([]byte, 413)...)
	return []byte(strings.Repeat(string(one), frames))
}

// Rule T-50: a file is what it contains.
func TestSounds(t *testing.T) {
	t.Parallel()
	tagged := append([]byte("ID3\x04\x00\x00\x00\x00\x00\x05hello"), mp3(100)...)
	for name, c := range map[string]struct {
		file   []byte
		format string
		length time.Duration
	}{
		"a second of WAV": {wav(8000), "wav", time.Second},
		"100 frames":      {mp3(100), "mp3", 100 * (1152 * time.Second / 44100)},
		"with a tag":      {tagged, "mp3", 100 * (1152 * time.Second / 44100)},
		"empty":           {},
		"no sound":        {file: wav(0)},
		"a page":          {file: []byte("<html>" + strings.Repeat("x", 1000))},
		"a program":       {file: append([]byte("MZ"), mp3(50)...)},
		"one frame":       {file: mp3(1)},
		"polyglot":        {file: append(mp3(5), []byte(strings.Repeat("<script>alert(1)</script>", 200))...)},
		"a cut header":    {file: wav(8000)[:30]},
		"a huge chunk":    {file: []byte("RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff\x01\x00")},
		"half an hour":    {file: wav(8000 * 1801)},
	} {
		got, err := routing.ReadSound(c.file)
		if c.format == "" {
			if errs.CodeOf(err) != "routing.bad_sound" {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
			continue
		}
		if err != nil || got.Format != c.format || got.Length != c.length {
			t.Errorf("%s: %+v, %v, want %s of %v", name, got, err, c.format, c.length)
		}
	}
}

// Rule T-50: a prompt that plays somewhere stays.
func TestPrompts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		p := h.permit(shop)
		file, err := h.routing.Store(wav(16000))
		if err != nil {
			t.Fatal(err)
		}
		if again, err := h.routing.Store(wav(16000)); err != nil || again != file {
			t.Errorf("stored again: %+v, %v", again, err)
		}
		var made routing.Prompt
		h.must(func(ctx context.Context, tx *store.Tx) (err error) {
			made, err = h.routing.AddPrompt(ctx, tx, p, "Welcome", routing.Announcement, file, "", "", noon)
			return err
		})
		sound, err := h.routing.Open(made)
		if err != nil {
			t.Fatal(err)
		}
		if err := sound.Close(); err != nil || made.Length != 2*time.Second {
			t.Errorf("it lasts %v, %v", made.Length, err)
		}
		sc, err := h.published(shop, "Say", dialplan.RoutingScheme{Format: 1, Steps: []dialplan.RouteStep{{ID: "a", Say: &dialplan.Say{Prompt: string(made.ID)}}}})
		if err != nil {
			t.Fatal(err)
		}
		remove := func() error {
			return h.do(func(ctx context.Context, tx *store.Tx) error {
				return h.routing.RemovePrompt(ctx, tx, p, made.ID, noon)
			})
		}
		if err := remove(); errs.CodeOf(err) != "routing.prompt_used" {
			t.Errorf("a prompt in use is removed: %v", err)
		}
		h.must(func(ctx context.Context, tx *store.Tx) error { return h.routing.Delete(ctx, tx, p, sc.ID, noon) })
		if err := remove(); err != nil {
			t.Error(err)
		}
		if _, err := routing.GetPrompt(t.Context(), db, "bank", made.ID); errs.CodeOf(err) != "routing.no_prompt" {
			t.Errorf("another project's prompt: %v", err)
		}
	})
}

// Rule T-44: schemes ring whoever is available, colleagues also whoever is away.
func TestPresenceInPlans(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		p := h.permit(shop)
		for presence, name := range map[staff.Presence]string{staff.Available: "A", staff.Away: "B", staff.DoNotDisturb: "C"} {
			h.must(func(ctx context.Context, tx *store.Tx) error {
				e, err := h.staff.Add(ctx, tx, p, staff.Draft{Name: name, Contacts: []staff.Contact{{Kind: staff.ByMobile, Address: "+380671111111", Primary: true}}}, noon)
				if err != nil {
					return err
				}
				return h.staff.SetPresence(ctx, tx, p, e.ID, presence, noon)
			})
		}
		plan, err := h.routing.ForProject(t.Context(), "shop", noon)
		if err != nil {
			t.Fatal(err)
		}
		rung := func(list dialplan.Staff) (names string) {
			for _, e := range list {
				if len(e.Contacts) > 0 {
					names += e.Name
				}
			}
			return names
		}
		if got := rung(plan.Staff()) + " " + rung(plan.StaffForExtensions()); got != "A AB" {
			t.Errorf("rung: %s", got)
		}
	})
}
