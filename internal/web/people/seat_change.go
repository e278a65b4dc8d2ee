package people

import (
	"context"
	"slices"
	"strconv"

	"bellwether/internal/access"
	"bellwether/internal/audit"
	"bellwether/internal/billing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// seatWish is a seat that somebody is to be given, or that is to be taken from them.
type seatWish struct {
	st      *staff
	plan    plan
	e       employee
	product string
}

// wish reads which seat of whom a request is about.
func (s *section) wish(v *cabinet.Visit, user, product string) (w seatWish, err error) {
	if w.st, err = s.staff(v); err != nil {
		return w, err
	}
	if w.plan, err = s.plan(v); err != nil {
		return w, err
	}
	if w.e, err = w.st.find(user); err != nil {
		return w, err
	}
	if found, ok := w.plan.Book.Product(product); !w.e.has(product) && (!ok || found.Seats == nil) {
		return w, noProduct(product)
	}
	w.product = product
	return w, nil
}

func (w seatWish) words(v *cabinet.Visit) map[string]any {
	return map[string]any{"Name": w.e.name(), "Product": w.plan.title(v.View, w.product)}
}

// askSeat is the question before a seat is given or taken: more says how many there will be more.
func (s *section) askSeat(v *cabinet.Visit, w seatWish, ask ui.Confirm, more int64) error {
	bill, err := s.rehearse(v, w.plan.withSeats(w.st, map[string]int64{w.product: more}))
	if err != nil {
		return err
	}
	ask.Effect, ask.No = bill.lines, v.Path(root+"/seats")
	ask.Fields = []ui.Choice{{Value: "user", Text: string(w.e.User)}, {Value: "product", Text: w.product}, v.DayOf()}
	return v.Render(below(v, "/seats", ask.Title, "seats"), ask.Draw())
}

// askGive is GET /people/seats/give: who is to get a seat of what; with ?user= and ?product=, what that does to the bill.
func (s *section) askGive(v *cabinet.Visit) error {
	user, product := v.URL.Query().Get("user"), v.URL.Query().Get("product")
	if user == "" || product == "" {
		return s.chooseSeat(v, user, product)
	}
	w, err := s.wish(v, user, product)
	if err != nil {
		return err
	}
	if w.e.has(product) {
		return v.Render(below(v, "/seats", v.T("people.seat_give"), "seats"), ui.Callout(ui.Notice, v.T("people.seat_has", w.words(v))))
	}
	return s.askSeat(v, w, ui.Confirm{
		Title: v.T("people.seat_give_title", w.words(v)), Text: v.T("people.seat_give_text"), Action: v.Path(root + "/seats/give"), Yes: v.T("people.seat_give"),
	}, 1)
}

func (s *section) chooseSeat(v *cabinet.Visit, user, product string) error {
	st, err := s.staff(v)
	if err != nil {
		return err
	}
	p, err := s.plan(v)
	if err != nil {
		return err
	}
	people := ui.Select{ID: "seat-user", Name: "user", Label: v.T("people.employee"), Choices: st.heirs(""), Value: user}
	products := ui.Select{ID: "seat-product", Name: "product", Label: v.T("people.product"), Value: product}
	for _, one := range p.seated() {
		if p.isOn(one.Name) {
			products.Choices = append(products.Choices, ui.Choice{Value: one.Name, Text: p.title(v.View, one.Name)})
		}
	}
	return v.Render(below(v, "/seats", v.T("people.seat_give"), "seats"), giveForm(v.Path(root+"/seats/give"), people, products))
}

// give is POST /people/seats/give, with user and product.
func (s *section) give(v *cabinet.Visit) error {
	if err := sameDay(v); err != nil {
		return err
	}
	w, err := s.wish(v, v.R.PostFormValue("user"), v.R.PostFormValue("product"))
	if err != nil {
		return err
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		return access.TakeSeat(ctx, tx, v.Permit, s.Billing, w.e.User, w.product, v.At)
	})
	if err != nil {
		return err
	}
	return s.seatDone(v, w, v.T("people.seat_given", w.words(v)), "take")
}

// askTake is GET /people/seats/take?user=&product=: what taking a seat does to the bill.
func (s *section) askTake(v *cabinet.Visit) error {
	w, err := s.wish(v, v.URL.Query().Get("user"), v.URL.Query().Get("product"))
	if err != nil {
		return err
	}
	more := int64(0)
	if w.e.active() && w.e.has(w.product) {
		more = -1
	}
	return s.askSeat(v, w, ui.Confirm{
		Title: v.T("people.seat_take_title", w.words(v)), Text: v.T("people.seat_take_text"), Action: v.Path(root + "/seats/take"), Yes: v.T("people.seat_take"),
	}, more)
}

// take is POST /people/seats/take, with user and product.
func (s *section) take(v *cabinet.Visit) error {
	if err := sameDay(v); err != nil {
		return err
	}
	w, err := s.wish(v, v.R.PostFormValue("user"), v.R.PostFormValue("product"))
	if err != nil {
		return err
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		return access.LeaveSeat(ctx, tx, v.Permit, s.seats(), w.e.User, w.product, v.At)
	})
	if err != nil {
		return err
	}
	return s.seatDone(v, w, v.T("people.seat_taken", w.words(v)), "give")
}

func (s *section) seatDone(v *cabinet.Visit, w seatWish, text, undo string) error {
	return v.Done(v.Path(root+"/seats"), ui.Toast{
		Text: text, Undo: v.Path(root + "/seats/" + undo), Fields: []ui.Choice{{Value: "user", Text: string(w.e.User)}, {Value: "product", Text: w.product}, v.DayOf()},
	})
}

// seatsOf reads everything about the seats of the product a request names.
func (s *section) seatsOf(v *cabinet.Visit, product string) (st *staff, p plan, err error) {
	if st, err = s.staff(v); err != nil {
		return nil, p, err
	}
	if p, err = s.plan(v); err != nil {
		return nil, p, err
	}
	if found, ok := p.Book.Product(product); !ok || found.Seats == nil {
		return nil, p, noProduct(product)
	}
	return st, p, nil
}

// askTakeUnused is GET /people/seats/unused?product=: what taking all unused seats of a product saves.
func (s *section) askTakeUnused(v *cabinet.Visit) error {
	product := v.URL.Query().Get("product")
	st, p, err := s.seatsOf(v, product)
	if err != nil {
		return err
	}
	idle := st.idle(product, v.At)
	bill, err := s.rehearse(v, p.withSeats(st, map[string]int64{product: -int64(len(idle))}))
	if err != nil {
		return err
	}
	ask := ui.Confirm{
		Title: v.N("people.unused_ask", len(idle), map[string]any{"Product": p.title(v.View, product)}), Text: v.T("people.unused_text"), Effect: bill.lines,
		Action: v.Path(root + "/seats/unused"), Fields: []ui.Choice{{Value: "product", Text: product}, v.DayOf()}, Yes: v.T("people.seat_take_unused"), No: v.Path(root + "/seats"),
	}
	for _, user := range sitting(idle) {
		ask.Fields = append(ask.Fields, ui.Choice{Value: "user", Text: user})
	}
	return v.Render(below(v, "/seats", ask.Title, "seats"), ask.Draw())
}

// takeUnused is POST /people/seats/unused, with product and each user whose seat was shown. Each can be given back before
// midnight.
func (s *section) takeUnused(v *cabinet.Visit) error {
	if err := sameDay(v); err != nil {
		return err
	}
	product := v.R.PostFormValue("product")
	_, p, err := s.seatsOf(v, product)
	if err != nil {
		return err
	}
	shown := slices.Sorted(slices.Values(v.R.PostForm["user"]))
	var idle []access.Seat
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		seats, err := access.Seats(ctx, tx, v.Permit)
		if err != nil {
			return err
		}
		if idle = idleOf(seats, product, v.At); !slices.Equal(sitting(idle), shown) {
			return seatsChanged("user")
		}
		for _, seat := range idle {
			if err := access.LeaveSeat(ctx, tx, v.Permit, s.seats(), seat.User, product, v.At); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return v.Done(v.Path(root+"/seats"), ui.Toast{Text: v.N("people.unused_done", len(idle), map[string]any{"Product": p.title(v.View, product)})})
}

// askRecount is GET /people/seats/recount?product=: what counting only the seats that somebody has does to the bill.
func (s *section) askRecount(v *cabinet.Visit) error {
	product := v.URL.Query().Get("product")
	st, p, err := s.seatsOf(v, product)
	if err != nil {
		return err
	}
	bill, err := s.rehearse(v, billing.Change{Seats: map[string]int64{product: st.counted(product)}})
	if err != nil {
		return err
	}
	ask := ui.Confirm{
		Title: v.T("people.recount_title", map[string]any{"Product": p.title(v.View, product)}), Text: v.T("people.recount_text"), Effect: bill.lines,
		Action: v.Path(root + "/seats/recount"), Yes: v.T("people.recount_do"), No: v.Path(root),
		Fields: []ui.Choice{
			{Value: "product", Text: product},
			v.DayOf(),
			{Value: "before", Text: strconv.FormatInt(p.held.Seats[product], 10)},
			{Value: "after", Text: strconv.FormatInt(st.counted(product), 10)},
		},
	}
	ask.Effect = append([]ui.Effect{{Text: v.T("people.recount_seats"), Before: v.Int(int(p.held.Seats[product])), After: v.Int(int(st.counted(product)))}}, bill.lines...)
	return v.Render(below(v, "/seats", ask.Title, "seats"), ask.Draw())
}

// recount is POST /people/seats/recount, with product and the counts before and after that were shown. The change is recorded
// here: it is of a number that a program set.
func (s *section) recount(v *cabinet.Visit) error {
	if err := sameDay(v); err != nil {
		return err
	}
	product := v.R.PostFormValue("product")
	_, p, err := s.seatsOf(v, product)
	if err != nil {
		return err
	}
	var after int64
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		if _, err := v.Permit.May(access.Edit, access.People); err != nil {
			return err
		}
		seats, err := access.Seats(ctx, tx, v.Permit)
		if err != nil {
			return err
		}
		held, err := billing.GetConfiguration(ctx, tx, v.Project.ID)
		if err != nil {
			return err
		}
		before := held.Seats[product]
		after = countedOf(seats, product)
		if strconv.FormatInt(before, 10) != v.R.PostFormValue("before") || strconv.FormatInt(after, 10) != v.R.PostFormValue("after") {
			return seatsChanged("after")
		}
		if err := s.Billing.SetSeats(ctx, tx, v.Project.ID, product, after, v.At); err != nil {
			return err
		}
		return v.Record(ctx, tx, recounted(product, before, after))
	})
	if err != nil {
		return err
	}
	return v.Done(v.Path(root+"/seats"), ui.Toast{Text: v.N("people.recount_done", int(after), map[string]any{"Product": p.title(v.View, product)})})
}

// recounted is the trail's word for it.
func recounted(product string, before, after int64) audit.Change {
	return audit.Change{Object: "seat", ObjectID: product, Action: "recount", Before: map[string]int64{"seats": before}, After: map[string]int64{"seats": after}}
}
