package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/store"
	"bellwether/internal/webhook"
)

// WebhookSettings are what a webhook is given.
type WebhookSettings struct {
	Name    string         `json:"name" minLength:"1" maxLength:"100"`
	URL     string         `json:"url" maxLength:"500" example:"https://crm.example.com/bellwether" doc:"https (Rule W-01)"`
	Kinds   []webhook.Kind `json:"kinds" minItems:"1" maxItems:"20" doc:"What it is told: see the webhooks of this description"`
	Enabled bool           `json:"enabled"`
}

// Webhook is a server that is told what happens.
type Webhook struct {
	ID webhook.EndpointID `json:"id"`
	WebhookSettings
	CreatedAt    time.Time      `json:"created_at"`
	OldSecret    *time.Time     `json:"old_secret_until,omitempty" doc:"Until when the secret before signs too (Rule W-03)"`
	FailingSince *time.Time     `json:"failing_since,omitempty" doc:"Left out while the last try succeeded"`
	OffWhy       webhook.Reason `json:"off_why,omitempty" enum:"gone,failing" doc:"Why it was switched off by itself (Rule W-09)"`
	OffAt        *time.Time     `json:"off_at,omitempty"`
}

// NewWebhook is a webhook whose secret was just made.
type NewWebhook struct {
	Webhook
	Secret string `json:"secret,omitempty" doc:"Shown this once: it is kept sealed, and a repetition of the request does not show it"`
}

// withoutSecret is what is kept for a repetition of the request.
func (w NewWebhook) withoutSecret() any { return NewWebhook{Webhook: w.Webhook} }

// Webhooks are those of a project.
type Webhooks struct {
	Webhooks []Webhook `json:"webhooks" doc:"The oldest first"`
}

// WebhookDelivery is what became of telling a webhook something.
type WebhookDelivery struct {
	ID       string        `json:"id" doc:"Of the message, as the receiver sees it"`
	Kind     webhook.Kind  `json:"kind"`
	At       time.Time     `json:"at" doc:"When it happened"`
	State    webhook.State `json:"state" enum:"waiting,sent,failed,erased"`
	Attempts int           `json:"attempts"`
	NextAt   *time.Time    `json:"next_at,omitempty" doc:"Of waiting ones"`
	TriedAt  *time.Time    `json:"tried_at,omitempty"`
	Status   int           `json:"status,omitempty" doc:"Of the last answer; left out where there was none"`
	Answer   string        `json:"answer,omitempty" doc:"What the receiver said, or why it could not be asked"`
	TookMS   int64         `json:"took_ms"`
	Body     string        `json:"body,omitempty" doc:"What is sent; only of one delivery seen by itself"`
}

// ByWebhook names a webhook of a project.
type ByWebhook struct {
	Of
	Webhook string `path:"webhook" maxLength:"64"`
}

func (b ByWebhook) endpoint() webhook.EndpointID { return webhook.EndpointID(b.Webhook) }

// ByDelivery names a delivery to a webhook.
type ByDelivery struct {
	ByWebhook
	Delivery string `path:"delivery" maxLength:"30" doc:"The message's id"`
}

func webhookRoutes(a *API) {
	const tag, all, one = chapterWebhooks, "/v1/projects/{project}/webhooks", "/v1/projects/{project}/webhooks/{webhook}"
	read(a, route{method: http.MethodGet, path: all, id: "list-webhooks", tag: tag, need: needHooks, summary: "List the project's webhooks"}, a.listWebhooks)
	write(a, route{
		method: http.MethodPost, path: all, id: "add-webhook", tag: tag, need: needHooks, status: http.StatusCreated, ownRecord: true,
		summary: "Add a webhook", text: "The answer has the secret by which the receiver knows who calls (Rule W-03).",
	}, func(ctx context.Context, tx *store.Tx, in *struct {
		Of
		Body WebhookSettings
	},
	) (NewWebhook, error) {
		p, err := a.permit(ctx, in.id())
		if err != nil {
			return NewWebhook{}, err
		}
		e, secret, err := a.parts.Webhooks.Add(ctx, tx, p, in.Body.endpoint(""), a.now())
		return NewWebhook{viewWebhook(e), secret}, err
	})
	read(a, route{method: http.MethodGet, path: one, id: "get-webhook", tag: tag, need: needHooks, summary: "See a webhook"}, func(ctx context.Context, in *ByWebhook) (Webhook, error) {
		p, err := a.permit(ctx, in.id())
		if err != nil {
			return Webhook{}, err
		}
		e, err := webhook.Get(ctx, a.parts.DB, p, in.endpoint())
		return viewWebhook(e), err
	})
	write(a, route{
		method: http.MethodPut, path: one, id: "edit-webhook", tag: tag, need: needHooks, ownRecord: true, summary: "Change a webhook, or switch it",
		text: "One that is switched on counts as well again; what waited for it goes out.",
	}, func(ctx context.Context, tx *store.Tx, in *struct {
		ByWebhook
		Body WebhookSettings
	},
	) (Webhook, error) {
		p, err := a.permit(ctx, in.id())
		if err != nil {
			return Webhook{}, err
		}
		e, err := a.parts.Webhooks.Edit(ctx, tx, p, in.Body.endpoint(in.endpoint()), a.now())
		return viewWebhook(e), err
	})
	webhookSecretRoutes(a, tag, one)
	deliveryRoutes(a, tag, one)
}

func webhookSecretRoutes(a *API, tag, one string) {
	write(a, route{method: http.MethodDelete, path: one, id: "remove-webhook", tag: tag, need: needHooks, ownRecord: true, summary: "Remove a webhook, with what waits for it"},
		func(ctx context.Context, tx *store.Tx, in *ByWebhook) (Removed, error) {
			p, err := a.permit(ctx, in.id())
			if err != nil {
				return Removed{}, err
			}
			_, err = a.parts.Webhooks.Remove(ctx, tx, p, in.endpoint(), a.now())
			return Removed{in.Webhook}, err
		})
	write(a, route{
		method: http.MethodPost, path: one + "/secret", id: "rotate-webhook-secret", tag: tag, need: needHooks, ownRecord: true, summary: "Make a new secret",
		text: "The one before signs beside it for 24 hours (Rule W-03).",
	}, func(ctx context.Context, tx *store.Tx, in *ByWebhook) (NewWebhook, error) {
		p, err := a.permit(ctx, in.id())
		if err != nil {
			return NewWebhook{}, err
		}
		e, secret, err := a.parts.Webhooks.Rotate(ctx, tx, p, in.endpoint(), a.now())
		return NewWebhook{viewWebhook(e), secret}, err
	})
	apart(a, route{
		method: http.MethodPost, path: one + "/test", id: "test-webhook", tag: tag, need: needHooks, ownRecord: true, summary: "Send a test now",
		text: "Also to one that is switched off. The answer has what the receiver said.",
	}, func(ctx context.Context, in *ByWebhook) (WebhookDelivery, error) {
		p, err := a.permit(ctx, in.id())
		if err != nil {
			return WebhookDelivery{}, err
		}
		d, err := a.parts.TryWebhook(ctx, p, in.endpoint())
		return viewDelivery(d), err
	})
}

func deliveryRoutes(a *API, tag, one string) {
	read(a, route{method: http.MethodGet, path: one + "/deliveries", id: "list-webhook-deliveries", tag: tag, need: needHooks, summary: "List what was told, the latest first", text: "Of the last 30 days (Rule W-10)."}, a.listDeliveries)
	read(a, route{method: http.MethodGet, path: one + "/deliveries/{delivery}", id: "get-webhook-delivery", tag: tag, need: needHooks, summary: "See a delivery with its body"}, func(ctx context.Context, in *ByDelivery) (WebhookDelivery, error) {
		p, err := a.permit(ctx, in.id())
		if err != nil {
			return WebhookDelivery{}, err
		}
		message, err := webhook.ParseMessage(in.Delivery)
		if err != nil {
			return WebhookDelivery{}, err
		}
		d, err := webhook.GetDelivery(ctx, a.parts.DB, p, in.endpoint(), message)
		return viewDelivery(d), err
	})
	write(a, route{method: http.MethodPost, path: one + "/deliveries/{delivery}/again", id: "resend-webhook-delivery", tag: tag, need: needHooks, ownRecord: true, summary: "Send a message again"},
		func(ctx context.Context, tx *store.Tx, in *ByDelivery) (WebhookDelivery, error) {
			p, err := a.permit(ctx, in.id())
			if err != nil {
				return WebhookDelivery{}, err
			}
			message, err := webhook.ParseMessage(in.Delivery)
			if err != nil {
				return WebhookDelivery{}, err
			}
			if err := a.parts.Webhooks.Again(ctx, tx, p, in.endpoint(), message, a.now()); err != nil {
				return WebhookDelivery{}, err
			}
			d, err := webhook.GetDelivery(ctx, tx, p, in.endpoint(), message)
			return viewDelivery(d), err
		})
}

func (s WebhookSettings) endpoint(id webhook.EndpointID) webhook.Endpoint {
	return webhook.Endpoint{ID: id, Name: s.Name, URL: s.URL, Kinds: s.Kinds, Enabled: s.Enabled}
}

func viewWebhook(e webhook.Endpoint) Webhook {
	return Webhook{
		ID: e.ID, WebhookSettings: WebhookSettings{e.Name, e.URL, append([]webhook.Kind{}, e.Kinds...), e.Enabled}, CreatedAt: e.MadeAt, OldSecret: happened(e.OldUntil),
		FailingSince: happened(e.FailingAt), OffWhy: e.OffWhy, OffAt: happened(e.OffAt),
	}
}

func viewDelivery(d webhook.Delivery) WebhookDelivery {
	view := WebhookDelivery{
		ID: webhook.WireID(d.Message), Kind: d.Kind, At: d.At, State: d.State, Attempts: d.Attempts, TriedAt: happened(d.TriedAt), Status: d.Status, Answer: d.Answer,
		TookMS: d.Took.Milliseconds(), Body: d.Body,
	}
	if d.State == webhook.Waiting {
		view.NextAt = happened(d.DueAt)
	}
	return view
}

func (a *API) listWebhooks(ctx context.Context, in *struct{ Of }) (out Webhooks, err error) {
	p, err := a.permit(ctx, in.id())
	if err != nil {
		return out, err
	}
	all, err := webhook.List(ctx, a.parts.DB, p)
	out.Webhooks = make([]Webhook, len(all))
	for i, e := range all {
		out.Webhooks[i] = viewWebhook(e)
	}
	return out, err
}

func (a *API) listDeliveries(ctx context.Context, in *struct {
	ByWebhook
	State string `query:"state" enum:"waiting,sent,failed,erased"`
	Paging
},
) (page Page[WebhookDelivery], err error) {
	const list = "deliveries"
	after, err := in.afterNumber(list)
	if err != nil {
		return page, err
	}
	var p access.Permit
	if p, err = a.permit(ctx, in.id()); err != nil {
		return page, err
	}
	found, err := webhook.Deliveries(ctx, a.parts.DB, p, in.endpoint(), webhook.State(in.State), after, in.Limit+1)
	return newPage(list, in.Limit, found, viewDelivery, func(d webhook.Delivery) string { return viewDelivery(d).ID[len("msg_"):] }), err
}
