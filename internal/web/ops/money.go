package ops

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/approval"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/ledger"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (p *pages) moneyRoutes() {
	p.Handle("GET /op/money", cabinet.Operator(access.View, access.Adjustments), p.money)
	p.Handle("GET /op/money/new", cabinet.Operator(access.Edit, access.Adjustments), p.moneyForm)
	p.Handle("POST /op/money/new", cabinet.Operator(access.Edit, access.Adjustments), p.bookMoney)
	p.Handle("GET /op/money/limits", cabinet.Operator(access.View, access.Approvals), p.limits)
	p.Handle("GET /op/money/limits/new", cabinet.Operator(access.Edit, access.Approvals), p.limitForm)
	p.Handle("POST /op/money/limits/new", cabinet.Operator(access.Edit, access.Approvals), p.setLimit)
	p.Handle("GET /op/money/{request}", cabinet.Operator(access.View, access.Adjustments), p.request)
	p.Handle("POST /op/money/{request}/approve", cabinet.Operator(access.Edit, access.Approvals), p.approve)
	p.Handle("POST /op/money/{request}/refuse", cabinet.Operator(access.Edit, access.Approvals), p.refuse)
	p.Handle("POST /op/money/{request}/withdraw", cabinet.Operator(access.Edit, access.Adjustments), p.withdraw)
}

// countWaiting is what waits for a second signature.
func (p *pages) countWaiting(v *cabinet.Visit) int {
	n, err := approval.CountWaiting(v.Context(), p.DB, v.At)
	if err != nil {
		p.Log.Error("counting approvals", "error", err)
	}
	return int(n)
}

func moneyTabs(v *cabinet.Visit) []ui.Link {
	tabs := []ui.Link{{Text: v.T("ops.bookings"), Href: "/op/money", Here: v.URL.Path == "/op/money"}}
	if v.May(access.View, access.Approvals) {
		tabs = append(tabs, ui.Link{Text: v.T("ops.limits"), Href: "/op/money/limits", Here: v.URL.Path == "/op/money/limits"})
	}
	return tabs
}

var requestStates = map[approval.State]struct {
	text lang.Key
	tone ui.Tone
}{
	approval.Waiting:   {"ops.request_waiting", ui.Warning},
	approval.Booked:    {"ops.request_booked", ui.Good},
	approval.Refused:   {"ops.request_refused", ui.Bad},
	approval.Withdrawn: {"ops.request_withdrawn", ui.Neutral},
	approval.Expired:   {"ops.request_expired", ui.Neutral},
}

var requestKinds = map[approval.Kind]lang.Key{approval.Payment: "ops.kind_payment", approval.Adjustment: "ops.kind_adjustment", approval.Overdraft: "ops.kind_overdraft", approval.Limit: "ops.kind_limit"}

// money is what was booked by hand, and what waits.
func (p *pages) money(v *cabinet.Visit) error {
	page := ui.Page{Title: v.T("ops.money"), Section: sectionMoney, Tabs: moneyTabs(v), Help: "/help/op-payments"}
	if v.May(access.Edit, access.Adjustments) {
		page.Actions = ui.Button{Text: v.T("ops.book_money"), Icon: ui.IconPlus, Kind: ui.Primary, Href: "/op/money/new"}.Draw()
	}
	return v.RenderList(page, p.requestList(v))
}

func (p *pages) requestList(v *cabinet.Visit) cabinet.List {
	var states, kinds []ui.Choice
	for _, s := range approval.States {
		states = append(states, ui.Choice{Value: string(s), Text: v.T(requestStates[s].text)})
	}
	for _, k := range approval.Kinds {
		kinds = append(kinds, ui.Choice{Value: string(k), Text: v.T(requestKinds[k])})
	}
	return cabinet.List{
		Spec: ui.TableSpec{
			Columns: []ui.Column{
				{Key: "at", Title: v.T("ops.when"), Fixed: true},
				{Key: "kind", Title: v.T("ops.what")},
				{Key: "project", Title: v.T("ops.project")},
				{Key: "amount", Title: v.T("ops.amount"), Numeric: true},
				{Key: "reason", Title: v.T("ops.reason")},
				{Key: "state", Title: v.T("ops.state")},
				{Key: "asked", Title: v.T("ops.asked_by")},
				{Key: "decided", Title: v.T("ops.decided_by")},
				{Key: "ref", Title: v.T("ops.id"), Extra: true},
			},
			Filters: []ui.Filter{
				{Key: "state", Title: v.T("ops.state"), Choices: states}, {Key: "kind", Title: v.T("ops.what"), Choices: kinds}, {Key: "project", Title: v.T("ops.project_id")},
			},
		},
		Caption: v.T("ops.bookings"), Right: access.Adjustments,
		Empty: ui.Empty{Icon: ui.IconFunds, Title: v.T("ops.no_bookings"), Text: v.T("ops.no_bookings_text")},
		Load: func(ctx context.Context, state ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
			return p.requestRows(ctx, v, state, after, limit)
		},
	}
}

func (p *pages) requestRows(ctx context.Context, v *cabinet.Visit, state ui.TableState, after string, limit int) ([]cabinet.Row, string, error) {
	before, _ := strconv.ParseInt(after, 10, 64)
	found, err := approval.List(ctx, p.DB, approval.Filter{
		Project: ident.ProjectID(state.Filters["project"]), Kind: approval.Kind(state.Filters["kind"]), State: approval.State(state.Filters["state"]), Before: approval.ID(before),
	}, limit+1, v.At)
	if err != nil {
		return nil, "", err
	}
	next := ""
	if len(found) > limit {
		found, next = found[:limit], found[limit-1].ID.String()
	}
	names, err := p.namesOf(ctx, found)
	if err != nil {
		return nil, "", err
	}
	rows := make([]cabinet.Row, len(found))
	for i, r := range found {
		word := requestStates[r.State]
		row := cabinet.Row{ID: r.ID.String(), Href: "/op/money/" + r.ID.String(), Cells: map[string]cabinet.Cell{
			"at": cabinet.Moment(r.AskedAt), "kind": cabinet.Text(v.T(requestKinds[r.Kind])), "amount": amountOf(v, r), "reason": cabinet.Text(r.Reason),
			"state": cabinet.Status(word.tone, v.T(word.text)), "asked": cabinet.Text(asker(v, r, names)), "ref": cabinet.Code(r.Ref),
		}}
		if r.Project != "" {
			row.Cells["project"] = cabinet.Code(string(r.Project))
		}
		if r.DecidedBy != "" {
			row.Cells["decided"] = cabinet.Text(names[r.DecidedBy].Name)
		}
		rows[i] = row
	}
	return rows, next, nil
}

func amountOf(v *cabinet.Visit, r approval.Request) cabinet.Cell {
	switch {
	case r.Kind != approval.Limit:
		return cabinet.MoneyMove(r.Amount, r.Currency)
	case r.Amount == approval.NoLimit:
		return cabinet.Text(v.T("ops.no_limit"))
	}
	return cabinet.Money(r.Amount, r.Currency)
}

func asker(v *cabinet.Visit, r approval.Request, names map[account.UserID]account.User) string {
	if r.AskedKey != "" {
		return v.T("ops.by_key", map[string]any{"Key": string(r.AskedKey)})
	}
	return names[r.AskedBy].Name
}

func (p *pages) namesOf(ctx context.Context, found []approval.Request) (map[account.UserID]account.User, error) {
	var ids []account.UserID
	for _, r := range found {
		ids = append(ids, r.AskedBy, r.DecidedBy)
	}
	return account.Users(ctx, p.DB, ids)
}

// booking is the form of a payment or an adjustment.
func (p *pages) booking(v *cabinet.Visit, wrong mistakes) form {
	typed := func(name, otherwise string) string {
		if v.R.Method != http.MethodPost {
			return otherwise
		}
		return value(v, name)
	}
	var methods []ui.Choice
	for _, m := range billing.PaymentMethods {
		methods = append(methods, ui.Choice{Value: m, Text: v.T(methodWords[m])})
	}
	return form{
		page: ui.Page{
			Title: v.T("ops.book_money"), Lead: v.T("ops.book_lead"), Section: sectionMoney, Crumbs: []ui.Link{{Text: v.T("ops.money"), Href: "/op/money"}}, Help: "/help/op-payments",
		},
		action: "/op/money/new", submit: v.T("ops.book_it"), back: "/op/money", wrong: wrong[""],
		fields: []templ.Component{
			hidden("id", typed("id", newID())),
			ui.Field{ID: "project", Name: "project", Label: v.T("ops.project_id"), Value: typed("project", v.URL.Query().Get("project")), Required: true, Error: wrong["project"]}.Draw(),
			ui.Radio{ID: "kind", Name: "kind", Label: v.T("ops.what"), Value: typed("kind", kindPayment), Error: wrong["kind"], Choices: []ui.RadioChoice{
				{Value: kindPayment, Text: v.T("ops.kind_payment"), Hint: v.T("ops.payment_hint")},
				{Value: kindCredit, Text: v.T("ops.kind_credit"), Hint: v.T("ops.credit_hint")},
				{Value: kindCharge, Text: v.T("ops.kind_charge"), Hint: v.T("ops.charge_hint")},
				{Value: kindWriteOff, Text: v.T("ops.kind_write_off"), Hint: v.T("ops.write_off_hint")},
			}}.Draw(),
			ui.Field{ID: "amount", Name: "amount", Label: v.T("ops.amount"), Hint: v.T("ops.amount_hint"), Value: typed("amount", ""), Digits: true, Required: true, Error: wrong["amount"]}.Draw(),
			ui.Select{ID: "method", Name: "method", Label: v.T("ops.method"), Hint: v.T("ops.method_hint"), Value: typed("method", "bank"), Choices: methods, Error: wrong["method"]}.Draw(),
			ui.Field{ID: "reason", Name: "reason", Label: v.T("ops.reason"), Hint: v.T("ops.reason_hint"), Value: typed("reason", ""), Required: true, Longest: 500, Lines: 2, Error: wrong["reason"]}.Draw(),
		},
	}
}

// The things one can book.
const (
	kindPayment  = "payment"
	kindCredit   = "credit"
	kindCharge   = "charge"
	kindWriteOff = "write_off"
)

var methodWords = map[string]lang.Key{"card": "ops.method_card", "bank": "ops.method_bank", "wallet": "ops.method_wallet", "terminal": "ops.method_terminal"}

// newID names what a form books, so that sending it twice is one effect (Rule B-04).
func newID() string {
	var b [10]byte
	_, _ = rand.Read(b[:]) // never fails
	return "manual-" + hex.EncodeToString(b[:])
}

func (p *pages) moneyForm(v *cabinet.Visit) error {
	f := p.booking(v, nil)
	warned, err := p.unlimited(v)
	if err != nil {
		return err
	}
	f.fields = append(warned, f.fields...)
	return ask(v, f)
}

// errPreview undoes what a confirmation tried.
var errPreview = errors.New("a preview is undone")

// bookMoney asks whether what would happen is meant; then it books at once, or leaves a request for another operator (Rule O-01).
func (p *pages) bookMoney(v *cabinet.Visit) error {
	sure := value(v, "sure") != ""
	var r approval.Request
	var before, after ledger.Account
	err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		before, _ = ledger.GetAccount(ctx, tx, ident.ProjectID(value(v, "project"))) // one that is not there is refused below
		if r, err = p.bookOne(ctx, tx, v); err != nil || sure {
			return err
		}
		if after, err = ledger.GetAccount(ctx, tx, r.Project); err != nil {
			return err
		}
		return errPreview
	})
	if errors.Is(err, errPreview) {
		return p.confirmBooking(v, r, before, after)
	}
	if err != nil {
		wrong, err := wrongly(v, err, "project", "kind", "amount", "method", "reason")
		if err != nil {
			return err
		}
		return askAgain(v, p.booking(v, wrong))
	}
	p.roll.forget()
	p.Hub.Publish(cabinet.Topic(ident.ProjectOrg(r.Project), cabinet.TopicBalance), "")
	return v.Done("/op/money/"+r.ID.String(), askedToast(v, r))
}

// askedToast says where what was asked for stands: sent again it may have been decided meanwhile.
func askedToast(v *cabinet.Visit, r approval.Request) ui.Toast {
	switch r.State {
	case approval.Booked:
		return ui.Toast{Text: v.T("ops.booked_toast")}
	case approval.Waiting:
		return ui.Toast{Text: v.T("ops.waits_toast"), Tone: ui.Notice}
	}
	return ui.Toast{Text: v.T("ops.not_booked_toast", map[string]any{"State": v.T(requestStates[r.State].text)}), Tone: ui.Bad}
}

// confirmBooking shows what the booking does before it is done.
func (p *pages) confirmBooking(v *cabinet.Visit, r approval.Request, before, after ledger.Account) error {
	c := ui.Confirm{
		Title: v.T("ops.confirm_title"), Text: v.T("ops.confirm_now"), Action: "/op/money/new", Yes: v.T("ops.confirm_yes"), No: "/op/money/new?project=" + url.QueryEscape(string(r.Project)),
		Effect: []ui.Effect{
			{Text: v.T("ops.project"), After: string(r.Project)},
			{Text: v.T("ops.amount"), After: v.MoneySigned(r.Amount, r.Currency)},
			{Text: v.T("ops.balance"), Before: v.Money(before.Balance(), r.Currency), After: v.Money(after.Balance(), r.Currency)},
			{Text: v.T("ops.reason"), After: r.Reason},
		},
		Fields: []ui.Choice{{Value: "sure", Text: "yes"}},
	}
	if r.State == approval.Waiting {
		c.Text, c.Yes = v.T("ops.confirm_wait"), v.T("ops.confirm_ask")
		c.Effect[2] = ui.Effect{Text: v.T("ops.balance_approved"), Before: v.Money(before.Balance(), r.Currency), After: v.Money(before.Balance()+r.Amount, r.Currency)}
	}
	for _, name := range []string{"id", "project", "kind", "amount", "method", "reason"} {
		c.Fields = append(c.Fields, ui.Choice{Value: name, Text: value(v, name)})
	}
	return v.Render(ui.Page{
		Title: v.T("ops.book_money"), Section: sectionMoney, Narrow: true, Crumbs: []ui.Link{{Text: v.T("ops.money"), Href: "/op/money"}}, Help: "/help/op-payments",
	}, c.Draw())
}

func (p *pages) bookOne(ctx context.Context, tx *store.Tx, v *cabinet.Visit) (approval.Request, error) {
	amount, err := amountIn(value(v, "amount"))
	if err != nil {
		return approval.Request{}, err
	}
	if amount <= 0 {
		return approval.Request{}, errs.New(errs.Invalid, "ops.amount_above_zero", "an amount is more than zero").At("amount")
	}
	id, err := ident.ParseProjectID(value(v, "project"))
	if err != nil {
		return approval.Request{}, errNoProject(value(v, "project"))
	}
	adjustment := billing.Adjustment{ID: value(v, "id"), Amount: amount, Reason: value(v, "reason")}
	switch value(v, "kind") {
	case kindPayment:
		payment := billing.Payment{ID: value(v, "id"), Amount: amount, Method: value(v, "method")}
		return p.Approvals.Pay(ctx, tx, v.Permit, id, payment, value(v, "reason"), v.At)
	case kindCharge:
		adjustment.Amount = -amount
	case kindWriteOff:
		adjustment.WriteOff = true
	case kindCredit:
	default:
		return approval.Request{}, errs.New(errs.Invalid, "ops.bad_kind", "choose what to book").At("kind")
	}
	return p.Approvals.Adjust(ctx, tx, v.Permit, id, adjustment, v.At)
}
