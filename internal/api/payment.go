package api

import (
	"context"
	"errors"
	"net/http"

	"bellwether/internal/approval"
	"bellwether/internal/billing"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/store"
)

// Payment is money received.
type Payment struct {
	ID         string      `json:"id" minLength:"1" maxLength:"100" doc:"The payment system's name for it; the same id with the same payment is one effect"`
	Amount     money.Micro `json:"amount" doc:"What is paid; the list price where a period is given"`
	Method     string      `json:"method" enum:"card,bank,wallet,terminal"`
	Auto       bool        `json:"auto,omitempty" doc:"An automatic renewal"`
	PeriodDays int64       `json:"period_days,omitempty" minimum:"0" doc:"30, 90, 180 or 360 for a payment with a period"`
	Reason     string      `json:"reason,omitempty" maxLength:"500" doc:"For whoever approves it, where it is above the limit"`
}

func (p Payment) domain() billing.Payment {
	return billing.Payment{ID: p.ID, Amount: p.Amount, Method: p.Method, Auto: p.Auto, PeriodDays: p.PeriodDays}
}

// Paid is what a payment did.
type Paid struct {
	Charged money.Micro `json:"charged" doc:"Taken from the payer"`
	Bonus   money.Micro `json:"bonus" doc:"Given on top"`
	Off     string      `json:"off" doc:"Percentage taken off this charge" example:"15 %"`
	Loyalty string      `json:"loyalty" doc:"Percentage earned after it" example:"3 %"`
	Funds   Funds       `json:"funds"`
	Request *Approval   `json:"request,omitempty" doc:"What was asked for, and where it stands; none in a preview"`
}

func (p Paid) status() int { return p.Request.status() }

func paymentRoutes(a *API) {
	const tag = chapterPayments
	type request = struct {
		Of
		Body Payment
	}
	write(a, route{
		accepts: true, ownRecord: true,
		method: http.MethodPost, path: "/v1/projects/{project}/payments", id: "take-payment", tag: tag, need: needOperator, status: http.StatusCreated,
		summary: "Record a payment that was received",
		text:    "A project in grace or suspended resumes at once. Discounts follow Rules B-40 and B-41. For an operator's key: whoever may say that money came must not be who owes it. Above the limit of two signatures the payment waits, and the answer is 202 (Rule O-01).",
	}, func(ctx context.Context, tx *store.Tx, in *request) (Paid, error) {
		return a.askToPay(ctx, tx, in.Of, in.Body)
	})
	read(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/payments/preview", id: "preview-payment", tag: tag, need: needRead,
		summary: "What a payment would do", text: "Shows the percentage off this charge, and the one earned after it, without taking anything.",
	}, a.previewPayment)
	write(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/unsubscribe", id: "unsubscribe", state: holdings, tag: tag, need: needWrite,
		summary: "End automatic renewal", text: "The loyalty percentage starts again from nothing (Rule B-40).",
	}, func(ctx context.Context, tx *store.Tx, in *struct{ Of }) (Project, error) {
		if err := a.parts.Billing.Unsubscribe(ctx, tx, in.id(), a.now()); err != nil {
			return Project{}, err
		}
		return projectNow(ctx, tx, in.id(), a.now())
	})
}

// askToPay books a payment, or leaves it for a second signature.
func (a *API) askToPay(ctx context.Context, tx *store.Tx, of Of, p Payment) (Paid, error) {
	permit, err := a.asOperator(ctx)
	if err != nil {
		return Paid{}, err
	}
	r, err := a.parts.Approvals.Pay(ctx, tx, permit, of.id(), p.domain(), p.Reason, a.now())
	if err != nil {
		return Paid{}, err
	}
	_, taken, err := r.PaymentOf()
	if err != nil {
		return Paid{}, err
	}
	paid, err := viewPaid(ctx, tx, of, taken)
	paid.Request = pointer(viewApproval(r))
	return paid, err
}

func viewPaid(ctx context.Context, tx *store.Tx, of Of, taken billing.PaymentTaken) (Paid, error) {
	funds, err := fundsOf(ctx, tx, of.id())
	return Paid{Charged: taken.Charged, Bonus: taken.Bonus, Off: taken.Off.String(), Loyalty: taken.Loyalty.String(), Funds: funds}, err
}

// errUndo makes the store undo what a preview did.
var errUndo = errors.New("a preview is undone")

// previewPayment takes the payment and undoes it: the preview is the payment itself.
func (a *API) previewPayment(ctx context.Context, in *struct {
	Of
	Body struct {
		Amount     money.Micro `json:"amount"`
		Method     string      `json:"method" enum:"card,bank,wallet,terminal"`
		Auto       bool        `json:"auto,omitempty"`
		PeriodDays int64       `json:"period_days,omitempty" minimum:"0"`
	}
},
) (out Paid, err error) {
	b := in.Body
	err = a.parts.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		held, err := ledger.GetAccount(ctx, tx, in.id())
		if err == nil {
			err = approval.CheckWhole(held, b.Amount, false)
		}
		if err != nil {
			return err
		}
		var taken billing.PaymentTaken
		err = tx.Freely(func() error { // it is undone
			taken, err = a.parts.Billing.Pay(ctx, tx, in.id(), billing.Payment{ID: "preview", Amount: b.Amount, Method: b.Method, Auto: b.Auto, PeriodDays: b.PeriodDays}, a.now())
			return err
		})
		if err != nil {
			return err
		}
		if out, err = viewPaid(ctx, tx, in.Of, taken); err != nil {
			return err
		}
		return errUndo
	})
	if errors.Is(err, errUndo) {
		err = nil
	}
	return out, err
}
