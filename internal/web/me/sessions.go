package me

import (
	"context"
	"net/http"

	"bellwether/internal/account"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// showSessions lists where one is signed in.
func (m *pages) showSessions(v *cabinet.Visit) error {
	sessions, err := account.ListSessions(v.Context(), m.DB, v.User.ID, v.At)
	if err != nil {
		return err
	}
	p := page(v, v.T("me.sessions"))
	p.Lead, p.Help = v.T("me.sessions_lead"), sessionsArticle
	return v.Render(p, sessionsPage(sessions, v.Principal.Session.ID))
}

func (m *pages) endSession(v *cabinet.Visit) error {
	id := account.SessionID(v.R.PathValue("session"))
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		return account.EndSession(ctx, tx, self(v), v.User.ID, id, v.At)
	}); err != nil {
		return err
	}
	if id == v.Principal.Session.ID {
		v.End()
		return v.Go("/sign-in") // the stream of this page ends with it
	}
	m.RevokeSession(id)
	return v.Done("/me/sessions", ui.Toast{Text: v.T("me.session_ended")})
}

func (m *pages) endOthers(v *cabinet.Visit) error {
	if err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		return account.EndOtherSessions(ctx, tx, self(v), v.User.ID, v.Principal.Session.ID, v.At)
	}); err != nil {
		return err
	}
	return v.Done("/me/sessions", ui.Toast{Text: v.T("me.sessions_ended")})
}

func (m *pages) askEndView(v *cabinet.Visit) error {
	if v.Principal.Session.ViewingAs == "" {
		return v.Go("/")
	}
	return v.RenderStatus(http.StatusOK, ui.Page{Title: v.T("cabinet.end_view"), Narrow: true}, ui.Confirm{
		Title: v.T("cabinet.end_view"), Text: v.T("me.end_view_text"), Action: cabinet.EndViewPath, Yes: v.T("cabinet.end_view"), No: "/",
	}.Draw())
}

// endView makes an operator who viewed as somebody else be themselves again.
func (m *pages) endView(v *cabinet.Visit) error {
	if s := v.Principal.Session; s.ViewingAs != "" {
		err := v.Change(func(ctx context.Context, tx *store.Tx) error {
			return account.EndSession(ctx, tx, self(v), s.User, s.ID, v.At)
		})
		if err != nil && errs.CodeOf(err) != "account.no_session" {
			return err
		}
		v.End()
	}
	return v.Go("/")
}
