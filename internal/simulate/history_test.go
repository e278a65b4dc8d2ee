package simulate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bellwether/internal/billing"
	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// live lives through events on a database of its own, as a project in life: what is refused did not happen.
func live(t rapid.TB, db *store.DB, events []Event, books *pricebook.Library) (ident.ProjectID, time.Time) {
	t.Helper()
	bills := billing.New(books)
	w := &world{options: Options{Books: books}, db: db, billing: bills, charging: charging.New(db, books, bills, bills.Projects), night: &billing.Night{Billing: bills, DB: db}}
	for i, event := range withAnswers(events) {
		event.At = event.At.Add(time.Duration(i) * time.Microsecond) // in life no two things happen at one instant
		switch err := lived(w, event); errs.KindOf(err) {
		case errs.Internal, errs.Unavailable, errs.Invalid:
			if err != nil {
				t.Fatalf("%s at %s: %v", event.Type, event.At, err)
			}
		}
	}
	now := events[len(events)-1].At.Add(time.Hour)
	if err := w.night.CatchUp(context.Background(), w.project, now); err != nil {
		t.Fatal(err)
	}
	return w.project, now
}

// lived does an event as life does it: sessions come as reports under an id, and each is delivered twice.
func lived(w *world, event Event) error {
	ctx := context.Background()
	if event.Type != "sessions" {
		return w.apply(ctx, event)
	}
	if err := w.night.CatchUp(ctx, w.project, event.At); err != nil {
		return err
	}
	report := billing.SessionReport{ID: event.At.String(), Count: event.Count}
	for range 2 {
		err := w.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := w.billing.ReportSessions(ctx, tx, w.project, report, event.At)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func readAll(t *testing.T, name string) []Event {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	events, err := ReadEvents(bytes.NewReader(text), name)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// exported is the history as a file, read again.
func exported(t rapid.TB, db *store.DB, id ident.ProjectID, period Period, now time.Time) []Event {
	t.Helper()
	h, err := ReadHistory(context.Background(), db, id, period, now)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	for event, err := range h.Events(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		line, err := json.Marshal(event)
		if err != nil {
			t.Fatal(err)
		}
		file.Write(append(line, '\n'))
	}
	events, err := ReadEvents(&file, "exported")
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// entriesOf sums the exact amounts of days, kinds and items up to a day.
func entriesOf(t rapid.TB, db *store.DB, id ident.ProjectID, to civil.Date) map[place]money.Micro {
	t.Helper()
	sums := map[place]money.Micro{}
	for entry, err := range ledger.All(context.Background(), db, ledger.Filter{Project: id, ToDay: to}) {
		if err != nil {
			t.Fatal(err)
		}
		sums[place{day: entry.Day, kind: entry.Kind, item: entry.Item}] += entry.Amount
	}
	return sums
}

func told(sums map[place]money.Micro) (lines []string) {
	for _, at := range inOrderOf(sums) {
		lines = append(lines, at.day.String()+" "+string(at.kind)+" "+at.item+" "+sums[at].String())
	}
	return lines
}

// The history of a project, exported as a file and replayed, comes to its own ledger, line by line. Rule B-10.
func TestAHistoryReplaysToItsLedger(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/scenarios/*.jsonl")
	if err != nil || len(files) < 8 {
		t.Fatalf("only %d scenarios: %v", len(files), err)
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for i, file := range files {
			events := readAll(t, file)
			if strings.HasSuffix(events[0].Book, ".yaml") {
				continue
			}
			events[0].Project = "life" + string(rune('a'+i))
			for n := range events { // a number belongs to one project at a time
				if events[n].Number != "" {
					events[n].Number = events[n].Number[:len(events[n].Number)-2] + string(rune('1'+i/9)) + string(rune('1'+i%9))
				}
			}
			id, now := live(t, db, events, pricebook.Shipped())
			replays(t, db, id, now, file, true)
		}
	})
}

// replays checks that the exported history comes to the ledger, and every stretch of it asked for.
func replays(t rapid.TB, db *store.DB, id ident.ProjectID, now time.Time, name string, ask bool) {
	t.Helper()
	st, err := billing.GetStanding(context.Background(), db, id)
	if err != nil || st.Parked != "" {
		t.Fatalf("%s: %+v, %v", name, st, err)
	}
	replayed, err := Run(context.Background(), exported(t, db, id, Period{}, now), Options{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	again := map[place]money.Micro{}
	for _, e := range replayed.Entries {
		again[place{day: e.Day, kind: e.Kind, item: e.Item}] += e.Amount
	}
	if diff := cmp.Diff(told(entriesOf(t, db, id, 0)), told(again)); diff != "" {
		t.Fatalf("%s: ledger -, replay +\n%s", name, diff)
	}
	if ask {
		asked(t, db, id, st, now, name)
	}
}

// asked asks for two stretches of a life under the version it had: they must come to the ledger too.
func asked(t rapid.TB, db *store.DB, id ident.ProjectID, st *billing.Standing, now time.Time, file string) {
	t.Helper()
	p, err := project.Get(context.Background(), db, id)
	if err != nil {
		t.Fatal(err)
	}
	first := p.Calendar.First()
	for _, from := range []civil.Date{first, (first + st.NextDay) / 2} {
		if from >= st.NextDay {
			continue
		}
		q := Question{Project: id, Version: p.BookAt(from).Version, From: from, To: min(from+40, st.NextDay-1)}
		answer, err := Ask(context.Background(), db, pricebook.Shipped(), q, now)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if len(answer.Drift) > 0 {
			t.Fatalf("%s from %s: %+v", file, from, answer.Drift)
		}
		if answer.A == answer.B && answer.Charges.More != 0 {
			t.Fatalf("%s from %s: its own version differs by %s: %+v", file, from, answer.Charges.More, answer.Items)
		}
	}
}

// Any life whatever, with late records, corrections, moves and days without funds, replays to its ledger. Rules B-11, B-60.
func TestAnyLifeReplaysToItsLedger(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	lives := 0
	rapid.Check(t, func(rt *rapid.T) {
		lives++
		l := &lifeMaker{rt: rt, id: fmt.Sprintf("any%d", lives), number: lives * 100}
		id, now := live(rt, db, l.make(), pricebook.Shipped())
		replays(rt, db, id, now, string(id), lives%5 == 0)
	})
}

// lifeMaker draws a life.
type lifeMaker struct {
	rt     *rapid.T
	id     string
	number int
	serial int
	at     time.Time
	events []Event
	paid   []string
	books  worldOf
}

// worldOf is what a life can be about under one book.
type worldOf struct {
	open     Event
	versions []string
	products []string
	packs    map[string][]int64
	prefix   string // of the numbers it rents
	to       []string
	plans    bool
}

var worlds = []worldOf{
	{
		open:     Event{Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat", BookVersion: "2021-01-01"},
		versions: []string{"2021-01-01", "2022-07-01"}, products: []string{"call_tracking", "virtual_pbx", "analytics"}, prefix: "+38044", to: []string{"+380671234567", "+48221234567", "sip:anna@office", "112", "+101"},
	},
	{
		open:  Event{Country: "RU", Currency: "RUB", TimeZone: "Europe/Moscow", Book: "k50", BookVersion: "2016-03-09"},
		packs: map[string][]int64{"forwarding": {0, 5000, 10000}}, products: []string{"call_tracking"}, prefix: "+7495", to: []string{"+79161234567", "sip:anna@office", "112"},
	},
	{
		open:  Event{Country: "RU", Currency: "RUB", TimeZone: "Europe/Moscow", Book: "insales", BookVersion: "2019-08-01", Plan: "standard"},
		plans: true,
	},
}

func (l *lifeMaker) make() []Event {
	l.books = rapid.SampledFrom(worlds).Draw(l.rt, "book")
	l.at = time.Date(2026, 1, 20, 7, 0, 0, 0, time.UTC)
	open := l.books.open
	open.Type, open.Project = "project.open", l.id
	l.add(open)
	for range rapid.IntRange(5, 60).Draw(l.rt, "events") {
		l.at = l.at.Add(time.Duration(rapid.Int64Range(1, 60*60*60).Draw(l.rt, "seconds")) * time.Second)
		l.happen()
	}
	l.at = l.at.Add(50 * time.Hour)
	l.add(Event{Type: "end"})
	return l.events
}

func (l *lifeMaker) add(event Event) {
	event.At = l.at
	l.events = append(l.events, event)
}

func (l *lifeMaker) name() string {
	l.serial++
	return fmt.Sprintf("%s-%d", l.id, l.serial)
}

func (l *lifeMaker) amount(most int64) money.Micro {
	return money.Micro(rapid.Int64Range(1, most).Draw(l.rt, "amount")) * 10_000
}

func (l *lifeMaker) happen() {
	pick := func(from ...string) string { return rapid.SampledFrom(from).Draw(l.rt, "of") }
	switch kind := pick("payment", "payment", "configure", "configure", "configure", "call", "call", "call", "sms", "sessions", "correct", "move"); kind {
	case "payment":
		if l.books.plans && rapid.Bool().Draw(l.rt, "term") {
			l.add(Event{Type: "term.pay", ID: l.name(), Months: rapid.SampledFrom([]int64{1, 3, 12}).Draw(l.rt, "months")})
			return
		}
		p := Event{Type: "payment", ID: l.name(), amount: l.amount(200_000), Method: pick("card", "bank"), Auto: rapid.Bool().Draw(l.rt, "auto")}
		l.paid = append(l.paid, p.ID)
		l.add(p)
	case "configure":
		l.configure(pick)
	case "call":
		l.call(pick)
	case "sms":
		if !l.books.plans {
			l.add(Event{Type: "sms", ID: l.name(), To: strings.ReplaceAll(l.books.to[0], "sip:", ""), Segments: 2})
		}
	case "sessions":
		l.add(Event{Type: "sessions", Count: rapid.Int64Range(1, 4000).Draw(l.rt, "count")})
	case "correct":
		l.correct(pick)
	case "move":
		if len(l.books.versions) > 0 {
			l.add(Event{Type: "book.move", BookVersion: pick(l.books.versions...)})
		}
		l.add(Event{Type: "zone.change", TimeZone: pick("Europe/Kyiv", "America/New_York", "Asia/Tokyo")})
	}
}

func (l *lifeMaker) configure(pick func(...string) string) {
	if l.books.plans {
		l.add(Event{Type: pick("user.add", "user.add", "user.remove"), User: pick("a", "b", "c", "d", "e"), Difference: rapid.Bool().Draw(l.rt, "difference")})
		return
	}
	number := fmt.Sprintf("%s%07d", l.books.prefix, l.number+rapid.IntRange(0, 3).Draw(l.rt, "number"))
	switch pick("product", "seats", "rent", "rent", "release", "package") {
	case "product":
		l.add(Event{Type: pick("product.on", "product.on", "product.off"), Product: pick(l.books.products...)})
	case "seats":
		if len(l.books.products) > 1 {
			l.add(Event{Type: "seats.set", Product: "virtual_pbx", Count: rapid.Int64Range(0, 9).Draw(l.rt, "seats")})
		}
	case "rent":
		l.add(Event{Type: "number.rent", Number: number, Owner: pick("operator", "customer"), Kind: "local", Use: pick("pbx", "tracking")})
	case "release":
		l.add(Event{Type: "number.release", Number: number})
	case "package":
		for pack, sizes := range l.books.packs {
			l.add(Event{Type: "package.set", Package: pack, Minutes: rapid.SampledFrom(sizes).Draw(l.rt, "minutes")})
		}
	}
}

// call adds a leg that was open, or a record that comes up to three days late.
func (l *lifeMaker) call(pick func(...string) string) {
	if l.books.plans {
		return
	}
	seconds := rapid.Int64Range(1, 40_000).Draw(l.rt, "talk")
	leg := Event{Type: "call", ID: l.name(), Leg: pick("outbound", "forward"), To: pick(l.books.to...), Seconds: seconds}
	if strings.HasPrefix(leg.To, "sip:") {
		leg.Leg = "sip"
	}
	leg.answeredAt = l.at
	l.at = l.at.Add(time.Duration(seconds) * time.Second)
	if rapid.Bool().Draw(l.rt, "late") {
		leg.Recorded = true
		l.at = l.at.Add(time.Duration(rapid.Int64Range(0, 72*60*60).Draw(l.rt, "lateness")) * time.Second)
	}
	l.add(leg)
}

func (l *lifeMaker) correct(pick func(...string) string) {
	switch pick("adjustment", "reversal", "unsubscribe") {
	case "adjustment":
		l.add(Event{Type: "adjustment", ID: l.name(), amount: -l.amount(1000), Reason: "a mistake"})
	case "reversal":
		if len(l.paid) > 0 {
			l.add(Event{Type: "reversal", Key: "payment/" + l.id + "/" + pick(l.paid...), Reason: "charged back"})
		}
	case "unsubscribe":
		l.add(Event{Type: "unsubscribe"})
	}
}

// What cannot be asked is refused with its place, before anything is replayed.
func TestQuestionsThatCannotBeAsked(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	id, now := live(t, db, readAll(t, "testdata/scenarios/ringostat_us_30_days.jsonl"), pricebook.Shipped())
	p, err := project.Get(context.Background(), db, id)
	if err != nil {
		t.Fatal(err)
	}
	first, today := p.Calendar.First(), p.Calendar.DayAt(now)
	for _, c := range []struct {
		name        string
		q           Question
		code, where string
	}{
		{"no such project", Question{Project: "nobody", Version: "2022-07-01"}, "project.not_found", "project"},
		{"no such version", Question{Project: id, Version: "1999"}, "pricebook.unknown_version", "book_version"},
		{"tomorrow", Question{Project: id, Version: "2022-07-01", To: today + 1}, "simulate.bad_period", "to"},
		{"before the project", Question{Project: id, Version: "2022-07-01", From: first - 1}, "simulate.bad_period", "from"},
		{"the wrong way round", Question{Project: id, Version: "2022-07-01", From: first + 2, To: first + 1}, "simulate.bad_period", "from"},
	} {
		_, err := Ask(context.Background(), db, pricebook.Shipped(), c.q, now)
		var known *errs.Error
		if !errors.As(err, &known) || known.Code != c.code || !strings.HasSuffix(known.Where, c.where) {
			t.Errorf("%s: %+v, want %s at %s", c.name, err, c.code, c.where)
		}
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Ask(gone, db, pricebook.Shipped(), Question{Project: id, Version: "2022-07-01"}, now); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller that is gone: %v", err)
	}
}

// Nine seats at 6 USD a month: four are paid under the first version, six under the later one. The difference stands by kind, item and day.
func TestAnotherVersionCostsItsDifference(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	open := Event{At: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), Type: "project.open", Project: "two", Country: "US", Currency: "USD", TimeZone: "UTC", Book: "ringostat", BookVersion: "2021-01-01"}
	at := func(days int, event Event) Event { event.At = open.At.AddDate(0, 0, days); return event }
	id, now := live(t, db, []Event{
		open, at(0, Event{Type: "payment", ID: "p", amount: money.MustParse("5000"), Method: "bank"}), at(1, Event{Type: "product.on", Product: "virtual_pbx"}),
		at(2, Event{Type: "seats.set", Product: "virtual_pbx", Count: 9}), at(50, Event{Type: "end"}),
	}, pricebook.Shipped())
	from := civil.DateIn(open.At, time.UTC) + 10
	answer, err := Ask(context.Background(), db, pricebook.Shipped(), Question{Project: id, Version: "2022-07-01", From: from, To: from + 29}, now)
	if err != nil {
		t.Fatal(err)
	}
	var days money.Micro
	for _, day := range answer.Days {
		days += day.More
	}
	if len(answer.Days) != 30 || len(answer.Drift) > 0 || days != answer.Charges.More || answer.Charges.More == 0 {
		t.Fatalf("%d days differ by %s, in all by %s; %v", len(answer.Days), days, answer.Charges.More, answer.Drift)
	}
	want := Sides{A: money.MustParse("-24"), B: money.MustParse("-36"), More: money.MustParse("-12")}
	if seats := answer.Kinds[1]; seats.Kind != "seat_fee" || seats.Sides != want || answer.Charges.More != want.More {
		t.Errorf("%+v of %s", answer.Kinds, answer.Charges.More)
	}
}

// A version that costs more than there was money for is not made cheap by suspending the project: states are those of life.
// Five seats cost nothing beside the product, under the later version two of them are paid: 1.70 a day instead of 1.30, for
// which 90 USD would have ended on day 53. Rule B-60.
func TestADearerVersionSuspendsNobody(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	open := Event{At: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), Type: "project.open", Project: "dear", Country: "US", Currency: "USD", TimeZone: "UTC", Book: "ringostat", BookVersion: "2021-01-01"}
	id, now := live(t, db, []Event{
		open,
		{At: open.At, Type: "payment", ID: "p", amount: money.MustParse("90"), Method: "bank"},
		{At: open.At, Type: "product.on", Product: "virtual_pbx"},
		{At: open.At, Type: "seats.set", Product: "virtual_pbx", Count: 5},
		{At: open.At.AddDate(0, 0, 60), Type: "end"},
	}, pricebook.Shipped())
	answer, err := Ask(context.Background(), db, pricebook.Shipped(), Question{Project: id, Version: "2022-07-01"}, now)
	if err != nil {
		t.Fatal(err)
	}
	want := Sides{A: money.MustParse("-78"), B: money.MustParse("-102"), More: money.MustParse("-24")}
	if answer.Charges != want || len(answer.Drift) > 0 {
		t.Errorf("60 days come to %+v, want %+v; %v", answer.Charges, want, answer.Drift)
	}
}

// Days without funds teach a forecast nothing, in a replay as in life: what a card payment counts as in months, and with it
// the loyalty it earns, follows from the forecast. After eight days of a call each and five without funds, 10,000 count
// as four months, and the next renewal is 4 % cheaper; forecast from the thirteen days they would be five. Rules B-40, B-80.
func TestDaysWithoutFundsTeachAReplayNothing(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	open := Event{At: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), Type: "project.open", Project: "dry", Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat", BookVersion: "2021-01-01"}
	day := func(n int, event Event) Event { event.At = open.At.AddDate(0, 0, n); return event }
	events := []Event{open, day(0, Event{Type: "payment", ID: "p", amount: money.MustParse("2000"), Method: "bank"}), day(0, Event{Type: "product.on", Product: "call_tracking"})}
	for n := range 8 {
		call := day(n, Event{Type: "call", ID: fmt.Sprint("c", n), Leg: "outbound", To: "+48221234567", Seconds: 1800, Recorded: true})
		call.answeredAt = call.At.Add(-30 * time.Minute)
		events = append(events, call)
	}
	events = append(events,
		day(8, Event{Type: "adjustment", ID: "a", amount: -money.MustParse("2000"), Reason: "a mistake"}),
		day(13, Event{Type: "payment", ID: "q", amount: money.MustParse("10000"), Method: "card", Auto: true}),
		day(14, Event{Type: "payment", ID: "r", amount: money.MustParse("100"), Method: "card", Auto: true}),
		day(16, Event{Type: "end"}))
	id, now := live(t, db, events, pricebook.Shipped())
	replays(t, db, id, now, "dry days", true)
}
