package settings

import (
	"context"
	"slices"
	"strings"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/project"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// zones are those offered in the list. Any other one that the machine knows can be set by the API.
var zones = strings.Fields(`
	Europe/Kyiv Europe/Kaliningrad Europe/Moscow Europe/Samara Asia/Yekaterinburg Asia/Omsk Asia/Krasnoyarsk Asia/Irkutsk Asia/Yakutsk
	Asia/Vladivostok Asia/Magadan Asia/Kamchatka Europe/Minsk Europe/Chisinau Asia/Almaty Asia/Tashkent Asia/Bishkek Asia/Tbilisi Asia/Yerevan
	Asia/Baku Europe/London Europe/Dublin Europe/Lisbon Europe/Madrid Europe/Paris Europe/Brussels Europe/Amsterdam Europe/Berlin Europe/Zurich
	Europe/Vienna Europe/Rome Europe/Prague Europe/Bratislava Europe/Budapest Europe/Warsaw Europe/Vilnius Europe/Riga Europe/Tallinn
	Europe/Helsinki Europe/Stockholm Europe/Oslo Europe/Copenhagen Europe/Bucharest Europe/Sofia Europe/Athens Europe/Istanbul Europe/Belgrade
	Europe/Zagreb Asia/Jerusalem Asia/Dubai Asia/Kolkata Asia/Bangkok Asia/Singapore Asia/Shanghai Asia/Tokyo Australia/Sydney
	America/New_York America/Toronto America/Chicago America/Denver America/Los_Angeles America/Mexico_City America/Sao_Paulo UTC`)

func zoneChoices(v *cabinet.Visit, chosen string) (list []ui.Choice) {
	names := zones
	if !slices.Contains(names, chosen) {
		names = append([]string{chosen}, names...)
	}
	for _, name := range names {
		if zone, err := civil.LoadZone(name); err == nil {
			list = append(list, ui.Choice{Value: name, Text: strings.ReplaceAll(name, "_", " ") + " (" + v.At.In(zone).Format("UTC-07:00") + ")"})
		}
	}
	return list
}

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
