package telephony

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/dialplan"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/routing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

func (p *pages) planRoutes() {
	view, edit := cabinet.Project(access.View, access.Schemes), cabinet.Project(access.Edit, access.Schemes)
	p.Handle("GET "+base+"/hours", view, p.hours)
	p.Handle("POST "+base+"/hours", edit, p.setHours)
	p.Handle("GET "+base+"/numbers", view, p.numbers)
	p.Handle("GET "+base+"/numbers/{number}", edit, p.askScheme)
	p.Handle("POST "+base+"/numbers/{number}", edit, p.setScheme)
	p.Handle("GET "+base+tryPath, view, p.tried)
	p.Handle("GET "+base+"/blocked", view, p.blocked)
	p.Handle("GET "+base+"/blocked/new", edit, p.askBlock)
	p.Handle("POST "+base+"/blocked/new", edit, p.block)
	p.Handle("POST "+base+"/blocked/remove", edit, p.unblock)
	p.Handle("GET "+base+"/settings", cabinet.Project(access.View, access.Telephony), p.settings)
	p.Handle("POST "+base+"/settings", cabinet.Project(access.Edit, access.Telephony), p.setSettings)
}

// week is the days as they stand on the page, with their names.
var week = []struct {
	day  dialplan.Day
	text lang.Key
}{
	{"mon", "telephony.mon"},
	{"tue", "telephony.tue"},
	{"wed", "telephony.wed"},
	{"thu", "telephony.thu"},
	{"fri", "telephony.fri"},
	{"sat", "telephony.sat"},
	{"sun", "telephony.sun"},
}

// hoursView is what stands on the page of working hours.
type hoursView struct {
	path, wrong string
	seen        string // the revision that the reader saw
	off         bool
	days        []ui.Field
	holidays    []holidayLine
	now         string
	open        bool
}

// holidayLine is a holiday as it is filled in.
type holidayLine struct {
	date, name, open ui.Field
	yearly           ui.Check
	out              ui.Button
}

func holidayName(i int, name string) string { return fmt.Sprintf("holiday.%d.%s", i, name) }

func dayName(d dialplan.Day) string { return "day." + string(d) }

// hoursForm is a form with working hours in it.
func hoursForm(h dialplan.BusinessHours) *cabinet.Form {
	f := cabinet.NewForm(nil)
	for _, d := range week {
		var spans []dialplan.Span
		for _, shift := range h.Week {
			if slices.Contains(shift.Days, d.day) {
				spans = append(spans, shift.Span)
			}
		}
		f.Values.Set(dayName(d.day), dialplan.SpansText(spans))
	}
	writeHolidays(f, h.Holidays)
	return f
}

func writeHolidays(f *cabinet.Form, list []dialplan.Holiday) {
	for i := range len(list) + 1 {
		for _, name := range []string{"date", "name", "open", "yearly"} {
			f.Values.Del(holidayName(i, name))
		}
	}
	f.Values.Set("holidays", itoa(len(list)))
	for i, h := range list {
		f.Values.Set(holidayName(i, "date"), h.Date)
		f.Values.Set(holidayName(i, "name"), h.Name)
		f.Values.Set(holidayName(i, "open"), dialplan.SpansText(h.Open))
		if h.Yearly {
			f.Values.Set(holidayName(i, "yearly"), "on")
		}
	}
}

// hoursOf reads a form: days with the same hours are one shift.
func hoursOf(f *cabinet.Form) (h dialplan.BusinessHours) {
	for _, d := range week {
		for _, span := range dialplan.ReadSpans(f.Get(dayName(d.day))) {
			i := slices.IndexFunc(h.Week, func(s dialplan.Shift) bool { return s.Span == span })
			if i < 0 {
				h.Week = append(h.Week, dialplan.Shift{Days: []dialplan.Day{d.day}, Span: span})
				continue
			}
			h.Week[i].Days = append(h.Week[i].Days, d.day)
		}
	}
	h.Holidays = holidaysOf(f)
	return h
}

func holidaysOf(f *cabinet.Form) (list []dialplan.Holiday) {
	const most = 400
	for i := range min(max(number(f, "holidays"), 0)+1, most) {
		get := func(name string) string { return f.Get(holidayName(i, name)) }
		if get("date") != "" {
			list = append(list, dialplan.Holiday{Date: get("date"), Name: get("name"), Yearly: get("yearly") != "", Open: dialplan.ReadSpans(get("open"))})
		}
	}
	return list
}

func (p *pages) hoursView(v *cabinet.Visit, kept dialplan.BusinessHours, f *cabinet.Form) hoursView {
	view := hoursView{path: v.Path(root + "/hours"), seen: f.Get(seenField), wrong: f.Wrong[""], off: !can(v, access.Schemes)}
	away := v.T("telephony.day_off")
	if len(kept.Week) == 0 {
		away = v.T("telephony.day_any")
	}
	for _, d := range week {
		one := field(f, dayName(d.day), v.T(d.text), "")
		one.Placeholder, one.Off = away, view.off
		view.days = append(view.days, one)
	}
	n := max(number(f, "holidays"), 0)
	for i := range n + 1 {
		line := holidayLine{
			date: field(f, holidayName(i, "date"), v.T("telephony.holiday_date"), ""), name: field(f, holidayName(i, "name"), v.T("telephony.holiday_name"), ""),
			open: field(f, holidayName(i, "open"), v.T("telephony.holiday_open"), ""), yearly: tick(f, holidayName(i, "yearly"), v.T("telephony.yearly"), ""),
		}
		line.date.Type, line.open.Placeholder = "date", v.T("telephony.day_off")
		if i < n {
			line.out = ui.Button{Text: v.T("telephony.drop"), Icon: ui.IconClose, Bare: true, Small: true, Kind: ui.Quiet, Name: "do", Value: fmt.Sprintf("drop:%d", i)}
		}
		line.date.Off, line.name.Off, line.open.Off, line.yearly.Off = view.off, view.off, view.off, view.off
		view.holidays = append(view.holidays, line)
	}
	zone := v.Project.Calendar.Zone(v.Project.Calendar.DayAt(v.At))
	opening := kept.At(v.At, zone)
	view.open, view.now = opening.Open, v.T("telephony.closed_now", lang.Values{"Time": v.At.In(zone).Format("15:04"), "Zone": zone.String()})
	if opening.Open {
		view.now = v.T("telephony.open_now", lang.Values{"Time": v.At.In(zone).Format("15:04"), "Zone": zone.String()})
	}
	return view
}

func (p *pages) keptHours(v *cabinet.Visit) (h dialplan.BusinessHours, err error) {
	return h, v.Read(func(ctx context.Context, q store.Querier) (err error) {
		h, err = routing.Hours(ctx, q, v.Project.ID)
		return err
	})
}

// hours is GET /telephony/hours.
func (p *pages) hours(v *cabinet.Visit) error {
	kept, err := p.keptHours(v)
	if err != nil {
		return err
	}
	return v.Render(page(v, "/hours"), hoursPage(p.hoursView(v, kept, seenForm(hoursForm(kept), routing.HoursRevision(kept)))))
}

// setHours is POST /telephony/hours: a field a day with its hours, and lines of holidays.
func (p *pages) setHours(v *cabinet.Visit) error {
	kept, err := p.keptHours(v)
	if err != nil {
		return err
	}
	f := v.Form()
	if d := readDeed(f); d.verb == "drop" {
		writeHolidays(f, cabinet.Rearrange(holidaysOf(f), d.verb, d.at))
		return v.Render(page(v, "/hours"), hoursPage(p.hoursView(v, kept, f)))
	}
	wish := hoursOf(f)
	err = v.Change(func(ctx context.Context, tx *store.Tx) (err error) {
		if kept, err = routing.Hours(ctx, tx, v.Project.ID); err != nil {
			return err
		}
		if err := routing.HoursSeenAs(kept, f.Get(seenField)); err != nil {
			return err
		}
		return p.Routing.SetHours(ctx, tx, v.Permit, wish, v.At)
	})
	if errs.CodeOf(err) == "routing.hours_changed" {
		seenForm(f, routing.HoursRevision(kept)) // whoever was told and saves again means it
		f.Wrong[""], _ = v.Error(err)
		return v.RenderWrong(page(v, "/hours"), hoursPage(p.hoursView(v, kept, f)))
	}
	if problems := dialplan.Problems(err); len(problems) > 0 && errs.KindOf(problems[0]) == errs.Invalid {
		placeHours(v, f, wish, problems)
		return v.RenderWrong(page(v, "/hours"), hoursPage(p.hoursView(v, kept, f)))
	}
	if err != nil {
		return err
	}
	p.Routing.Changed(v.Project.ID)
	return v.Done(v.Path(root+"/hours"), ui.Toast{Text: v.T("telephony.hours_saved")})
}

// placeHours puts what is wrong with working hours beside the field it was written in.
func placeHours(v *cabinet.Visit, f *cabinet.Form, wish dialplan.BusinessHours, problems []*errs.Error) {
	for _, problem := range problems {
		var i int
		placed := false
		if _, err := fmt.Sscanf(problem.Where, "week[%d]", &i); err == nil && i < len(wish.Week) {
			for _, day := range wish.Week[i].Days {
				f.Wrong[dayName(day)], placed = v.T("telephony.bad_hours"), true
			}
		}
		if _, err := fmt.Sscanf(problem.Where, "holidays[%d]", &i); err == nil {
			name, text := "date", v.T("telephony.bad_date")
			if strings.Contains(problem.Where, "open") {
				name, text = "open", v.T("telephony.bad_hours")
			}
			f.Wrong[holidayName(i, name)], placed = text, true
		}
		if !placed {
			f.Wrong[""], _ = v.Error(problem)
		}
	}
}
