package app

import (
	"context"

	"bellwether/internal/call"
	"bellwether/internal/lang"
	"bellwether/internal/mail"
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

// mailVoicemail tells those whom the scheme names of a message, in the transaction that keeps it. The mail leads to the call's page: whoever
// opens it has to be allowed to listen, also after years.
func (a *App) mailVoicemail(ctx context.Context, tx *store.Tx, m call.MessageLeft) error {
	p, err := a.Projects.Get(ctx, tx, m.Call.Project)
	if err != nil {
		return err
	}
	for _, to := range m.Emails {
		letter := mail.Message{Kind: mail.Voicemail, To: to, Lang: languageOf(p.Country), Who: m.From, Place: p.Name, Path: voicemailPath(m.Call)}
		if err := a.Post.Send(ctx, tx, letter); err != nil {
			return err
		}
	}
	return nil
}

func voicemailPath(ref call.Ref) string {
	return "/p/" + string(ref.Project) + "/calls/" + ref.ID.String()
}
