package api

import (
	"context"
	"net/http"
	"time"

	"bellwether/internal/phone"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/webhook"
)

// CRMOwnerSettings say who is asked which employee a calling client belongs to.
type CRMOwnerSettings struct {
	URL     string `json:"url" maxLength:"500" example:"https://crm.example.com/owner" doc:"https (Rule W-01)"`
	Enabled bool   `json:"enabled" doc:"It is asked where the telephony settings have owner_first too (Rule T-05)"`
	WaitMS  int64  `json:"wait_ms,omitempty" minimum:"100" maximum:"3000" doc:"How long a call waits for the answer; 1000 where left out"`
}

// CRMOwnerWish is what is set, and whether the secret is made anew.
type CRMOwnerWish struct {
	CRMOwnerSettings
	NewSecret bool `json:"new_secret,omitempty" doc:"Makes the secret anew; the old one ends at once"`
}

// CRMOwnerSet is what was set, with the secret where it was just made.
type CRMOwnerSet struct {
	CRMOwnerSettings
	Secret string `json:"secret,omitempty" doc:"Shown this once: the first time, and where it was made anew"`
}

// withoutSecret is what is kept for a repetition of the request.
func (c CRMOwnerSet) withoutSecret() any { return CRMOwnerSet{CRMOwnerSettings: c.CRMOwnerSettings} }

// CRMOwnerAnswer is what the CRM said.
type CRMOwnerAnswer struct {
	Said     string           `json:"said,omitempty" doc:"Whom it named: an id, an extension or an e-mail"`
	Employee staff.EmployeeID `json:"employee,omitempty" doc:"Who that is; left out where it is nobody here"`
	Status   int              `json:"status,omitempty" doc:"Left out where there was no answer in time"`
	Answer   string           `json:"answer,omitempty" doc:"As it came, or why none did"`
	TookMS   int64            `json:"took_ms"`
}

func crmRoutes(a *API) {
	const tag, path = chapterWebhooks, "/v1/projects/{project}/crm-owner"
	read(a, route{method: http.MethodGet, path: path, id: "get-crm-owner", tag: tag, need: needHooks, summary: "See who is asked whose a calling client is"}, func(ctx context.Context, in *struct{ Of }) (CRMOwnerSettings, error) {
		p, err := a.permit(ctx, in.id())
		if err != nil {
			return CRMOwnerSettings{}, err
		}
		c, err := webhook.GetCRM(ctx, a.parts.DB, p)
		return viewCRM(c), err
	})
	write(a, route{
		method: http.MethodPut, path: path, id: "set-crm-owner", tag: tag, need: needHooks, ownRecord: true, summary: "Decide who is asked whose a calling client is",
		text: "While a client's call comes in, the CRM gets {\"kind\":\"owner\",\"client\",\"number\",\"origin\"}, signed as webhooks are, and answers {\"employee\":\"201\"}: an id, an extension or an e-mail; without it the scheme goes on (Rule W-12).",
	}, func(ctx context.Context, tx *store.Tx, in *struct {
		Of
		Body CRMOwnerWish
	},
	) (CRMOwnerSet, error) {
		p, err := a.permit(ctx, in.id())
		if err != nil {
			return CRMOwnerSet{}, err
		}
		c := webhook.CRM{URL: in.Body.URL, Enabled: in.Body.Enabled, Wait: time.Duration(in.Body.WaitMS) * time.Millisecond}
		secret, err := a.parts.Webhooks.SetCRM(ctx, tx, p, c, in.Body.NewSecret, a.now())
		if err != nil {
			return CRMOwnerSet{}, err
		}
		kept, err := webhook.GetCRM(ctx, tx, p)
		return CRMOwnerSet{viewCRM(kept), secret}, err
	})
	apart(a, route{method: http.MethodPost, path: path + "/test", id: "test-crm-owner", tag: tag, need: needHooks, ownRecord: true, summary: "Ask the CRM now, as a call would"}, func(ctx context.Context, in *struct {
		Of
		Body struct {
			Client string `json:"client" maxLength:"20" doc:"E.164"`
		}
	},
	) (CRMOwnerAnswer, error) {
		p, err := a.permit(ctx, in.id())
		if err != nil {
			return CRMOwnerAnswer{}, err
		}
		client, err := phone.Parse(in.Body.Client, "")
		if err != nil {
			return CRMOwnerAnswer{}, err
		}
		said, employee, err := a.parts.TryCRM(ctx, p, string(client))
		return CRMOwnerAnswer{Said: said.Employee, Employee: employee, Status: said.Status, Answer: said.Text, TookMS: said.Took.Milliseconds()}, err
	})
}

func viewCRM(c webhook.CRM) CRMOwnerSettings {
	return CRMOwnerSettings{URL: c.URL, Enabled: c.Enabled, WaitMS: c.Wait.Milliseconds()}
}
