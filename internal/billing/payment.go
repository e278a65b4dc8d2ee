package billing

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"bellwether/internal/errs"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
)

// PaymentMethods lists the ways to pay.
var PaymentMethods = []string{"card", "bank", "wallet", "terminal"}

// longestID bounds ids of payments, terms, adjustments and reports of sessions, in characters.
const longestID = 100

// fits reports whether a text has from one to so many characters: those that the API's description counts, not bytes.
func fits(text string, longest int) bool {
	return text != "" && utf8.RuneCountInString(text) <= longest
}

// inKey is an id as ledger keys have it, which are bounded in bytes: one in letters of several bytes gives way to its hash.
func inKey(id string) string {
	if len(id) <= longestID {
		return id
	}
	return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(id)))
}

// Payment is money received for a project.
type Payment struct {
	ID         string      `json:"id"`
	Amount     money.Micro `json:"amount"` // list price where PeriodDays is set, else what is paid
	Method     string      `json:"method"`
	Auto       bool        `json:"auto"`        // an automatic renewal
	PeriodDays int64       `json:"period_days"` // 0 for none
}

// PaymentTaken answers a payment.
type PaymentTaken struct {
	Charged money.Micro       `json:"charged"` // taken from the payer
	Bonus   money.Micro       `json:"bonus"`   // given on top
	Off     pricebook.Percent `json:"off"`     // hundredths of a percent
	Loyalty pricebook.Percent `json:"loyalty"` // earned so far, hundredths of a percent
	Counts  bool              `json:"counts"`  // for loyalty: it enrolled the project or renewed (Rule B-40)
	Earned  pricebook.Percent `json:"earned"`  // what it added to loyalty by its own months, whatever the cap left of it
}

// PaymentRecord is a payment with what it came to.
type PaymentRecord struct {
	Payment
	Taken PaymentTaken
	At    time.Time
}

// Payments lists the payments that were taken, oldest first, undone ones too: the ledger knows which stand.
func Payments(ctx context.Context, q store.Querier, id ident.ProjectID) ([]PaymentRecord, error) {
	var records []PaymentRecord
	const text = `SELECT request, answer, at FROM billing_payment WHERE project_id = $1 AND payment_id LIKE 'payment/%' ORDER BY at, payment_id`
	err := store.EachRow(ctx, q, text, []any{string(id)}, func(rows *sql.Rows) error {
		var request, answer string
		var at int64
		if err := rows.Scan(&request, &answer, &at); err != nil {
			return err
		}
		r := PaymentRecord{At: time.UnixMicro(at).UTC()}
		err := errors.Join(json.Unmarshal([]byte(request), &r.Payment), json.Unmarshal([]byte(answer), &r.Taken))
		records = append(records, r)
		return err
	})
	return records, err
}

// Pay takes a payment (Rules B-40, B-41). The same id with the same body is one effect and one answer; with another body
// errs.Conflict `billing.payment_conflict`.
func (s *Service) Pay(ctx context.Context, tx *store.Tx, id ident.ProjectID, payment Payment, at time.Time) (PaymentTaken, error) {
	if err := CheckPayment(payment); err != nil {
		return PaymentTaken{}, err
	}
	sc, err := s.enter(ctx, tx, id, at, forMoney)
	if err != nil {
		return PaymentTaken{}, err
	}
	request, err := json.Marshal(payment)
	if err != nil {
		return PaymentTaken{}, err
	}
	var taken PaymentTaken
	err = sc.once(ctx, "payment/"+payment.ID, request, &taken, func() error {
		taken, err = sc.pay(ctx, payment)
		return err
	})
	return taken, err
}

// CheckPayment refuses a payment that no project could take: errs.Invalid `billing.bad_payment`.
func CheckPayment(p Payment) error {
	bad := func(field, message string) error {
		return errs.New(errs.Invalid, "billing.bad_payment", "%s", message).At(field)
	}
	switch {
	case !fits(p.ID, longestID):
		return bad("id", fmt.Sprintf("a payment has an id of 1 to %d characters", longestID))
	case p.Amount <= 0:
		return bad("amount", "a payment is more than zero")
	case !slices.Contains(PaymentMethods, p.Method):
		return errs.New(errs.Invalid, "billing.bad_payment", "%.40q is not a payment method", p.Method).At("method").Try("write card, bank, wallet or terminal")
	case p.PeriodDays < 0:
		return bad("period_days", "a period is not negative")
	}
	return nil
}

// once runs an effect the first time its id is seen and stores the answer; the same body again gets that answer, another
// body a conflict (Rule B-04).
func (sc *scene) once(ctx context.Context, id string, request []byte, answer any, effect func() error) error {
	var was, stored string
	err := sc.tx.QueryRow(ctx, `SELECT request, answer FROM billing_payment WHERE project_id = $1 AND payment_id = $2`, string(sc.project.ID), id).Scan(&was, &stored)
	switch {
	case err == nil && was == string(request):
		return json.Unmarshal([]byte(stored), answer)
	case err == nil:
		return errs.New(errs.Conflict, "billing.payment_conflict", "%.200s was taken with another body", id).At("id").Try("use a new id for a new payment")
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	if err := effect(); err != nil {
		return err
	}
	text, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	_, err = sc.tx.Exec(ctx, `INSERT INTO billing_payment (project_id, payment_id, request, answer, at) VALUES ($1, $2, $3, $4, $5)`,
		string(sc.project.ID), id, string(request), string(text), sc.at.UnixMicro())
	return err
}

func (sc *scene) pay(ctx context.Context, payment Payment) (PaymentTaken, error) {
	tariff, err := sc.tariff()
	if err != nil {
		return PaymentTaken{}, err
	}
	terms := pricing.PaymentTerms{
		Amount: payment.Amount, Method: payment.Method, Auto: payment.Auto, PeriodDays: payment.PeriodDays,
		Eligible: !sc.asInLife() || sc.hasProduct(),
	}
	if payment.PeriodDays == 0 && payment.Method == pricing.Card && tariff.Book.Loyalty != nil {
		if terms.Months, err = sc.monthsPaid(ctx, payment.Amount); err != nil {
			return PaymentTaken{}, err
		}
	}
	split, err := tariff.Pay(sc.standing.Loyalty, terms)
	if err != nil {
		return PaymentTaken{}, err
	}
	if err := sc.postPayment(ctx, tariff.Book, payment, split); err != nil {
		return PaymentTaken{}, err
	}
	sc.standing.Loyalty = split.After
	if err := sc.emit(ctx, TopicPayment, payment); err != nil {
		return PaymentTaken{}, err
	}
	taken := PaymentTaken{
		Charged: split.Charged, Bonus: split.Bonus, Off: split.Off, Loyalty: split.After.Percent, Counts: split.Counts, Earned: split.Earned,
	}
	return taken, sc.commit(ctx, tariff)
}

// monthsPaid is how many months a payment without a period counts as: floor(amount / forecast of 30 days).
func (sc *scene) monthsPaid(ctx context.Context, amount money.Micro) (int64, error) {
	outlook, err := sc.outlook(ctx)
	if err != nil || outlook.Next30.P50 <= 0 {
		return 0, err
	}
	return int64(amount / outlook.Next30.P50), nil
}

// postPayment posts the bonus and the payment, in the order of kinds.
func (sc *scene) postPayment(ctx context.Context, book *pricebook.Book, payment Payment, split pricing.PaymentSplit) error {
	post := func(kind pricing.Kind, rule string, amount money.Micro, into ledger.Fund, house string) error {
		if amount == 0 {
			return nil
		}
		line := pricing.Line{Kind: kind, Item: payment.Method, Quantity: 1, Amount: amount, Rule: rule, Explain: split.Explain}
		posting := sc.posting(line, book, sc.day, sc.at)
		posting.Key, posting.Ref, posting.Into, posting.House = paymentKey(kind, sc.project.ID, payment.ID), payment.ID, into, house
		_, _, err := sc.batch.Post(ctx, posting)
		return err
	}
	if err := post(pricing.Bonus, "B-40", split.Bonus, ledger.Bonus, "loyalty"); err != nil {
		return err
	}
	return post(pricing.Payment, "B-41", split.Charged, ledger.Cash, "clearing:"+payment.Method)
}

// paymentKey is the ledger key of what a payment posts of a kind.
func paymentKey(kind pricing.Kind, project ident.ProjectID, payment string) string {
	return fmt.Sprintf("%s/%s/%s", kind, project, inKey(payment))
}

// Unsubscribe ends automatic renewal: the loyalty percentage starts again from nothing.
func (s *Service) Unsubscribe(ctx context.Context, tx *store.Tx, id ident.ProjectID, at time.Time) error {
	sc, err := s.enter(ctx, tx, id, at, forProducts)
	if err != nil {
		return err
	}
	return sc.once(ctx, "unsubscribe/"+sc.stamp(), []byte("{}"), &struct{}{}, func() error {
		sc.standing.Loyalty = pricing.LoyaltyStanding{}
		return sc.standing.save(ctx, tx)
	})
}

func (sc *scene) emit(ctx context.Context, topic string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	news := event.Event{Project: sc.project.ID, Topic: topic, Body: text, At: sc.at}
	if sc.news != nil {
		*sc.news = append(*sc.news, news)
		return nil
	}
	return event.Emit(ctx, sc.tx, news)
}
