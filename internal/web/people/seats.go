package people

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (s *section) handleSeats(p place) {
	view, edit := p.need(access.View, access.People), p.need(access.Edit, access.People)
	s.Handle("GET "+p.base+"/seats", view, s.seatsPage)
	s.Handle("GET "+p.base+"/seats/give", edit, s.askGive)
	s.Handle("POST "+p.base+"/seats/give", edit, s.give)
	s.Handle("GET "+p.base+"/seats/take", edit, s.askTake)
	s.Handle("POST "+p.base+"/seats/take", edit, s.take)
	s.Handle("GET "+p.base+"/seats/unused", edit, s.askTakeUnused)
	s.Handle("POST "+p.base+"/seats/unused", edit, s.takeUnused)
	s.Handle("GET "+p.base+"/seats/recount", edit, s.askRecount)
	s.Handle("POST "+p.base+"/seats/recount", edit, s.recount)
}

// seatsContent is what stands on the page of seats.
type seatsContent struct {
	tiles  []ui.Tile
	unused []deed
	today  []undoable
	table  ui.Table
}

// undoable is a change of today that can be taken back before midnight.
type undoable struct {
	Text   string
	At     time.Time
	Action string
	Fields []ui.Choice
}

// seatsPage is GET /people/seats: who has a seat of what, which are unused, and what was changed today.
func (s *section) seatsPage(v *cabinet.Visit) error {
	st, err := s.staff(v)
	if err != nil {
		return err
	}
	p, err := s.plan(v)
	if err != nil {
		return err
	}
	list := seatsList(v, p, st)
	if done, err := v.Export(list); done || err != nil {
		return err
	}
	c := seatsContent{}
	if c.table, err = v.Table(list); err != nil {
		return err
	}
	for _, l := range p.limits(v.View) {
		c.tiles = append(c.tiles, l.tile(v.View, p.Currency))
	}
	shown := page(v, "/seats", "seats")
	if v.May(access.Edit, access.People) {
		c.unused = unusedOf(v, p, st)
		if c.today, err = s.changedToday(v, p, st); err != nil {
			return err
		}
		if len(p.seated()) > 0 {
			shown.Actions = ui.Button{Text: v.T("people.seat_give"), Icon: ui.IconPlus, Kind: ui.Primary, Href: v.Path(root + "/seats/give"), Dialog: true}.Draw()
		}
	}
	return v.Render(shown, seatsOverview(c))
}

func seatsList(v *cabinet.Visit, p plan, st *staff) cabinet.List {
	var products []ui.Choice
	for _, product := range p.seated() {
		products = append(products, ui.Choice{Value: product.Name, Text: p.title(v.View, product.Name)})
	}
	spec := ui.TableSpec{
		Name: "seats", Sort: "name",
		Columns: []ui.Column{
			{Key: "name", Title: v.T("people.name"), Sortable: true, Fixed: true},
			{Key: "product", Title: v.T("people.product"), Sortable: true},
			{Key: "since", Title: v.T("people.seat_since"), Sortable: true},
			{Key: "seen", Title: v.T("people.seen"), Sortable: true},
			{Key: "use", Title: v.T("people.seat_use"), Sortable: true},
		},
		Filters: []ui.Filter{
			{Key: "use", Title: v.T("people.seat_use"), Choices: []ui.Choice{
				{Value: "used", Text: v.T("people.seat_used")}, {Value: "unused", Text: v.T("people.seat_unused")}, {Value: "blocked", Text: v.T("people.seat_blocked")},
			}},
		},
	}
	if len(products) > 0 {
		spec.Filters = append(spec.Filters, ui.Filter{Key: "product", Title: v.T("people.product"), Choices: products})
	}
	return cabinet.List{
		Spec: spec, Caption: v.T("people.seats"), Right: access.People, Count: v.N("people.seats_count", len(st.seats)), Short: true,
		Empty: ui.Empty{Icon: ui.IconPeople, Title: v.T("people.no_seats"), Text: v.T("people.no_seats_text")},
		Load: cabinet.Rows(func(_ context.Context, state ui.TableState) (rows []cabinet.Row, err error) {
			for _, seat := range st.seats {
				row, use := st.seatRow(v, p, seat)
				if want := state.Filters["use"]; want != "" && want != use {
					continue
				}
				if want := state.Filters["product"]; want == "" || want == seat.Product {
					rows = append(rows, row)
				}
			}
			return rows, nil
		}),
	}
}

func (st *staff) seatRow(v *cabinet.Visit, p plan, seat access.Seat) (row cabinet.Row, use string) {
	shown := cabinet.Status(ui.Good, v.T("people.seat_used"))
	use = "used"
	switch {
	case seat.Blocked:
		use, shown = "blocked", cabinet.Status(ui.Neutral, v.T("people.seat_blocked"))
	case seat.Unused(v.At):
		use, shown = "unused", cabinet.Status(ui.Warning, v.T("people.seat_unused"))
	}
	return cabinet.Row{
		ID: string(seat.User) + " " + seat.Product, Href: userPath(v, seat.User), Cells: map[string]cabinet.Cell{
			"name": cabinet.Text(st.nameOf(seat.User)), "product": cabinet.Text(p.title(v.View, seat.Product)), "since": cabinet.Moment(seat.Since),
			"seen": cabinet.Moment(seat.SeenAt), "use": shown,
		},
	}, use
}

// unusedOf points out seats that nobody sat on for 14 days, by product (Rule A-13).
func unusedOf(v *cabinet.Visit, p plan, st *staff) (list []deed) {
	for _, product := range p.seated() {
		if idle := st.idle(product.Name, v.At); len(idle) > 0 {
			sitting := make([]account.UserID, len(idle))
			for i, seat := range idle {
				sitting[i] = seat.User
			}
			list = append(list, deed{
				v.N("people.way_unused", len(idle), map[string]any{"Product": p.title(v.View, product.Name)}), st.names(sitting),
				ui.Button{Text: v.T("people.seat_take_unused"), Href: v.Path(root + "/seats/unused?product=" + product.Name), Dialog: true, Small: true},
			})
		}
	}
	return list
}

// idle are the seats of a product that nobody sat on for 14 days.
func (st *staff) idle(product string, at time.Time) []access.Seat {
	return idleOf(st.seats, product, at)
}

func idleOf(seats []access.Seat, product string, at time.Time) (list []access.Seat) {
	for _, seat := range seats {
		if seat.Product == product && seat.Unused(at) {
			list = append(list, seat)
		}
	}
	return list
}

// sitting are the users of seats, in the order of their ids.
func sitting(seats []access.Seat) (users []string) {
	for _, seat := range seats {
		users = append(users, string(seat.User))
	}
	slices.Sort(users)
	return users
}

// mostToday bounds how many of today's changes are offered for undoing.
const mostToday = 50

// changedToday are today's changes of seats that still stand, newest first, from the trail.
func (s *section) changedToday(v *cabinet.Visit, p plan, st *staff) (list []undoable, err error) {
	calendar := v.Project.Calendar
	var entries []audit.Entry
	err = v.Read(func(ctx context.Context, q store.Querier) error {
		entries, err = audit.List(ctx, q, audit.Filter{Org: &v.Org, Object: "seat", From: calendar.Start(calendar.DayAt(v.At))}, 0, mostToday)
		return err
	})
	if err != nil {
		return nil, err
	}
	told := map[string]bool{}
	for _, entry := range entries {
		var after struct{ Product string }
		if json.Unmarshal(entry.After, &after) != nil || told[entry.ObjectID+" "+after.Product] {
			continue
		}
		told[entry.ObjectID+" "+after.Product] = true
		if e, err := st.find(entry.ObjectID); err == nil && e.has(after.Product) == (entry.Action == "take") {
			list = append(list, undoOf(v, p, e, entry, after.Product))
		}
	}
	return list, nil
}

func (e employee) has(product string) bool {
	for _, seat := range e.Seats {
		if seat.Product == product {
			return true
		}
	}
	return false
}

func undoOf(v *cabinet.Visit, p plan, e employee, entry audit.Entry, product string) undoable {
	words := map[string]any{"Name": e.name(), "Product": p.title(v.View, product)}
	u := undoable{
		Text: v.T("people.seat_was_given", words), At: entry.At, Action: v.Path(root + "/seats/take"),
		Fields: []ui.Choice{{Value: "user", Text: string(e.User)}, {Value: "product", Text: product}, v.DayOf()},
	}
	if entry.Action != "take" {
		u.Text, u.Action = v.T("people.seat_was_taken", words), v.Path(root+"/seats/give")
	}
	return u
}

// seatSwitch is a product on the page of one member.
type seatSwitch struct {
	Title, Note string
	Switch      ui.SwitchView
}

// switches are the products an employee can have a seat of.
func switches(v *cabinet.Visit, p plan, e employee) (list []seatSwitch) {
	for _, product := range p.seated() {
		has := e.has(product.Name)
		if !p.isOn(product.Name) && !has {
			continue
		}
		one := seatSwitch{
			Title: p.title(v.View, product.Name), Note: v.T("people.seat_price", map[string]any{"Free": v.Int(int(product.Seats.Included)), "Price": v.Money(product.Seats.Monthly[p.Currency], p.Currency)}),
			Switch: ui.SwitchView{Label: p.title(v.View, product.Name), On: has, Href: seatPath(v, map[bool]string{true: "take", false: "give"}[has], e.User, product.Name)},
		}
		if !p.isOn(product.Name) {
			one.Note = v.T("people.seat_product_off")
		}
		if !v.May(access.Edit, access.People) || !e.active() {
			one.Switch.Href, one.Switch.Off = "", true
		}
		list = append(list, one)
	}
	return list
}

func seatPath(v *cabinet.Visit, what string, id account.UserID, product string) string {
	return v.Path(root + "/seats/" + what + "?user=" + string(id) + "&product=" + product)
}

// noProduct is the answer where a form names a product that has no seats.
func noProduct(product string) error {
	return errs.New(errs.Invalid, "people.no_product", "%.40q is not a product with seats", product).At("product")
}
