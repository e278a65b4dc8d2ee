package products_test

import (
	"context"
	"crypto/rand"
	"net/http"
	"testing"

	"bellwether/internal/access"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Whoever may change what is paid for and not see the funds is asked without amounts: neither what a day costs, nor the balance,
// nor how long it lasts.
func TestAmountsAreForThoseWhoSeeFunds(t *testing.T) {
	t.Parallel()
	r, k, i := open(t, "shop", "1000"), open(t, "line", "1000"), open(t, "store", "20000")
	r.stock(kyiv, second)
	k.stock("+74951234567")
	r.rent(kyiv, "pbx", "")
	r.turn("callback", true)
	for _, s := range []*shop{r, k, i} {
		s.blind(t)
	}
	for _, c := range []struct {
		s        *shop
		question string
	}{
		{r, "/numbers/rent/new?number=%2B380441234568&use=pbx"},
		{r, "/numbers/own/new?number=%2B380445556677&use=pbx"},
		{r, "/numbers/380441234567/use?use=tracking"},
		{r, "/numbers/380441234567/release"},
		{r, "/funds/products/switch/virtual_pbx?to=on"},
		{r, "/funds/products/switch/callback?to=off"},
		{r, "/funds/book/versions/2021-01-01/move"},
		{k, "/funds/products/packages/forwarding?minutes=5000"},
		{i, "/funds/products/term?months=6"},
	} {
		t.Run(c.question, func(t *testing.T) {
			lacks(t, c.s.get(t, c.question, http.StatusOK), "₴", "₽", "Funds last", "Tonight, for today")
		})
	}
	r.get(t, "/numbers/rent/new?number=%2B380441234568&use=pbx", http.StatusOK, "You have no right to see amounts")
	k.get(t, "/numbers/rent/new?number=%2B74951234567&use=pbx", http.StatusOK, "The balance does not cover it")
	form := fields(i.get(t, "/funds/products/term?months=6", http.StatusOK, "You have no right to see amounts"))
	i.post(t, "/funds/products/term", form, http.StatusOK, "The service is paid until")
}

// blind makes the visitor somebody who may do everything but look at the funds.
func (s *shop) blind(t *testing.T) {
	t.Helper()
	org := ident.ProjectOrg(s.id)
	var role access.Role
	s.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		if role, err = access.CopyRole(ctx, tx, s.Permit(org), rand.Reader, access.Owner, "Numbers and products", s.Now()); err != nil {
			return err
		}
		matrix := role.Matrix
		for _, a := range []access.Action{access.View, access.Edit, access.Delete, access.Export} {
			matrix = matrix.With(a, access.Funds, access.None)
		}
		role, err = access.EditRole(ctx, tx, s.Permit(org), role.ID, role.Version, "Numbers and products", matrix, s.Now())
		return err
	})
	s.owner = s.Member(org, role.ID)
}
