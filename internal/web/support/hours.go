package support

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/store"
	talk "bellwether/internal/support"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

const hoursPath = deskBase + "/hours"

// workday is a line of the form: a day of the week, from when and until when; both empty for a day off.
type workday struct {
	day         time.Weekday
	name        string
	from, until string
}

// week is the days in the order of the calendar.
var week = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

// hours shows the office hours.
func (p *pages) hours(v *cabinet.Visit) error {
	h, err := talk.GetHours(v.Context(), p.DB)
	if err != nil {
		return err
	}
	days := workdays(v)
	for i := range days {
		for _, s := range h.Spans {
			if s.Day == days[i].day {
				days[i].from, days[i].until = clock(s.From), clock(s.Until)
			}
		}
	}
	zone := h.Zone
	if zone == "" {
		zone = usualZone
	}
	return p.showHours(v, zone, days, "")
}

// usualZone is what an empty form begins with.
const usualZone = "Europe/Kyiv"

// workdays are the lines of an empty form.
func workdays(v *cabinet.Visit) []workday {
	monday := civil.MustParseDate("2026-03-02")
	days := make([]workday, len(week))
	for i, day := range week {
		days[i] = workday{day: day, name: v.Weekday(monday + civil.Date(i))}
	}
	return days
}

func (p *pages) showHours(v *cabinet.Visit, zone string, days []workday, wrong string) error {
	d, err := deskOf(v)
	if err != nil {
		return err
	}
	page := ui.Page{
		Title: v.T("support.hours"), Section: section, Lead: v.T("support.hours_lead"), Help: article, Narrow: true,
		Crumbs: []ui.Link{{Text: v.T("support.desk"), Href: deskBase}},
	}
	content := hoursContent(zone, days, wrong, d.MayEdit() == nil)
	if wrong != "" {
		return v.RenderWrong(page, content)
	}
	return v.Render(page, content)
}

// setHours takes the form; an empty line is a day off, an empty form is always.
func (p *pages) setHours(v *cabinet.Visit) error {
	d, err := deskOf(v)
	if err != nil {
		return err
	}
	hours := talk.Hours{Zone: strings.TrimSpace(v.R.PostFormValue("zone"))}
	days := workdays(v)
	for i := range days {
		key := strconv.Itoa(int(days[i].day))
		days[i].from, days[i].until = v.R.PostFormValue("from"+key), v.R.PostFormValue("until"+key)
		if days[i].from+days[i].until != "" {
			hours.Spans = append(hours.Spans, talk.Span{Day: days[i].day, From: minutes(days[i].from), Until: minutes(days[i].until)})
		}
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error { return d.SetHours(ctx, tx, hours, v.At) })
	if errs.KindOf(err) == errs.Invalid {
		text, _ := v.Error(err)
		return p.showHours(v, hours.Zone, days, text)
	}
	if err != nil {
		return err
	}
	return v.Done(hoursPath, ui.Toast{Text: v.T("support.hours_kept")})
}

// clock writes minutes since midnight as a field of time has them; the day's end is its last minute.
func clock(minutes int) string {
	const hour, last = 60, 24*60 - 1
	minutes = min(minutes, last)
	return fmt.Sprintf("%02d:%02d", minutes/hour, minutes%hour)
}

// minutes reads such a time; what is none gives -1, which is refused. 23:59 is the day's end.
func minutes(text string) int {
	const hour, end = 60, 24 * 60
	at, err := time.Parse("15:04", text)
	if err != nil {
		return -1
	}
	if m := at.Hour()*hour + at.Minute(); m < end-1 {
		return m
	}
	return end
}

// timeType is the type of a field for a time; what is none is shown as it was typed.
func timeType(value string) string {
	if _, err := time.Parse("15:04", value); value != "" && err != nil {
		return "text"
	}
	return "time"
}
