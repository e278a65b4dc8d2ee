package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/store"
	"bellwether/internal/store/storetest"

	"pgregory.net/rapid"
)

// model is the ledger of one project in its simplest form: numbers, and maps of what was asked under which key.
type model struct {
	cash, bonus, credit, held, overdraft int64
	requests                             map[string]string // key -> request, of entries and of holds ("h:" before the key)
	holds                                map[int]*modelHold
	bonusLast                            bool // the twin's mistake
}

type modelHold struct {
	amount  int64
	state   ledger.HoldState
	settled string // the request that settled it
}

// act is one request of the random history.
type act struct {
	what   string // "pay", "bonus", "credit", "fee", "call", "refund", "hold", "extend", "settle", "void", "expire"
	key    int    // small, so that keys meet again
	hold   int    // number of the hold a step is about
	amount int64
}

func (a act) request() string { return fmt.Sprint(a.what, a.amount) }

// do applies an act and returns the code of the error, or "".
func (m *model) do(a act) string {
	key := fmt.Sprint("e:", a.key)
	switch a.what {
	case "hold":
		return m.hold(a)
	case "extend", "void", "expire":
		return m.step(a)
	case "settle":
		return m.settle(key, a)
	}
	if known, ok := m.requests[key]; ok {
		return unless(known == a.request(), "ledger.key_conflict")
	}
	if code := m.move(a); code != "" {
		return code
	}
	m.requests[key] = a.request()
	return ""
}

func unless(fine bool, code string) string {
	if fine {
		return ""
	}
	return code
}

// move divides an amount among the funds, unit by unit.
func (m *model) move(a act) string {
	switch a.what {
	case "pay":
		m.cash += a.amount
	case "bonus":
		m.bonus += a.amount
	case "credit":
		m.credit += a.amount
	case "refund":
		if a.amount > max(0, min(m.cash, m.available())) {
			return "ledger.insufficient_funds"
		}
		m.cash -= a.amount
	case "call":
		if a.amount > max(0, m.available()) {
			return "ledger.insufficient_funds"
		}
		m.spend(a.amount, false)
	case "fee":
		m.spend(a.amount, true)
	case "settle":
		m.spend(a.amount, false)
	}
	return ""
}

func (m *model) spend(amount int64, bonusPays bool) {
	for range amount {
		switch {
		case bonusPays && !m.bonusLast && m.bonus > 0:
			m.bonus--
		case m.credit > 0:
			m.credit--
		case bonusPays && m.bonusLast && m.bonus > 0:
			m.bonus--
		default:
			m.cash--
		}
	}
}

func (m *model) available() int64 { return m.cash + m.credit + m.overdraft - m.held }

func (m *model) hold(a act) string {
	key := fmt.Sprint("h:", a.hold)
	if known, ok := m.requests[key]; ok {
		return unless(known == a.request(), "ledger.key_conflict")
	}
	if a.amount > 0 && a.amount > m.available() {
		return "ledger.insufficient_funds"
	}
	m.requests[key] = a.request()
	m.holds[a.hold] = &modelHold{amount: a.amount, state: ledger.Pending}
	m.held += a.amount
	return ""
}

func (m *model) step(a act) string {
	h := m.holds[a.hold]
	final := map[string]ledger.HoldState{"void": ledger.Voided, "expire": ledger.Expired}[a.what]
	switch {
	case h == nil:
		return "ledger.no_hold"
	case h.state == final:
		return ""
	case h.state != ledger.Pending:
		return "ledger.hold_closed"
	case a.what != "extend":
		m.held -= h.amount
		h.state = final
	case a.amount > h.amount:
		if a.amount-h.amount > m.available() {
			return "ledger.insufficient_funds"
		}
		m.held += a.amount - h.amount
		h.amount = a.amount
	}
	return ""
}

func (m *model) settle(key string, a act) string {
	h := m.holds[a.hold]
	request := fmt.Sprint(a.request(), " of ", a.hold)
	known, used := m.requests[key]
	switch {
	case h == nil:
		return "ledger.no_hold"
	case h.state == ledger.Pending && used:
		return "ledger.key_conflict"
	case h.state == ledger.Pending:
		m.held -= h.amount
		h.state, h.settled = ledger.Posted, key
		m.requests[key] = request
		return m.move(a)
	case h.settled == key:
		return unless(known == request, "ledger.key_conflict")
	}
	return "ledger.hold_closed"
}

// perform does an act on the real ledger.
func perform(ctx context.Context, b *ledger.Batch, project ident.ProjectID, holds map[int]ident.HoldID, a act) error {
	key, amount := fmt.Sprint(a.key), money.Micro(a.amount).String()
	var p ledger.Posting
	switch a.what {
	case "hold":
		request := holdRequest(fmt.Sprint(a.hold), amount)
		request.Project = project
		h, _, err := b.Hold(ctx, request)
		if err == nil {
			holds[a.hold] = h.ID
		}
		return err
	case "extend":
		return extend(amount)(ctx, b, project, holds[a.hold])
	case "settle":
		return settle(key, amount)(ctx, b, project, holds[a.hold])
	case "void":
		return void(ctx, b, project, holds[a.hold])
	case "expire":
		return expire(ctx, b, project, holds[a.hold])
	case "pay":
		p = payment(key, amount)
	case "bonus":
		p = gift(key, ledger.Bonus, amount)
	case "credit":
		p = gift(key, ledger.Credit, amount)
	case "refund":
		p = call(key, amount)
		p.Into, p.MustCover, p.Item = ledger.Cash, true, "refund"
	case "call":
		p = call(key, amount)
		p.MustCover, p.Item = true, "call"
	case "fee":
		p = fee(key, amount)
	}
	p.Project = project
	_, _, err := b.Post(ctx, p)
	return err
}

var randomAct = rapid.Custom(func(t *rapid.T) act {
	return act{
		what:   rapid.SampledFrom([]string{"pay", "bonus", "credit", "fee", "call", "refund", "hold", "hold", "extend", "settle", "settle", "void", "expire"}).Draw(t, "what"),
		key:    rapid.IntRange(0, 15).Draw(t, "key"),
		hold:   rapid.IntRange(0, 5).Draw(t, "hold"),
		amount: rapid.Int64Range(0, 9).Draw(t, "amount"),
	}
})

// compare runs a history, divided into batches, on the ledger and on the model. It returns the first difference.
func compare(db *store.DB, project ident.ProjectID, m *model, batches [][]act) error {
	holds := map[int]ident.HoldID{}
	err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		return ledger.Open(ctx, tx, ledger.Account{Project: project, Currency: "UAH", Overdraft: money.Micro(m.overdraft), OpenedAt: noon})
	})
	if err != nil {
		return err
	}
	for _, acts := range batches {
		codes := make([]string, len(acts))
		err := db.Write(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			b := ledger.NewBatch(tx)
			for i, a := range acts {
				codes[i] = ""
				if err := perform(ctx, b, project, holds, a); err != nil {
					codes[i] = errs.CodeOf(err)
				}
			}
			return b.Flush(ctx)
		})
		if err != nil {
			return err
		}
		for i, a := range acts {
			if want := m.do(a); codes[i] != want {
				return fmt.Errorf("%+v gives %q, want %q", a, codes[i], want)
			}
		}
		got, err := ledger.GetAccount(context.Background(), db, project)
		want := ledger.Account{Cash: money.Micro(m.cash), Bonus: money.Micro(m.bonus), Credit: money.Micro(m.credit), Held: money.Micro(m.held)}
		if err != nil || funds(got) != funds(want) {
			return fmt.Errorf("after %+v: %s, want %s (%w)", acts, funds(got), funds(want), errors.Join(err))
		}
	}
	return nil
}

func newModel() *model {
	return &model{overdraft: 3, requests: map[string]string{}, holds: map[int]*modelHold{}}
}

// Random histories of postings, holds, settlements, repetitions and conflicts, in batches of any size, do what the model
// does (Rules B-04, B-05 and B-14).
func TestLedgerFollowsTheModel(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		cases := 0
		rapid.Check(t, func(t *rapid.T) {
			cases++
			batches := rapid.SliceOfN(rapid.SliceOfN(randomAct, 1, 12), 1, 6).Draw(t, "batches")
			if err := compare(db, ident.ProjectID(fmt.Sprintf("case-%d", cases)), newModel(), batches); err != nil {
				t.Fatal(err)
			}
		})
		seal(t, db)
		mustVerify(t, db)
	})
}

// The twin: a model that spends the bonus after the credit is told apart.
func TestModelWithAMistakeIsToldApart(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	mistaken := newModel()
	mistaken.bonusLast = true
	history := []act{{what: "bonus", key: 1, amount: 5}, {what: "credit", key: 2, amount: 5}, {what: "fee", key: 3, amount: 3}}
	if err := compare(db, "right", newModel(), [][]act{history}); err != nil {
		t.Error(err)
	}
	if err := compare(db, "mistaken", mistaken, [][]act{history}); err == nil {
		t.Error("the mistake was not noticed")
	}
}
