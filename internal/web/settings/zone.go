package settings

import (
	"context"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// askZone is GET /p/{project}/settings/zone?zone=: from which day on the other zone counts, and how long that day gets.
func (s *section) askZone(v *cabinet.Visit) error {
	name := v.URL.Query().Get("zone")
	zone, err := civil.LoadZone(name)
	if err != nil {
		return s.refuse(v, func(c *content) { c.zone.Error = v.T("settings.bad_zone") })
	}
	calendar := v.Project.Calendar
	today := calendar.DayAt(v.At)
	end, next := calendar.End(today), civil.Midnight(today+2, zone)
	length := max(0, next.Sub(end))
	ask := ui.Confirm{
		Title: v.T("settings.zone_ask", map[string]any{"Zone": name}), Text: v.T("settings.zone_text"), Action: v.Path(root + "/zone"),
		Fields: []ui.Choice{{Value: "zone", Text: name}}, Yes: v.T("settings.zone_do"), No: v.Path(root),
		Effect: []ui.Effect{
			{Text: v.T("settings.zone_today", map[string]any{"Date": v.DateShort(today)}), After: v.DateTime(end)},
			{Text: v.T("settings.zone_tomorrow", map[string]any{"Date": v.DateShort(today + 1)}), Before: v.DateTime(calendar.End(today + 1)), After: v.DateTime(next)},
			{Text: v.T("settings.zone_length", map[string]any{"Date": v.DateShort(today + 1)}), Before: lengthOf(v, calendar.End(today+1).Sub(end)), After: lengthOf(v, length)},
		},
	}
	p := page(v)
	p.Title, p.Crumbs = ask.Title, []ui.Link{{Text: v.T("settings.section"), Href: v.Path(root)}}
	return v.Render(p, ask.Draw())
}

// lengthOf is how long a day is: in hours where they are whole.
func lengthOf(v *cabinet.Visit, d time.Duration) string {
	if d%time.Hour == 0 {
		return v.N("settings.hours", int(d/time.Hour))
	}
	return v.Duration(d)
}

// setZone is POST /p/{project}/settings/zone, with zone: it counts from the next midnight on (Rule B-09).
func (s *section) setZone(v *cabinet.Visit) error {
	name := v.R.PostFormValue("zone")
	var from civil.Date
	var old string
	err := s.change(v, "set zone", func(ctx context.Context, tx *store.Tx, now *project.Project) (before, after any, err error) {
		from = now.Calendar.DayAt(v.At) + 1
		old = now.Calendar.Zone(from).String()
		_, err = project.ChangeZone(ctx, tx, now, name, v.At)
		return map[string]any{"time_zone": old}, map[string]any{"time_zone": name, "from": from.String()}, err
	})
	if errs.CodeOf(err) == "project.bad_zone" {
		return s.refuse(v, func(c *content) { c.zone.Error = v.T("settings.bad_zone") })
	}
	if err != nil {
		return err
	}
	return v.Done(v.Path(root), ui.Toast{
		Text: v.T("settings.zone_done", map[string]any{"Zone": name, "Date": v.DateLong(from)}), Undo: v.Path(root + "/zone"), Fields: []ui.Choice{{Value: "zone", Text: old}},
	})
}
