package access_test

import (
	"context"
	"maps"

	"bellwether/internal/billing"
	"bellwether/internal/job"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/number"
	"bellwether/internal/phone"
	"bellwether/internal/pricing"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// change is a change by a function of its domain.
type change func(ctx context.Context, tx *store.Tx) error

// told leaves out what a change answers besides its error.
func told[T any](_ T, err error) error { return err }

// changes are all changes behind the wall, by the names of their functions.
func (w *wall) changes() map[string]change {
	all := w.changesOfMoney()
	maps.Copy(all, w.changesOfHoldings())
	maps.Copy(all, w.changesOfNumbers())
	maps.Copy(all, w.changesOfProjects())
	return all
}

func (w *wall) changesOfMoney() map[string]change {
	type c = context.Context
	type x = *store.Tx
	b := w.billing
	payment := billing.Payment{ID: "p", Amount: 100 * money.Unit, Method: "bank"}
	return map[string]change{
		"billing.Pay": func(ctx c, tx x) error { return told(b.Pay(ctx, tx, "mine", payment, noon)) },
		"billing.Adjust": func(ctx c, tx x) error {
			return told(b.Adjust(ctx, tx, "mine", billing.Adjustment{ID: "a", Amount: 1, Reason: "r"}, noon))
		},
		"billing.Reverse": func(ctx c, tx x) error { return told(b.Reverse(ctx, tx, "mine", w.entry.ID, "r", noon)) },
		"billing.ReverseByKey": func(ctx c, tx x) error {
			return b.ReverseByKey(ctx, tx, "mine", billing.Reversal{Key: w.entry.Key, Reason: "r"}, noon)
		},
		"ledger.Reverse": func(ctx c, tx x) error {
			_, _, err := ledger.Reverse(ctx, tx, "mine", w.entry.ID, "k", noon, w.mine.Calendar.First(), "r")
			return err
		},
		"billing.Unsubscribe": func(ctx c, tx x) error { return b.Unsubscribe(ctx, tx, "mine", noon) },
		"billing.PayTerm":     func(ctx c, tx x) error { return told(b.PayTerm(ctx, tx, "mine", "t", 3, noon)) },
		"billing.SetState":    func(ctx c, tx x) error { return b.SetState(ctx, tx, "mine", billing.Suspended, noon) },
		"billing.Park":        func(ctx c, tx x) error { return b.Park(ctx, tx, "mine", "r", noon) },
		"billing.Unpark":      func(ctx c, tx x) error { return b.Unpark(ctx, tx, "mine", false, noon) },
		"billing.Forget":      func(ctx c, tx x) error { return billing.Forget(ctx, tx, "mine") },
		"ledger.SetOverdraft": func(ctx c, tx x) error { return ledger.SetOverdraft(ctx, tx, "mine", 5*money.Unit) },
		"ledger.Forget":       func(ctx c, tx x) error { return ledger.Forget(ctx, tx, "mine") },
		"ledger.Open": func(ctx c, tx x) error {
			return ledger.Open(ctx, tx, ledger.Account{Project: "shop", Currency: "UAH", OpenedAt: noon})
		},
	}
}

func (w *wall) changesOfHoldings() map[string]change {
	type c = context.Context
	type x = *store.Tx
	b := w.billing
	on := []billing.Switch{{Product: "call_tracking", On: true}}
	return map[string]change{
		"billing.SwitchProduct":        func(ctx c, tx x) error { return b.SwitchProduct(ctx, tx, "mine", "call_tracking", true, noon) },
		"billing.SwitchProducts":       func(ctx c, tx x) error { return b.SwitchProducts(ctx, tx, "mine", on, noon) },
		"billing.SetSeats":             func(ctx c, tx x) error { return b.SetSeats(ctx, tx, "mine", "virtual_pbx", 7, noon) },
		"billing.SetPackage":           func(ctx c, tx x) error { return b.SetPackage(ctx, tx, "mine", "calls", 0, noon) },
		"billing.AddUser":              func(ctx c, tx x) error { return told(b.AddUser(ctx, tx, "mine", "u", noon)) },
		"billing.AddUserForDifference": func(ctx c, tx x) error { return told(b.AddUserForDifference(ctx, tx, "mine", "u", noon)) },
		"billing.RemoveUser":           func(ctx c, tx x) error { return told(b.RemoveUser(ctx, tx, "mine", "u", noon)) },
		"billing.CountSessions":        func(ctx c, tx x) error { return b.CountSessions(ctx, tx, "mine", 9, noon) },
		"billing.ReportSessions": func(ctx c, tx x) error {
			return told(b.ReportSessions(ctx, tx, "mine", billing.SessionReport{ID: "s", Count: 9}, noon))
		},
		"billing.MoveBook":   func(ctx c, tx x) error { return b.MoveBook(ctx, tx, "mine", "2021-01-01", "", noon) },
		"billing.KeepBook":   func(ctx c, tx x) error { return b.KeepBook(ctx, tx, "mine", noon) },
		"billing.ChangeZone": func(ctx c, tx x) error { return b.ChangeZone(ctx, tx, "mine", "Europe/Warsaw", noon) },
		"billing.RentNumber": func(ctx c, tx x) error {
			return b.RentNumber(ctx, tx, "mine", pricing.Number{Number: spare, Owner: "operator", Kind: "local", Use: "pbx"}, noon)
		},
		"billing.ReleaseNumber": func(ctx c, tx x) error { return b.ReleaseNumber(ctx, tx, "mine", rented, noon) },
		"billing.SetNumberUse":  func(ctx c, tx x) error { return b.SetNumberUse(ctx, tx, "mine", rented, "tracking", noon) },
	}
}

func (w *wall) changesOfNumbers() map[string]change {
	type c = context.Context
	type x = *store.Tx
	n := w.numbers
	own := pricing.Number{Number: "+380441239999", Use: "pbx"}
	return map[string]change{
		"number.Rent": func(ctx c, tx x) error {
			return told(n.Rent(ctx, tx, "mine", number.Wish{Number: spare, Use: "pbx"}, "me", noon))
		},
		"number.Bring":    func(ctx c, tx x) error { return told(n.Bring(ctx, tx, "mine", own, "", "me", noon)) },
		"number.Release":  func(ctx c, tx x) error { return n.Release(ctx, tx, "mine", rented, "me", noon) },
		"number.SetLabel": func(ctx c, tx x) error { return n.SetLabel(ctx, tx, "mine", rented, "shop window") },
		"number.SetUse":   func(ctx c, tx x) error { return n.SetUse(ctx, tx, "mine", rented, "tracking", noon) },
		"number.Settle":   func(ctx c, tx x) error { return n.Settle(ctx, tx, "mine", noon) },
		"number.Add":      func(ctx c, tx x) error { return n.Add(ctx, tx, []number.Item{{Number: "+380441230003"}}, "me", noon) },
		"number.Retire":   func(ctx c, tx x) error { return told(n.Retire(ctx, tx, spare, "me", noon)) },
		"number.PutBack":  func(ctx c, tx x) error { return told(n.PutBack(ctx, tx, spare, "me", noon)) },
		"number.SetAside": func(ctx c, tx x) error { return told(n.SetAside(ctx, tx, spare, "me", noon)) },
		"number.Forget":   func(ctx c, tx x) error { return number.Forget(ctx, tx, "mine", []phone.Number{spare}) },
	}
}

func (w *wall) changesOfProjects() map[string]change {
	type c = context.Context
	type x = *store.Tx
	p := w.mine
	opening := project.Opening{ID: "new", Country: "UA", Currency: "UAH", TimeZone: "Europe/Kyiv", Book: "ringostat"}
	return map[string]change{
		"billing.Open":         func(ctx c, tx x) error { return told(w.billing.Open(ctx, tx, opening, 0, noon)) },
		"project.Create":       func(ctx c, tx x) error { return told(project.Create(ctx, tx, opening, noon)) },
		"project.Rename":       func(ctx c, tx x) error { return told(project.Rename(ctx, tx, "mine", "Taken")) },
		"project.ChangeZone":   func(ctx c, tx x) error { return told(project.ChangeZone(ctx, tx, p, "Europe/Warsaw", noon)) },
		"project.MoveBook":     func(ctx c, tx x) error { return told(project.MoveBook(ctx, tx, p, p.Books[0], noon)) },
		"project.KeepBook":     func(ctx c, tx x) error { return told(project.KeepBook(ctx, tx, p, p.Calendar.First())) },
		"project.SetLimits":    func(ctx c, tx x) error { return told(project.SetLimits(ctx, tx, "mine", project.Limits{})) },
		"project.SetAgency":    func(ctx c, tx x) error { return told(project.SetAgency(ctx, tx, "mine", "north")) },
		"project.MarkDemo":     func(ctx c, tx x) error { return project.MarkDemo(ctx, tx, "mine") },
		"project.CompleteDemo": func(ctx c, tx x) error { return project.CompleteDemo(ctx, tx, "mine") },
		"project.Forget":       func(ctx c, tx x) error { return project.Forget(ctx, tx, "mine") },
		"job.Ask": func(ctx c, tx x) error {
			_, _, err := job.Ask(ctx, tx, "verify", "mine", struct{}{}, "me", noon)
			return err
		},
		"job.Cancel": func(ctx c, tx x) error { return told(job.Cancel(ctx, tx, w.job.ID, noon)) },
	}
}
