package people

import (
	"cmp"
	"slices"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/lang"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// limit is how many people a price includes, and how many there are.
type limit struct {
	Title string
	Free  int64 // pricebook.Unlimited for any number
	Used  int64
	Extra money.Micro // a month, for each above
	Off   bool        // the product is off: nobody is charged for
	Plan  bool        // of users of a plan, not of seats
}

// limits are the free-user limits of the price book: of each product with seats that is on or has seats given, or of the plan.
func (p plan) limits(v *ui.View) (list []limit) {
	if terms := p.Book.Terms; terms != nil {
		if chosen, ok := terms.Plan(p.name); ok {
			title := v.T("people.plan_users", map[string]any{"Plan": chosen.Title.In(string(v.Lang))})
			list = append(list, limit{Title: title, Free: chosen.FreeUsers, Used: int64(len(p.held.Users)), Extra: terms.ExtraUser[p.Currency], Plan: true})
		}
	}
	for _, product := range p.seated() {
		if used := p.held.Seats[product.Name]; used > 0 || p.isOn(product.Name) {
			list = append(list, limit{
				Title: v.T("people.product_seats", map[string]any{"Product": product.Title.In(string(v.Lang))}), Free: product.Seats.Included, Used: used,
				Extra: product.Seats.Monthly[p.Currency], Off: !p.isOn(product.Name),
			})
		}
	}
	return list
}

// above is how many are paid for.
func (l limit) above() int64 {
	if l.Free == pricebook.Unlimited || l.Off {
		return 0
	}
	return max(0, l.Used-l.Free)
}

// tile shows a limit and its use.
func (l limit) tile(v *ui.View, c money.Currency) ui.Tile {
	t := ui.Tile{Label: l.Title, Value: ui.Number(int(l.Used)), Change: v.T("people.unlimited")}
	switch {
	case l.Free == pricebook.Unlimited:
		return t
	case l.Off:
		t.Change = v.T("people.limit_off")
		return t
	case l.above() > 0:
		t.Change, t.Tone = v.N("people.above_limit", int(l.above())), ui.Warning
	default:
		t.Change, t.Tone = v.N("people.left_free", int(l.Free-l.Used)), ui.Good
	}
	further := lang.Key("people.extra_price")
	if l.Plan {
		further = "people.extra_user"
	}
	t.Than = v.T(further, map[string]any{"Free": v.Int(int(l.Free)), "Price": v.Money(l.Extra, c)})
	return t
}

// way is a way to pay less, by a preview of the very change.
type way struct {
	Text   string
	Saves  string // an amount, or the days that a paid term gets longer
	Button ui.Button
	amount money.Micro // over 30 days, for the order
}

// ways are the ways to save on people, the largest first.
func (s *section) ways(v *cabinet.Visit, p plan, st *staff) (list []way, err error) {
	for _, find := range []func(*cabinet.Visit, plan, *staff) ([]way, error){s.unusedSeats, s.unnamedSeats, s.goneUsers, s.idleUsers, s.longerTerm, s.cheaperPlan, s.cheaperVersion} {
		found, err := find(v, p, st)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	slices.SortStableFunc(list, func(a, b way) int { return cmp.Compare(b.amount, a.amount) })
	return list, nil
}

// saving computes what a change saves; ok is false where it saves nothing.
func (s *section) saving(v *cabinet.Visit, change billing.Change) (w way, ok bool, err error) {
	found, err := s.savings.of(v, change, func() (saving, error) {
		effect, err := s.Billing.Preview(v.Context(), s.DB, v.Project.ID, change, v.At)
		if err != nil {
			return saving{}, err
		}
		if before, after := effect.Before.PaidUntil, effect.After.PaidUntil; before != nil && after != nil {
			return saving{days: int(*after - *before)}, nil
		}
		return saving{amount: effect.Per30Days}, nil
	})
	switch {
	case err != nil:
		return way{}, false, err
	case found.days > 0:
		return way{Saves: v.N("people.saves_days", found.days), amount: money.Micro(found.days)}, true, nil
	}
	saves := v.T("people.saves", map[string]any{"Amount": v.Money(found.amount, v.Project.Currency)})
	return way{Saves: saves, amount: found.amount}, found.amount > 0, nil
}

// unusedSeats are seats that nobody sat on for 14 days (Rule A-13).
func (s *section) unusedSeats(v *cabinet.Visit, p plan, st *staff) (list []way, err error) {
	for _, product := range p.seated() {
		idle := int64(0)
		for _, seat := range st.seats {
			if seat.Product == product.Name && seat.Unused(v.At) {
				idle++
			}
		}
		if idle == 0 {
			continue
		}
		w, ok, err := s.saving(v, p.withSeats(st, map[string]int64{product.Name: -idle}))
		if err != nil {
			return nil, err
		}
		if ok {
			w.Text = v.N("people.way_unused", int(idle), map[string]any{"Product": p.title(v.View, product.Name)})
			w.Button = ui.Button{Text: v.T("people.way_unused_look"), Href: v.Path(root + "/seats?seats.f.use=unused"), Small: true}
			list = append(list, w)
		}
	}
	return list, nil
}

// unnamedSeats are seats that are counted though nobody has them: they were set as a number, by a program.
func (s *section) unnamedSeats(v *cabinet.Visit, p plan, st *staff) (list []way, err error) {
	for _, product := range p.seated() {
		spare := p.held.Seats[product.Name] - st.counted(product.Name)
		if spare <= 0 {
			continue
		}
		w, ok, err := s.saving(v, p.withSeats(st, map[string]int64{product.Name: 0}))
		if err != nil {
			return nil, err
		}
		if ok {
			w.Text = v.N("people.way_unnamed", int(spare), map[string]any{"Product": p.title(v.View, product.Name)})
			w.Button = ui.Button{Text: v.T("people.way_unnamed_do"), Href: v.Path(root + "/seats/recount?product=" + product.Name), Dialog: true, Small: true}
			list = append(list, w)
		}
	}
	return list, nil
}

// mostGone bounds the users of one preview.
const mostGone = 100

// goneUsers are paid users of a term who are blocked: one preview for all.
func (s *section) goneUsers(v *cabinet.Visit, p plan, st *staff) (list []way, err error) {
	var names []string
	var last employee
	for _, e := range st.people {
		if name := p.paidAs(e); !e.active() && name != "" && len(names) < mostGone {
			names, last = append(names, name), e
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	w, ok, err := s.savingUsers(v, p, names)
	if err != nil || !ok {
		return nil, err
	}
	w.Text = v.T("people.way_blocked", map[string]any{"Name": last.name()})
	w.Button = ui.Button{Text: v.T("people.way_blocked_do"), Href: userPath(v, last.User), Small: true}
	if len(names) > 1 {
		w.Text = v.N("people.way_blocked_many", len(names))
		w.Button = ui.Button{Text: v.T("people.way_unused_look"), Href: v.Path(root + "?f.state=blocked"), Small: true}
	}
	return []way{w}, nil
}

// cheaperPlan compares a month of the plan with a month of the others, at today's users.
func (s *section) cheaperPlan(v *cabinet.Visit, p plan, _ *staff) (list []way, err error) {
	if p.Book.Terms == nil {
		return nil, nil
	}
	users, shortest := int64(len(p.held.Users)), lengthOf(p.Book.Terms, 0).Months
	now, err := p.TermPrice(p.name, users, shortest)
	if err != nil {
		return nil, err
	}
	for _, other := range p.Book.Terms.Plans {
		quote, err := p.TermPrice(other.Name, users, shortest)
		if err != nil {
			return nil, err
		}
		if saves := (quote.Line.Amount - now.Line.Amount) / money.Micro(shortest); saves > 0 {
			w := way{
				Text:   v.N("people.way_plan", int(users), map[string]any{"Plan": other.Title.In(string(v.Lang))}),
				Saves:  v.T("people.saves_month", map[string]any{"Amount": v.Money(saves, p.Currency)}),
				amount: saves,
			}
			if v.May(access.Edit, access.Products) {
				w.Button = ui.Button{Text: v.T("people.way_unused_look"), Href: v.Path("/funds/products/plan?plan=" + other.Name), Dialog: true, Small: true}
			}
			list = append(list, w)
		}
	}
	return list, nil
}

// cheaperVersion compares the version of the book with newer ones in force.
func (s *section) cheaperVersion(v *cabinet.Visit, p plan, _ *staff) (list []way, err error) {
	today := v.Project.Calendar.DayAt(v.At)
	for _, book := range s.Books.Versions(p.Book.Name) {
		if book.Effective <= p.Book.Effective || book.Effective > today || p.Book.Terms != nil {
			continue
		}
		w, ok, err := s.saving(v, billing.Change{Version: book.Version})
		if err != nil {
			return nil, err
		}
		if ok {
			w.Text = v.T("people.way_version", map[string]any{"Date": v.DateLong(book.Effective)})
			if v.May(access.View, access.Book) {
				w.Button = ui.Button{Text: v.T("people.way_unused_look"), Href: v.Path("/funds/book/versions/" + book.Version), Small: true}
			}
			list = append(list, w)
		}
	}
	return list, nil
}
