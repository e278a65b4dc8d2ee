package webhooks

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strings"

	"bellwether/internal/errs"
	"bellwether/internal/idem"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
	"bellwether/internal/webhook"
)

// formView is a webhook as it is filled in.
type formView struct {
	path, id, wrong, save string
	name, url             ui.Field
	kindsWrong            string
	kinds                 []ui.Check
	enabled               ui.Check

	isNew  bool
	secret string // that was just made
	facts  *factsView
}

// factsView is how a webhook is, and what may be done.
type factsView struct {
	state, made, since, both cabinet.Cell
	off                      string
	offText                  string
	test                     string // where its form leads
	deliveries               ui.Button
	rotate, remove           ui.Button
}

// asked is a webhook as it was posted.
func asked(v *cabinet.Visit, id webhook.EndpointID) webhook.Endpoint {
	e := webhook.Endpoint{ID: id, Name: v.R.PostFormValue("name"), URL: v.R.PostFormValue("url"), Enabled: v.R.PostFormValue("enabled") != ""}
	for _, k := range v.R.PostForm["kind"] {
		e.Kinds = append(e.Kinds, webhook.Kind(k))
	}
	return e
}

// view is the form of a webhook; wrong is why it was refused, or nil.
func view(v *cabinet.Visit, e webhook.Endpoint, wrong error) formView {
	f := formView{
		path: path(v, e.ID), save: v.T("webhooks.save"), isNew: e.ID == "",
		name:    ui.Field{ID: "name", Name: "name", Label: v.T("webhooks.name"), Hint: v.T("webhooks.name_hint"), Value: e.Name, Required: true, Longest: 100, Autocomplete: "off"},
		url:     ui.Field{ID: "url", Name: "url", Label: v.T("webhooks.url"), Hint: v.T("webhooks.url_hint"), Value: e.URL, Type: "url", Required: true, Longest: 500, Autocomplete: "off", Placeholder: "https://"},
		enabled: ui.Check{ID: "enabled", Name: "enabled", Label: v.T("webhooks.enabled"), Hint: v.T("webhooks.enabled_hint"), On: e.Enabled},
	}
	if f.isNew {
		f.path, f.save, f.id = v.Path(root+"/new"), v.T("webhooks.add"), rand.Text()
	}
	for _, k := range webhook.Kinds {
		f.kinds = append(f.kinds, ui.Check{
			ID: "kind-" + strings.ReplaceAll(string(k), ".", "-"), Name: "kind", Value: string(k), Label: kindText(v.View, k), Hint: v.T(kindKeys[k][1]), On: slices.Contains(e.Kinds, k),
		})
	}
	if wrong == nil {
		return f
	}
	message, _ := v.Error(wrong)
	refused := cabinet.NewForm(nil)
	_ = refused.Refuse(v, wrong, "name", "url", "kinds") // only errors of whoever fills it in come here
	f.name.Error, f.url.Error, f.kindsWrong = refused.Wrong["name"], refused.Wrong["url"], refused.Wrong["kinds"]
	if f.name.Error+f.url.Error+f.kindsWrong == "" {
		f.wrong = message
	}
	if f.kindsWrong != "" {
		f.kindsWrong = v.T("webhooks.choose_kind")
	}
	return f
}

// askNew is GET .../webhooks/new: what programs mostly want is chosen already.
func (s *section) askNew(v *cabinet.Visit) error {
	e := webhook.Endpoint{Enabled: true, Kinds: []webhook.Kind{webhook.CallRinging, webhook.CallAnswered, webhook.CallEnded}}
	return v.Render(below(v, v.T("webhooks.new")), webhookPage(view(v, e, nil)))
}

// longestFormID bounds the id of a form, in bytes.
const longestFormID = 100

// add is POST .../webhooks/new. The secret stands on the answer and nowhere else: whoever sends the form a second time is led to the
// webhook that the first made.
func (s *section) add(v *cabinet.Visit) error {
	id, wish := v.R.PostFormValue("id"), asked(v, "")
	if id == "" || len(id) > longestFormID {
		return errs.New(errs.Invalid, "people.bad_form", "the form has no id").At("id").Try("open the form anew")
	}
	var made webhook.Endpoint
	var secret string
	var answer idem.Answer
	err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		secret = ""
		request := idem.Hash([]byte(wish.Name), []byte(wish.URL), []byte(strings.Join(v.R.PostForm["kind"], "\n")))
		answer, err = idem.Do(ctx, tx, "cabinet/webhooks/"+v.Org.String(), id, request, func() (int, []byte, error) {
			made, secret, err = s.Webhooks.Add(ctx, tx, v.Permit, wish, v.At)
			return http.StatusOK, []byte(made.ID), err
		})
		return err
	})
	if kind := errs.KindOf(err); err != nil && (kind == errs.Invalid || kind == errs.Conflict) {
		return v.RenderWrong(below(v, v.T("webhooks.new")), webhookPage(view(v, wish, err)))
	}
	if err != nil {
		return err
	}
	s.Webhooks.Changed(v.Project.ID)
	if secret == "" {
		return v.Go(path(v, webhook.EndpointID(answer.Body)))
	}
	return s.render(v, made, secret)
}

func (s *section) chosen(v *cabinet.Visit) (e webhook.Endpoint, err error) {
	return e, v.Read(func(ctx context.Context, q store.Querier) (err error) {
		e, err = webhook.Get(ctx, q, v.Permit, webhook.EndpointID(v.R.PathValue("webhook")))
		return err
	})
}

// show is GET .../webhooks/{webhook}.
func (s *section) show(v *cabinet.Visit) error {
	e, err := s.chosen(v)
	if err != nil {
		return err
	}
	return s.render(v, e, "")
}

func (s *section) render(v *cabinet.Visit, e webhook.Endpoint, secret string) error {
	f := view(v, e, nil)
	f.secret, f.facts = secret, facts(v, e)
	return v.Render(below(v, e.Name), webhookPage(f))
}

func facts(v *cabinet.Visit, e webhook.Endpoint) *factsView {
	at := path(v, e.ID)
	f := &factsView{
		state: healthOf(v.View, e), made: cabinet.Moment(e.MadeAt), since: cabinet.Moment(e.FailingAt), test: at + "/test",
		deliveries: ui.Button{Text: v.T("webhooks.deliveries"), Href: at + "/deliveries"},
		rotate:     ui.Button{Text: v.T("webhooks.rotate"), Href: at + "/secret", Dialog: true},
		remove:     ui.Button{Text: v.T("webhooks.remove"), Kind: ui.Danger, Href: at + "/remove", Dialog: true},
	}
	if e.OldUntil.After(v.At) {
		f.both = cabinet.Moment(e.OldUntil)
	}
	switch e.OffWhy {
	case webhook.Gone:
		f.off, f.offText = v.T("webhooks.off_gone", lang.Values{"At": v.DateTime(e.OffAt)}), v.T("webhooks.off_text")
	case webhook.Failing:
		f.off, f.offText = v.T("webhooks.off_failing", lang.Values{"At": v.DateTime(e.OffAt), "Since": v.DateTime(e.FailingAt)}), v.T("webhooks.off_text")
	}
	return f
}

// edit is POST .../webhooks/{webhook}.
func (s *section) edit(v *cabinet.Visit) error {
	before, err := s.chosen(v)
	if err != nil {
		return err
	}
	wish := asked(v, before.ID)
	var after webhook.Endpoint
	err = v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		after, err = s.Webhooks.Edit(ctx, tx, v.Permit, wish, v.At)
		return err
	})
	if err != nil && errs.KindOf(err) == errs.Invalid {
		f := view(v, wish, err)
		f.facts = facts(v, before)
		return v.RenderWrong(below(v, before.Name), webhookPage(f))
	}
	if err != nil {
		return err
	}
	s.Webhooks.Changed(v.Project.ID)
	s.Wake()
	return v.Done(path(v, after.ID), ui.Toast{Text: v.T("webhooks.saved", lang.Values{"Name": after.Name})})
}

// test is POST .../webhooks/{webhook}/test: what the server answered is on the page that follows.
func (s *section) test(v *cabinet.Visit) error {
	d, err := s.Try(v.Context(), v.Permit, webhook.EndpointID(v.R.PathValue("webhook")))
	if err != nil {
		return err
	}
	text := v.T("webhooks.tested_none")
	if d.Status != 0 {
		text = v.T("webhooks.tested", lang.Values{"Status": d.Status})
	}
	return v.Done(deliveryPath(v, d), ui.Toast{Text: text})
}

// askSecret is GET .../webhooks/{webhook}/secret.
func (s *section) askSecret(v *cabinet.Visit) error {
	e, err := s.chosen(v)
	if err != nil {
		return err
	}
	ask := ui.Confirm{
		Title: v.T("webhooks.rotate_title", lang.Values{"Name": e.Name}), Text: v.T("webhooks.rotate_text"), Yes: v.T("webhooks.rotate"), No: path(v, e.ID), Action: path(v, e.ID) + "/secret",
	}
	return v.Render(below(v, ask.Title), ask.Draw())
}

// rotate is POST .../webhooks/{webhook}/secret: the new secret stands on the answer and nowhere else.
func (s *section) rotate(v *cabinet.Visit) error {
	var e webhook.Endpoint
	var secret string
	if err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		e, secret, err = s.Webhooks.Rotate(ctx, tx, v.Permit, webhook.EndpointID(v.R.PathValue("webhook")), v.At)
		return err
	}); err != nil {
		return err
	}
	return s.render(v, e, secret)
}

// askRemove is GET .../webhooks/{webhook}/remove.
func (s *section) askRemove(v *cabinet.Visit) error {
	e, err := s.chosen(v)
	if err != nil {
		return err
	}
	ask := ui.Confirm{
		Title: v.T("webhooks.remove_title", lang.Values{"Name": e.Name}), Text: v.T("webhooks.remove_text"), Yes: v.T("webhooks.remove"), No: path(v, e.ID), Danger: true, Action: path(v, e.ID) + "/remove",
	}
	return v.Render(below(v, ask.Title), ask.Draw())
}

// remove is POST .../webhooks/{webhook}/remove.
func (s *section) remove(v *cabinet.Visit) error {
	var e webhook.Endpoint
	if err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		e, err = s.Webhooks.Remove(ctx, tx, v.Permit, webhook.EndpointID(v.R.PathValue("webhook")), v.At)
		return err
	}); err != nil {
		return err
	}
	s.Webhooks.Changed(v.Project.ID)
	return v.Done(v.Path(root), ui.Toast{Text: v.T("webhooks.removed", lang.Values{"Name": e.Name})})
}
