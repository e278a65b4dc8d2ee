package webhooks

import (
	"context"

	"bellwether/internal/access"
	"bellwether/internal/courier"
	"bellwether/internal/help"
	"bellwether/internal/lang"
	"bellwether/internal/staff"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
	"bellwether/internal/webhook"
)

// Parts are what the pages need besides a cabinet's.
type Parts struct {
	Webhooks *webhook.Service
	Wake     func() // has what is due sent at once
	// Try sends a test now (app.TryWebhook).
	Try func(ctx context.Context, p access.Permit, id webhook.EndpointID) (webhook.Delivery, error)
	// TryCRM asks a CRM now whose client that is (app.TryCRM).
	TryCRM func(ctx context.Context, p access.Permit, client string) (courier.Said, staff.EmployeeID, error)
}

// section is the pages, on the cabinet they stand in.
type section struct {
	*cabinet.Cabinet
	Parts
}

const (
	sectionKey = "settings"
	root       = "/settings/webhooks"
)

// Register adds the pages to the cabinet.
func Register(c *cabinet.Cabinet, parts Parts) {
	s := &section{c, parts}
	const base, one, delivery = "/p/{project}" + root, "/p/{project}" + root + "/{webhook}", "/p/{project}" + root + "/{webhook}/deliveries/{delivery}"
	need := cabinet.Project(access.Edit, access.Settings)
	c.Commands = append(c.Commands, cabinet.Command{Text: "webhooks.new", Icon: ui.IconPlus, Path: root + "/new", Need: need})
	s.Handle("GET "+base, need, s.list)
	s.Handle("GET "+base+"/new", need, s.askNew)
	s.Handle("POST "+base+"/new", need, s.add)
	s.Handle("GET "+one, need, s.show)
	s.Handle("POST "+one, need, s.edit)
	s.Handle("POST "+one+"/test", need, s.test)
	s.Handle("GET "+one+"/secret", need, s.askSecret)
	s.Handle("POST "+one+"/secret", need, s.rotate)
	s.Handle("GET "+one+"/remove", need, s.askRemove)
	s.Handle("POST "+one+"/remove", need, s.remove)
	s.Handle("GET "+one+"/deliveries", need, s.deliveries)
	s.Handle("GET "+delivery, need, s.delivery)
	s.Handle("POST "+delivery+"/again", need, s.again)
	const crm = "/p/{project}" + crmRoot
	s.Handle("GET "+crm, need, s.showCRM)
	s.Handle("POST "+crm, need, s.setCRM)
	s.Handle("GET "+crm+"/secret", need, s.askCRMSecret)
	s.Handle("POST "+crm+"/secret", need, s.rotateCRM)
	s.Handle("POST "+crm+"/ask", need, s.askCRM)
}

// page is one of the tabs of the settings.
func page(v *cabinet.Visit, here string) ui.Page {
	return ui.Page{Title: v.T("webhooks.title"), Section: sectionKey, Help: help.About(root), Tabs: []ui.Link{
		{Text: v.T("settings.tab_project"), Href: v.Path("/settings")},
		{Text: v.T("webhooks.title"), Href: v.Path(root), Here: here == root},
		{Text: v.T("webhooks.crm_tab"), Href: v.Path(crmRoot), Here: here == crmRoot},
	}}
}

// below is a page under the list, with the way back to it.
func below(v *cabinet.Visit, title string, more ...ui.Link) ui.Page {
	crumbs := []ui.Link{{Text: v.T("settings.section"), Href: v.Path("/settings")}, {Text: v.T("webhooks.title"), Href: v.Path(root)}}
	return ui.Page{Title: title, Section: sectionKey, Help: help.About(root), Narrow: true, Crumbs: append(crumbs, more...)}
}

func path(v *cabinet.Visit, id webhook.EndpointID) string { return v.Path(root + "/" + string(id)) }

var kindKeys = map[webhook.Kind][2]lang.Key{
	webhook.CallRinging:    {"webhooks.kind_ringing", "webhooks.kind_ringing_hint"},
	webhook.CallAttributed: {"webhooks.kind_attributed", "webhooks.kind_attributed_hint"},
	webhook.CallAnswered:   {"webhooks.kind_answered", "webhooks.kind_answered_hint"},
	webhook.CallEnded:      {"webhooks.kind_ended", "webhooks.kind_ended_hint"},
	webhook.CallMissed:     {"webhooks.kind_missed", "webhooks.kind_missed_hint"},
	webhook.RecordingReady: {"webhooks.kind_recording", "webhooks.kind_recording_hint"},
	webhook.VoicemailLeft:  {"webhooks.kind_voicemail", "webhooks.kind_voicemail_hint"},
	webhook.LeadCreated:    {"webhooks.kind_lead", "webhooks.kind_lead_hint"},
	webhook.LeadChanged:    {"webhooks.kind_lead_changed", "webhooks.kind_lead_changed_hint"},
	webhook.StateChanged:   {"webhooks.kind_state", "webhooks.kind_state_hint"},
	webhook.PaymentTaken:   {"webhooks.kind_payment", "webhooks.kind_payment_hint"},
	webhook.Test:           {"webhooks.kind_test", "webhooks.kind_test"},
}

func kindText(v *ui.View, k webhook.Kind) string { return v.T(kindKeys[k][0]) }

var stateKeys = map[webhook.State]struct {
	text lang.Key
	tone ui.Tone
}{
	webhook.Waiting: {"webhooks.state_waiting", ui.Notice}, webhook.Sent: {"webhooks.state_sent", ui.Good}, webhook.Failed: {"webhooks.state_failed", ui.Bad},
	webhook.Erased: {"webhooks.state_erased", ui.Neutral},
}

// stateOf is how a delivery stands: one that failed and is tried again is not merely waiting.
func stateOf(v *ui.View, d webhook.Delivery) cabinet.Cell {
	s := stateKeys[d.State]
	if d.State == webhook.Waiting && !d.TriedAt.IsZero() {
		return cabinet.Status(ui.Bad, v.T("webhooks.state_retry"))
	}
	return cabinet.Status(s.tone, v.T(s.text))
}

func healthOf(v *ui.View, e webhook.Endpoint) cabinet.Cell {
	switch {
	case e.OffWhy != "":
		return cabinet.Status(ui.Bad, v.T("webhooks.switched_off"))
	case !e.Enabled:
		return cabinet.Status(ui.Neutral, v.T("webhooks.off"))
	case !e.FailingAt.IsZero():
		return cabinet.Status(ui.Bad, v.T("webhooks.failing"))
	}
	return cabinet.Status(ui.Good, v.T("webhooks.on"))
}
