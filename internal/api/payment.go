package api

import (
	"context"
	"errors"
	"net/http"

	"bellwether/internal/billing"
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
}

func paymentRoutes(a *API) {
	const tag = chapterPayments
	type request = struct {
		Of
		Body Payment
	}
	write(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/payments", id: "take-payment", tag: tag, need: needOperator, status: http.StatusCreated,
		summary: "Record a payment that was received",
		text:    "A project in grace or suspended resumes at once. Discounts follow Rules B-40 and B-41. For an operator's key: whoever may say that money came must not be who owes it.",
	}, func(ctx context.Context, tx *store.Tx, in *request) (Paid, error) {
		return a.pay(ctx, tx, in.Of, in.Body)
	})
	read(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/payments/preview", id: "preview-payment", tag: tag, need: needRead,
		summary: "What a payment would do", text: "Shows the percentage off this charge, and the one earned after it, without taking anything.",
	}, a.previewPayment)
	write(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/unsubscribe", id: "unsubscribe", tag: tag, need: needWrite,
		summary: "End automatic renewal", text: "The loyalty percentage starts again from nothing (Rule B-40).",
	}, func(ctx context.Context, tx *store.Tx, in *struct{ Of }) (Project, error) {
		if err := a.parts.Billing.Unsubscribe(ctx, tx, in.id(), a.now()); err != nil {
			return Project{}, err
		}
		return projectNow(ctx, tx, in.id(), a.now())
	})
}

func (a *API) pay(ctx context.Context, tx *store.Tx, of Of, p Payment) (Paid, error) {
	taken, err := a.parts.Billing.Pay(ctx, tx, of.id(), p.domain(), a.now())
	if err != nil {
		return Paid{}, err
	}
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
		if out, err = a.pay(ctx, tx, in.Of, Payment{ID: "preview", Amount: b.Amount, Method: b.Method, Auto: b.Auto, PeriodDays: b.PeriodDays}); err != nil {
			return err
		}
		return errUndo
	})
	if errors.Is(err, errUndo) {
		err = nil
	}
	return out, err
}
