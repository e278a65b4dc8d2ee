package people

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/idem"
	"bellwether/internal/lang"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// keyForm is an API key as it is filled in.
type keyForm struct {
	path  string
	id    string // by which a second sending is known
	name  ui.Field
	scope ui.Radio
	life  ui.Select
	wrong string
}

// lives are for how long a key can be made, in days.
var lives = []struct {
	value string
	days  int
	text  lang.Key
}{{"30", 30, "people.life_month"}, {"90", 90, "people.life_quarter"}, {"365", 365, "people.life_year"}, {"ever", 0, "people.life_ever"}}

func newKeyForm(v *cabinet.Visit, name, scope, life string, wrong error) keyForm {
	f := keyForm{
		path:  v.Path(root + "/keys/new"),
		id:    rand.Text(),
		name:  ui.Field{ID: "name", Name: "name", Label: v.T("people.key_name"), Hint: v.T("people.key_name_hint"), Value: name, Required: true, Longest: 100, Autocomplete: "off"},
		scope: ui.Radio{ID: "scope", Name: "scope", Label: v.T("people.scope"), Value: scope},
		life:  ui.Select{ID: "life", Name: "life", Label: v.T("people.life"), Hint: v.T("people.life_hint"), Value: life},
	}
	for _, one := range scopesOf(v) {
		f.scope.Choices = append(f.scope.Choices, ui.RadioChoice{Value: string(one), Text: v.T(scopeKeys[one]), Hint: v.T(scopeHintKeys[one])})
	}
	for _, one := range lives {
		f.life.Choices = append(f.life.Choices, ui.Choice{Value: one.value, Text: v.T(one.text)})
	}
	if wrong == nil {
		return f
	}
	message, _ := v.Error(wrong)
	switch errs.CodeOf(wrong) {
	case "account.bad_name":
		f.name.Error = v.T("people.key_bad_name")
	case "people.bad_life":
		f.life.Error = message
	case "account.bad_scope", "account.scope_needs_project", "account.scope_has_no_project":
		f.scope.Error = message
	default:
		f.wrong = message
	}
	return f
}

// askKey is GET /people/keys/new.
func (s *section) askKey(v *cabinet.Visit) error {
	return v.Render(below(v, "/keys", v.T("people.key_new"), "api-keys"), keyFormPage(newKeyForm(v, "", string(scopesOf(v)[0]), "90", nil)))
}

// makeKey is POST /people/keys/new, with id, name, scope and life. The secret stands on the answer and nowhere else: whoever
// sends the form a second time is led to the key that the first made.
func (s *section) makeKey(v *cabinet.Visit) error {
	name, scope, life := strings.TrimSpace(v.R.PostFormValue("name")), v.R.PostFormValue("scope"), v.R.PostFormValue("life")
	id := v.R.PostFormValue("id")
	if id == "" || len(id) > longestFormID {
		return errs.New(errs.Invalid, "people.bad_form", "the form has no id").At("id").Try("open the form anew")
	}
	var secret string
	var made account.Key
	var answer idem.Answer
	expires, err := expiry(v, life)
	if err == nil {
		err = v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
			secret = ""
			request := idem.Hash([]byte(name), []byte(scope), []byte(life))
			answer, err = idem.Do(ctx, tx, "cabinet/keys/"+v.Org.String(), id, request, func() (int, []byte, error) {
				secret, made, err = access.MakeKey(ctx, tx, v.Permit, s.Random, name, account.Scope(scope), expires, v.At)
				return http.StatusOK, []byte(made.ID), err
			})
			return err
		})
	}
	if errs.KindOf(err) == errs.Invalid {
		return v.RenderWrong(below(v, "/keys", v.T("people.key_new"), "api-keys"), keyFormPage(newKeyForm(v, name, scope, life, err)))
	}
	if err != nil {
		return err
	}
	if secret == "" {
		return v.Go(keyPath(v, account.KeyID(answer.Body)))
	}
	return s.showKey(v, made, secret)
}

// longestFormID bounds the id of a form, in bytes.
const longestFormID = 100

// expiry is the end of the last day of a life; the zero time for one that does not end.
func expiry(v *cabinet.Visit, life string) (time.Time, error) {
	for _, one := range lives {
		switch {
		case one.value == life && one.days == 0:
			return time.Time{}, nil
		case one.value == life:
			return civil.Midnight(v.Today()+civil.Date(one.days)+1, v.Zone()), nil
		}
	}
	return time.Time{}, errs.New(errs.Invalid, "people.bad_life", "%.20q is not a life of a key", life).At("life")
}
