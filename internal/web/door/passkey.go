package door

import (
	"context"
	"net/http"

	"bellwether/internal/account"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
)

// beginPasskey tells the page's script what to ask the browser for.
func (d *door) beginPasskey(v *cabinet.Visit) error {
	var ceremony account.Ceremony
	err := v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		ceremony, err = d.Door.BeginPasskeySignIn(ctx, tx, v.From(), v.At)
		return err
	})
	if err != nil {
		slowDown(v, err)
		return err
	}
	return v.RenderJSON(http.StatusOK, ceremony)
}

// takePasskey lets in whoever's passkey signed.
func (d *door) takePasskey(v *cabinet.Visit) error {
	f := v.Form()
	entry, err := d.Door.FinishPasskeySignIn(v.Context(), v.From(), f.Raw("token"), []byte(f.Raw("answer")), v.At)
	if err != nil {
		return d.refuseSignIn(v, f, err)
	}
	return d.letIn(v, entry, backOf(f.Values))
}
