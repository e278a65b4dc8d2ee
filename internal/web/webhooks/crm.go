package webhooks

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"bellwether/internal/courier"
	"bellwether/internal/errs"
	"bellwether/internal/help"
	"bellwether/internal/lang"
	"bellwether/internal/phone"
	"bellwether/internal/routing"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
	"bellwether/internal/webhook"
)

const crmRoot = "/settings/crm"

// crmView is the page of the question to a project's CRM (Rule W-12).
type crmView struct {
	path, wrong string
	url, wait   ui.Field
	enabled     ui.Check
	secret      string // that was just made

	unused string // leads to the switch without which no call asks; empty where it is on
	rotate ui.Button
	ask    string // where the form of a question leads; empty where nobody is asked
	client ui.Field
	said   *saidView
}

// saidView is what a CRM answered when it was asked now.
type saidView struct {
	tone         ui.Tone
	means        string
	status, took string
	answer       string
}

func crmPage(v *cabinet.Visit) ui.Page {
	p := page(v, crmRoot)
	p.Title, p.Lead, p.Narrow, p.Help = v.T("webhooks.crm_title"), v.T("webhooks.crm_lead"), true, help.About(crmRoot)
	return p
}

// crm reads whom the project asks, and draws it; secret is what was just made, or empty.
func (s *section) crm(v *cabinet.Visit, secret string) (f crmView, err error) {
	return f, v.Read(func(ctx context.Context, q store.Querier) error {
		c, err := webhook.GetCRM(ctx, q, v.Permit)
		if err != nil {
			return err
		}
		settings, err := routing.GetSettings(ctx, q, v.Project.ID)
		if err != nil {
			return err
		}
		f = crmForm(v, c, strconv.FormatInt(c.Wait.Milliseconds(), 10))
		f.secret = secret
		if c.Enabled && !settings.OwnerFirst {
			f.unused = v.Path("/telephony/settings")
		}
		if c.URL != "" {
			f.rotate = ui.Button{Text: v.T("webhooks.rotate"), Href: v.Path(crmRoot + "/secret"), Dialog: true}
		}
		if c.Enabled {
			f.ask = v.Path(crmRoot + "/ask")
		}
		return nil
	})
}

func crmForm(v *cabinet.Visit, c webhook.CRM, wait string) crmView {
	return crmView{
		path:    v.Path(crmRoot),
		url:     ui.Field{ID: "url", Name: "url", Label: v.T("webhooks.url"), Hint: v.T("webhooks.url_hint"), Value: c.URL, Type: "url", Required: true, Longest: 500, Autocomplete: "off", Placeholder: "https://"},
		wait:    ui.Field{ID: "wait_ms", Name: "wait_ms", Label: v.T("webhooks.crm_wait"), Hint: v.T("webhooks.crm_wait_hint"), Value: wait, Unit: v.T("webhooks.crm_unit"), Digits: true, Longest: 5, Autocomplete: "off"},
		enabled: ui.Check{ID: "enabled", Name: "enabled", Label: v.T("webhooks.crm_enabled"), Hint: v.T("webhooks.crm_enabled_hint"), On: c.Enabled},
		client:  ui.Field{ID: "client", Name: "client", Label: v.T("webhooks.crm_client"), Hint: v.T("webhooks.crm_client_hint"), Type: "tel", Required: true, Longest: 30, Autocomplete: "off"},
	}
}

// showCRM is GET /p/{project}/settings/crm.
func (s *section) showCRM(v *cabinet.Visit) error {
	f, err := s.crm(v, "")
	if err != nil {
		return err
	}
	return v.Render(crmPage(v), crmContent(f))
}

// waitIn reads milliseconds as they were typed: none for the usual ones, and what is no number as one that is refused.
func waitIn(text string) time.Duration {
	const digits = 16
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, digits)
	if err != nil || n == 0 {
		return -1
	}
	return time.Duration(n) * time.Millisecond
}

// setCRM is POST /p/{project}/settings/crm. The secret stands on the first answer and nowhere else.
func (s *section) setCRM(v *cabinet.Visit) error {
	form := v.Form()
	wish := webhook.CRM{URL: form.Get("url"), Enabled: form.Get("enabled") != "", Wait: waitIn(form.Get("wait_ms"))}
	secret, err := s.keepCRM(v, wish, false)
	if err != nil && errs.KindOf(err) == errs.Invalid {
		f, broken := s.crm(v, "")
		if broken != nil {
			return broken
		}
		typed := crmForm(v, wish, form.Get("wait_ms"))
		_ = form.Refuse(v, err, "url", "wait_ms") // only errors of whoever fills it in come here
		f.url, f.wait, f.enabled, f.wrong = typed.url, typed.wait, typed.enabled, form.Wrong[""]
		f.url.Error, f.wait.Error = form.Wrong["url"], form.Wrong["wait_ms"]
		return v.RenderWrong(crmPage(v), crmContent(f))
	}
	if err != nil {
		return err
	}
	if secret == "" {
		return v.Done(v.Path(crmRoot), ui.Toast{Text: v.T("webhooks.crm_saved")})
	}
	return s.showSecret(v, secret)
}

// keepCRM saves it, with a fresh secret where one is wanted or none was; a transaction that is tried again forgets the secret it made.
func (s *section) keepCRM(v *cabinet.Visit, c webhook.CRM, fresh bool) (secret string, err error) {
	return secret, v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		secret, err = s.Webhooks.SetCRM(ctx, tx, v.Permit, c, fresh, v.At)
		return err
	})
}

func (s *section) showSecret(v *cabinet.Visit, secret string) error {
	f, err := s.crm(v, secret)
	if err != nil {
		return err
	}
	return v.Render(crmPage(v), crmContent(f))
}

// askCRMSecret is GET /p/{project}/settings/crm/secret.
func (s *section) askCRMSecret(v *cabinet.Visit) error {
	ask := ui.Confirm{Title: v.T("webhooks.crm_rotate_title"), Text: v.T("webhooks.crm_rotate_text"), Yes: v.T("webhooks.rotate"), No: v.Path(crmRoot), Action: v.Path(crmRoot + "/secret")}
	p := crmPage(v)
	p.Title, p.Lead = ask.Title, ""
	return v.Render(p, ask.Draw())
}

// rotateCRM is POST /p/{project}/settings/crm/secret: what is set stays as it is.
func (s *section) rotateCRM(v *cabinet.Visit) error {
	var secret string
	err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		c, err := webhook.GetCRM(ctx, tx, v.Permit)
		if err != nil {
			return err
		}
		if c.URL == "" {
			return webhook.NobodyAsked()
		}
		secret, err = s.Webhooks.SetCRM(ctx, tx, v.Permit, c, true, v.At)
		return err
	})
	if err != nil {
		return err
	}
	return s.showSecret(v, secret)
}

// askCRM is POST /p/{project}/settings/crm/ask: the CRM is asked now, as a call would, and what it said is on the page.
func (s *section) askCRM(v *cabinet.Visit) error {
	f, err := s.crm(v, "")
	if err != nil {
		return err
	}
	f.client.Value = v.Form().Get("client")
	client, err := phone.Parse(f.client.Value, "")
	if err != nil {
		f.client.Error, _ = v.Error(err)
		return v.RenderWrong(crmPage(v), crmContent(f))
	}
	said, id, err := s.TryCRM(v.Context(), v.Permit, string(client))
	if err != nil {
		return err
	}
	if f.said, err = s.means(v, said, id); err != nil {
		return err
	}
	return v.Render(crmPage(v), crmContent(f))
}

// means says in words what an answer leads to.
func (s *section) means(v *cabinet.Visit, said courier.Said, id staff.EmployeeID) (*saidView, error) {
	out := &saidView{tone: ui.Notice, answer: said.Text, took: v.T("webhooks.ms", lang.Values{"Count": said.Took.Milliseconds()})}
	if said.Status != 0 {
		out.status = strconv.Itoa(said.Status) + " " + http.StatusText(said.Status)
	}
	switch {
	case !said.OK():
		out.tone, out.means = ui.Bad, v.T("webhooks.crm_failed")
	case said.Employee == "":
		out.means = v.T("webhooks.crm_nobody")
	case id == "":
		out.means = v.T("webhooks.crm_unknown", lang.Values{"Name": said.Employee})
	default:
		return out, v.Read(func(ctx context.Context, q store.Querier) error {
			e, err := staff.Get(ctx, q, v.Project.ID, id)
			out.tone, out.means = ui.Good, v.T("webhooks.crm_named", lang.Values{"Name": e.Name})
			return err
		})
	}
	return out, nil
}
