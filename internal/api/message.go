package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/charging"
	"bellwether/internal/civil"
	"bellwether/internal/money"
)

// Message is an SMS as it was charged.
type Message struct {
	ID        string      `json:"id"`
	To        string      `json:"to"`
	Segments  int64       `json:"segments"`
	SentAt    time.Time   `json:"sent_at"`
	Item      string      `json:"item" enum:"domestic,abroad,emergency"`
	UnitPrice money.Micro `json:"unit_price" doc:"Of a segment"`
	Amount    money.Micro `json:"amount" doc:"Zero or more; its entry has the opposite amount"`
	Day       civil.Date  `json:"day" doc:"Usage day it is charged on"`
	Book      string      `json:"book"`
	Entry     string      `json:"entry,omitempty"`
}

func viewMessage(m charging.Message) Message {
	return Message{
		ID: m.ID, To: m.To, Segments: m.Segments, SentAt: m.SentAt, Item: m.Item, UnitPrice: m.UnitPrice, Amount: m.Amount, Day: m.Day,
		Book: m.Book, Entry: number(m.Entry),
	}
}

func messageRoutes(a *API) {
	const tag = chapterLegs
	charge(a, route{
		method: http.MethodPost, path: "/v1/projects/{project}/sms", id: "charge-sms", tag: tag, need: needCharge, status: http.StatusCreated,
		summary: "Charge a message before it is sent", text: "It is authorised and charged at once (Rule B-36). The same id with the same message is one effect.",
	}, func(ctx context.Context, in *struct {
		Of
		Body struct {
			ID       string `json:"id" minLength:"1" maxLength:"128" doc:"Names the message; best beginning with the time"`
			To       string `json:"to" maxLength:"40" doc:"E.164 with its +, or digits as dialled in the project's country"`
			Segments int64  `json:"segments" minimum:"1" maximum:"255"`
		}
	},
	) (Message, error) {
		b := in.Body
		m, err := a.parts.Charging.ChargeSMS(ctx, charging.SMSRecord{Project: in.id(), ID: b.ID, To: b.To, Segments: b.Segments, At: a.now()})
		return viewMessage(m), err
	})
}
