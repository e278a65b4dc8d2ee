package people

import (
	"context"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/errs"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// How one more user of a paid term is paid for (Rule B-51).
const (
	payByDays = "days" // when they come the term gets shorter
	payNow    = "now"  // the difference at once: the term stays as long as it is
)

// somebody stands in a preview for whoever will be invited.
const somebody = "somebody new"

// invitedBill says what one more user does to what is paid for users; of whoever may pay it asks how, where a term runs. Nothing is said
// outside books sold by term.
func (s *section) invitedBill(v *cabinet.Visit, f *inviteForm) error {
	p, err := s.plan(v)
	if err != nil || p.Book.Terms == nil {
		return err
	}
	f.effect = v.T("people.invite_paid", map[string]any{"Price": v.Money(p.Book.Terms.ExtraUser[p.Currency], p.Currency)})
	if !v.May(access.View, access.Funds) {
		return nil
	}
	change := billing.Change{AddUsers: []string{somebody}}
	shorter, err := s.Billing.Preview(v.Context(), s.DB, v.Project.ID, change, v.At)
	if err != nil || shorter.Before.PaidUntil == nil {
		return err
	}
	if *shorter.Before.PaidUntil == *shorter.After.PaidUntil {
		f.effect = v.T("people.invite_free")
		return nil
	}
	change.KeepTerm = true
	kept, err := s.Billing.Preview(v.Context(), s.DB, v.Project.ID, change, v.At)
	if err != nil {
		return err
	}
	before, after := v.Date(*shorter.Before.PaidUntil), v.Date(*shorter.After.PaidUntil)
	f.pay = ui.Radio{ID: "pay", Name: "pay", Label: v.T("people.invite_pay"), Value: payByDays, Choices: []ui.RadioChoice{{
		Value: payByDays, Text: v.T("people.invite_days"), Hint: v.T("people.invite_days_hint", map[string]any{"Before": before, "After": after}),
	}}}
	if v.May(access.Edit, access.Products) {
		amount := v.Money(-pricing.Sum(kept.AtOnce), p.Currency)
		f.pay.Choices = append(f.pay.Choices, ui.RadioChoice{
			Value: payNow, Text: v.T("people.invite_now", map[string]any{"Amount": amount}), Hint: v.T("people.invite_now_hint", map[string]any{"Day": before}),
		})
	}
	return nil
}

// payForInvited pays for whoever is invited at once and counts them by their address from now on; when they come they are the same user.
func (s *section) payForInvited(ctx context.Context, tx *store.Tx, v *cabinet.Visit, email string) error {
	if !v.May(access.Edit, access.Products) {
		return errs.New(errs.Denied, "access.denied", "paying for users is not yours to do").At("pay").Try("let the paid term get shorter instead")
	}
	held, err := billing.GetConfiguration(ctx, tx, v.Project.ID)
	if err != nil || len(held.UsersNamed(email)) > 0 {
		return err // they are paid for already
	}
	charged, err := s.Billing.AddUserForDifference(ctx, tx, v.Project.ID, email, v.At)
	if err != nil {
		return err
	}
	return v.Record(ctx, tx, audit.Change{Object: "term", ObjectID: email, Action: "pay", After: map[string]any{"charged": charged, "email": email}})
}

// uncountInvited takes somebody whose invitation is taken back off the paid users: the term gets longer again. Whoever came by another way stays.
func (s *section) uncountInvited(ctx context.Context, tx *store.Tx, v *cabinet.Visit, email string) error {
	if !isProject(v) {
		return nil
	}
	u, err := account.FindUser(ctx, tx, email)
	if err == nil {
		_, err = access.GetMember(ctx, tx, v.Org, u.ID)
	}
	if errs.KindOf(err) != errs.NotFound {
		return err
	}
	held, err := billing.GetConfiguration(ctx, tx, v.Project.ID)
	if err != nil {
		return err
	}
	for _, name := range held.UsersNamed(email) {
		if err := s.uncount(ctx, tx, v, name); err != nil {
			return err
		}
	}
	return nil
}
