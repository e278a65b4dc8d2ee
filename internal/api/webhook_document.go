package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"bellwether/internal/webhook"
)

// told is what is told of a kind of message.
type told struct {
	kind    webhook.Kind
	summary string
	data    reflect.Type
}

var (
	ofCall = reflect.TypeFor[webhook.CallData]()
	ofLead = reflect.TypeFor[webhook.LeadData]()
)

// allTold describes the messages, by which this API calls others (Rule W-04).
var allTold = []told{
	{webhook.CallRinging, "A call has begun; a client's with where it came from, from the first ring on", ofCall},
	{webhook.CallAttributed, "Where a call came from became known later, or is known better", ofCall},
	{webhook.CallAnswered, "Somebody answered", ofCall},
	{webhook.CallEnded, "A call has ended", ofCall},
	{webhook.CallMissed, "A client called and nobody talked to them; beside call.ended", ofCall},
	{webhook.RecordingReady, "The recording of a talk can be heard", ofCall},
	{webhook.VoicemailLeft, "A client left a message", ofCall},
	{webhook.LeadCreated, "A visitor left something, or an order was told of", ofLead},
	{webhook.LeadChanged, "Somebody went on with a lead", ofLead},
	{webhook.StateChanged, "Funds run out, have run out, or are there again (Rule B-60)", reflect.TypeFor[webhook.StateData]()},
	{webhook.PaymentTaken, "Money came in", reflect.TypeFor[webhook.PaymentData]()},
	{webhook.Test, "A test that somebody sent", reflect.TypeFor[webhook.TestData]()},
}

const webhookText = `Signed by the Standard Webhooks specification: the header ` + "`webhook-signature`" + ` has ` + "`v1,`" + ` and the base64 of HMAC-SHA256 over ` + "`ID.TIMESTAMP.BODY`" + `, keyed with the bytes after ` + "`whsec_`" + ` of the secret (Rule W-03). Answer 2xx within 10 seconds; anything else is tried again for 3 days (Rule W-08), and 410 switches the webhook off.`

// describeWebhooks adds the messages to the document.
func describeWebhooks(api *huma.OpenAPI) {
	api.Webhooks = map[string]*huma.PathItem{}
	registry := api.Components.Schemas
	for _, t := range allTold {
		envelope := &huma.Schema{
			Type: huma.TypeObject, Required: []string{"id", "kind", "version", "occurred_at", "project", "data"},
			Properties: map[string]*huma.Schema{
				"id":      {Type: huma.TypeString, Description: "Of the message: the same at each try, so that a receiver takes it once"},
				"kind":    {Type: huma.TypeString, Enum: []any{string(t.kind)}},
				"version": {Type: huma.TypeInteger, Description: "Of this form", Enum: []any{webhook.Version}}, "occurred_at": {Type: huma.TypeString, Format: "date-time"},
				"project": {Type: huma.TypeString}, "data": registry.Schema(t.data, true, ""),
			},
		}
		header := func(name, text string) *huma.Param {
			return &huma.Param{Name: name, In: "header", Required: true, Description: text, Schema: &huma.Schema{Type: huma.TypeString}}
		}
		api.Webhooks[string(t.kind)] = &huma.PathItem{Post: &huma.Operation{
			OperationID: "told-" + string(t.kind), Summary: t.summary, Description: webhookText, Tags: []string{chapterWebhooks},
			Parameters: []*huma.Param{
				header("webhook-id", "The message's id"), header("webhook-timestamp", "When it was sent, in seconds since 1970: refuse what is older than 5 minutes"),
				header("webhook-signature", "One or two signatures with blanks between them, each as v1,BASE64"),
			},
			RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: envelope}}},
			Responses:   map[string]*huma.Response{"2XX": {Description: "It was taken"}, "410": {Description: "Never again: the webhook is switched off"}},
		}}
	}
}
