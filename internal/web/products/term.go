package products

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/idem"
	"bellwether/internal/lang"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/effect"
	"bellwether/internal/web/ui"
)

// termView is a prepaid term as the page of products shows it.
type termView struct {
	plan, users, paid, next string
	lengths                 []lengthView
	plans                   []planView
	effects                 []ui.Effect // what one user more or less does to the running term
}

// lengthView is a term on sale.
type lengthView struct {
	title, total, monthly, until string
	off                          string // empty for none
	pay                          ui.Button
}

// planView is a plan of the book.
type planView struct {
	title, price, users string
	held, coming        bool
	choose              ui.Button
}

// termOf is nil for a book that is not sold by term.
func termOf(v *cabinet.Visit, has possession) (*termView, error) {
	terms := has.tariff.Book.Terms
	if terms == nil {
		return nil, nil
	}
	period, coming := v.Project.BookAt(has.day), v.Project.BookAt(has.day+1)
	plan, _ := terms.Plan(period.Plan)
	view := &termView{plan: plan.Title.In(string(v.Lang)), users: usersText(v, has, plan), paid: v.T("products.not_paid")}
	if until, ok := pricing.PaidUntil(has.standing.Term); ok && until > has.day {
		view.paid = v.T("products.paid_to", lang.Values{"Day": v.DateLong(until), "Days": v.N("products.days", int(until-has.day))})
	}
	if coming.Plan != period.Plan {
		next, _ := terms.Plan(coming.Plan)
		view.next = v.T("products.plan_coming", lang.Values{"Plan": next.Title.In(string(v.Lang)), "Day": v.DateLong(has.day + 1)})
	}
	for _, length := range terms.Lengths {
		one, err := lengthOf(v, has, period.Plan, length)
		if err != nil {
			return nil, err
		}
		view.lengths = append(view.lengths, one)
	}
	for _, one := range terms.Plans {
		view.plans = append(view.plans, planOf(v, has, one, period.Plan, coming.Plan))
	}
	return view, oneUserMore(v, has, period.Plan, view)
}

func usersText(v *cabinet.Visit, has possession, plan pricebook.Plan) string {
	values := lang.Values{"Users": v.N("products.users", len(has.config.Users)), "Price": v.Money(has.tariff.Book.Terms.ExtraUser[v.Project.Currency], v.Project.Currency)}
	if plan.FreeUsers == pricebook.Unlimited {
		return v.T("products.users_unlimited", values)
	}
	values["Free"] = v.Int(int(plan.FreeUsers))
	return v.T("products.users_of", values)
}

func lengthOf(v *cabinet.Visit, has possession, plan string, length pricebook.TermLength) (lengthView, error) {
	quote, err := has.tariff.TermPrice(plan, int64(len(has.config.Users)), length.Months)
	if err != nil {
		return lengthView{}, err
	}
	from := has.day
	if until, ok := pricing.PaidUntil(has.standing.Term); ok {
		from = max(from, until)
	}
	view := lengthView{
		title: v.N("products.months", int(length.Months)), total: v.Money(-quote.Line.Amount, v.Project.Currency),
		monthly: v.T("products.a_month", lang.Values{"Price": v.Money(-quote.Line.Amount/money.Micro(length.Months), v.Project.Currency)}),
		until:   v.T("products.term_until", lang.Values{"Day": v.Date(from + civil.Date(quote.Days))}),
	}
	if length.Off > 0 {
		view.off = v.Percent(-int(length.Off), true)
	}
	if has.mayEdit {
		view.pay = ui.Button{Text: v.T("products.term_pay"), Small: true, Dialog: true, Href: v.Path(fmt.Sprintf("%s/term?months=%d", pathProducts, length.Months))}
	}
	return view, nil
}

func planOf(v *cabinet.Visit, has possession, plan pricebook.Plan, now, next string) planView {
	view := planView{
		title: plan.Title.In(string(v.Lang)), price: v.T("products.a_month", lang.Values{"Price": v.Money(plan.Monthly[v.Project.Currency], v.Project.Currency)}),
		held: plan.Name == now, coming: plan.Name == next && next != now, users: v.N("products.free_users", int(plan.FreeUsers)),
	}
	if plan.FreeUsers == pricebook.Unlimited {
		view.users = v.T("products.any_users")
	}
	if has.mayEdit && plan.Name != next {
		view.choose = ui.Button{Text: v.T("products.plan_choose"), Small: true, Dialog: true, Href: v.Path(pathProducts + "/plan?plan=" + plan.Name)}
	}
	return view
}

// oneUserMore tells what a user more, and one less, does to a running term, by the arithmetic that will do it (Rule B-51).
func oneUserMore(v *cabinet.Visit, has possession, plan string, view *termView) error {
	users := int64(len(has.config.Users))
	until, ok := pricing.PaidUntil(has.standing.Term)
	if !ok || until <= has.day {
		return nil
	}
	for _, step := range []struct {
		key  lang.Key
		more int64
	}{{"products.user_more", 1}, {"products.user_less", -1}} {
		if users+step.more < 0 {
			continue
		}
		change, err := has.tariff.ChangeUsers(plan, has.standing.Term, has.day, users, users+step.more)
		if err != nil {
			return err
		}
		after, _ := pricing.PaidUntil(change.Segments)
		line := ui.Effect{Text: v.T(step.key), Before: v.Date(until), After: v.Date(after)}
		if after == until {
			line.Before, line.After = "", v.T("products.user_same")
		}
		if change.Credit > 0 {
			line.After = v.T("products.user_credit", lang.Values{"Day": line.After, "Credit": v.MoneySigned(change.Credit, v.Project.Currency)})
		}
		view.effects = append(view.effects, line)
	}
	return nil
}

// formID is a random name of a form, by which its second sending is known.
func formID() string {
	var chance [12]byte
	_, _ = rand.Read(chance[:]) // never fails
	return fmt.Sprintf("cabinet-%x", chance)
}

func readMonths(v *cabinet.Visit) (int64, error) {
	months, err := strconv.ParseInt(v.R.FormValue("months"), 10, 64)
	if err != nil {
		return 0, errs.New(errs.Invalid, "products.bad_form", "%.20q is no number of months", v.R.FormValue("months")).At("months")
	}
	return months, nil
}

func (p *pages) askTerm(v *cabinet.Visit) error {
	has, err := p.possessionOf(v)
	if err != nil {
		return err
	}
	months, err := readMonths(v)
	if err != nil {
		return err
	}
	quote, err := has.tariff.TermPrice(v.Project.BookAt(has.day).Plan, int64(len(has.config.Users)), months)
	if err != nil {
		return err
	}
	account, err := ledger.GetAccount(v.Context(), p.DB, v.Project.ID)
	if err != nil {
		return err
	}
	from := has.day
	before := ""
	if until, ok := pricing.PaidUntil(has.standing.Term); ok && until > has.day {
		from, before = until, v.Date(until)
	}
	left := account.Balance() + quote.Line.Amount
	c := ui.Confirm{
		Title: v.T("products.term_title", lang.Values{"Months": v.N("products.months", int(months))}), Text: v.T("products.term_text"),
		Effect: []ui.Effect{
			{Text: v.T("products.term_now"), After: v.MoneySigned(quote.Line.Amount, v.Project.Currency), Tone: ui.Warning},
			{Text: v.T("products.paid_until"), Before: before, After: v.Date(from + civil.Date(quote.Days)), Tone: ui.Good},
			{Text: v.T("products.balance"), Before: v.Money(account.Balance(), v.Project.Currency), After: v.Money(left, v.Project.Currency)},
		},
		Action: v.Path(pathProducts + "/term"), No: v.Path(pathProducts), Yes: v.T("products.term_yes", lang.Values{"Amount": v.Money(-quote.Line.Amount, v.Project.Currency)}),
		Fields: []ui.Choice{{Value: "months", Text: strconv.FormatInt(months, 10)}, {Value: "id", Text: formID()}, v.DayOf()},
	}
	if !effect.SeesAmounts(v) {
		c.Effect, c.Yes = effect.NoAmounts(v), v.T("products.term_pay")
	}
	outcome := billing.Effect{Covered: left+account.Overdraft >= 0, AtOnce: []pricing.Line{quote.Line}}
	return p.ask(v, c, outcome, pathProducts, "products.title", helpProducts)
}

func (p *pages) doTerm(v *cabinet.Visit) error {
	months, err := readMonths(v)
	if err != nil {
		return err
	}
	var paid billing.TermPaid
	id := v.R.PostFormValue("id")
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		answer, err := idem.Do(ctx, tx, "cabinet/"+string(v.Project.ID), id, idem.Hash([]byte("term"), []byte(strconv.FormatInt(months, 10))), func() (int, []byte, error) {
			return p.payTerm(ctx, tx, v, id, months)
		})
		if err != nil {
			return err
		}
		return json.Unmarshal(answer.Body, &paid)
	})
	if err != nil {
		return err
	}
	v.Publish(cabinet.TopicBalance)
	values := lang.Values{"Day": v.DateLong(paid.PaidUntil)}
	text := v.T("products.term_done_unseen", values)
	if effect.SeesAmounts(v) {
		values["Amount"] = v.Money(paid.Charged, v.Project.Currency)
		text = v.T("products.term_done", values)
	}
	return v.Done(v.Path(pathProducts), ui.Toast{Text: text})
}

// payTerm pays, and gives what was paid as the answer to keep for a form that is sent again.
func (p *pages) payTerm(ctx context.Context, tx *store.Tx, v *cabinet.Visit, id string, months int64) (int, []byte, error) {
	if err := asked(v); err != nil {
		return 0, nil, err
	}
	paid, err := p.Billing.PayTerm(ctx, tx, v.Project.ID, id, months, v.At)
	if err != nil {
		return 0, nil, err
	}
	if err := v.Record(ctx, tx, audit.Change{Object: "term", ObjectID: id, Action: "pay", After: paid}); err != nil {
		return 0, nil, err
	}
	text, err := json.Marshal(paid)
	return http.StatusOK, text, err
}

func (p *pages) askPlan(v *cabinet.Visit) error {
	has, err := p.possessionOf(v)
	if err != nil {
		return err
	}
	name := v.R.FormValue("plan")
	if terms := has.tariff.Book.Terms; terms == nil || name == "" {
		return errs.New(errs.NotFound, "products.no_plan", "the price book has no such plan").At("plan")
	}
	outcome, err := p.preview(v, billing.Change{Plan: name})
	if err != nil {
		return err
	}
	plan, _ := has.tariff.Book.Terms.Plan(name) // the preview refuses what the book does not have
	values := lang.Values{"Plan": plan.Title.In(string(v.Lang)), "Day": v.DateLong(has.day + 1)}
	was, _ := has.tariff.Book.Terms.Plan(v.Project.BookAt(has.day).Plan)
	c := ui.Confirm{
		Title: v.T("products.plan_title", values), Text: v.T("products.plan_text", values),
		Effect: append([]ui.Effect{{
			Text: v.T("products.plan_price"), Before: v.Money(was.Monthly[v.Project.Currency], v.Project.Currency), After: v.Money(plan.Monthly[v.Project.Currency], v.Project.Currency),
			Tone: effect.Tone(was.Monthly[v.Project.Currency] - plan.Monthly[v.Project.Currency]),
		}}, effect.Ends(v, outcome)...),
		Action: v.Path(pathProducts + "/plan"), Fields: []ui.Choice{{Value: "plan", Text: name}, v.DayOf()}, Yes: v.T("products.plan_yes"), No: v.Path(pathProducts),
	}
	if !effect.SeesAmounts(v) {
		c.Effect = append(c.Effect[:1], effect.NoAmounts(v)...)
	}
	return p.ask(v, c, outcome, pathProducts, "products.title", helpProducts)
}

func (p *pages) doPlan(v *cabinet.Visit) error {
	if err := asked(v); err != nil {
		return err
	}
	name := v.R.PostFormValue("plan")
	if name == "" {
		return errs.New(errs.Invalid, "pricing.unknown_plan", "a plan is missing").At("plan")
	}
	var before string
	err := p.changeBook(v, func(_, coming project.BookPeriod) (audit.Change, project.BookPeriod, error) {
		before, coming.Plan = coming.Plan, name
		return audit.Change{Object: "plan", ObjectID: name, Action: "move", Before: before, After: name}, coming, nil
	})
	if err != nil {
		return err
	}
	return v.Done(v.Path(pathProducts), ui.Toast{
		Text: v.T("products.plan_done", lang.Values{"Day": v.DateLong(today(v) + 1)}), Undo: v.Path(pathProducts + "/plan/undo"),
		Fields: []ui.Choice{v.DayOf(), {Value: "plan", Text: name}, {Value: "was", Text: before}},
	})
}

// undoPlan takes back, on its day, a change of the plan alone: a move to another version that is to come stays.
func (p *pages) undoPlan(v *cabinet.Visit) error {
	if err := sameDay(v); err != nil {
		return err
	}
	name, was := v.R.PostFormValue("plan"), v.R.PostFormValue("was")
	err := p.changeBook(v, func(now, coming project.BookPeriod) (audit.Change, project.BookPeriod, error) {
		if coming.Plan != name || name == now.Plan && was == now.Plan || was == "" {
			return audit.Change{}, coming, nothingComes("plan")
		}
		coming.Plan = was
		return audit.Change{Object: "plan", ObjectID: was, Action: "undo", Before: name, After: was}, coming, nil
	})
	if err != nil {
		return err
	}
	return v.Done(v.Path(pathProducts), ui.Toast{Text: v.T("book.kept")})
}
