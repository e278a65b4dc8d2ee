package app

import (
	"context"

	"bellwether/internal/call"
	"bellwether/internal/lang"
	"bellwether/internal/mail"
	"bellwether/internal/pbx"
	"bellwether/internal/store"
)

// languageOf is the language that a project's employees are written to in, by its country.
func languageOf(country string) lang.Lang {
	switch country {
	case "UA":
		return "uk"
	case "RU", "BY", "KZ":
		return "ru"
	}
	return "en"
}

// mailVoicemail tells those whom the scheme names of a message. The mail leads to the call's page: whoever opens it has to be
// allowed to listen, also after years.
func (a *App) mailVoicemail(v pbx.Voicemail) {
	if len(v.Emails) == 0 {
		return
	}
	ctx := context.Background()
	err := a.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		p, err := a.Projects.Get(ctx, tx, v.Call.Project)
		if err != nil {
			return err
		}
		for _, to := range v.Emails {
			m := mail.Message{Kind: mail.Voicemail, To: to, Lang: languageOf(p.Country), Who: v.From, Place: p.Name, Path: voicemailPath(v.Call)}
			if err := a.Post.Send(ctx, tx, m); err != nil {
				return err
			}
		}
		return nil
	})
	a.complain("mailing a voicemail", err)
}

func voicemailPath(ref call.Ref) string {
	return "/p/" + string(ref.Project) + "/calls/" + ref.ID.String()
}
