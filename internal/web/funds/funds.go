package funds

import (
	"bellwether/internal/access"
	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

// pages are the actions of the section; each stands in a file of its own.
type pages struct{ *cabinet.Cabinet }

// Register adds the pages and their section of the rail.
func Register(c *cabinet.Cabinet) {
	p := pages{c}
	need := cabinet.Project(access.View, access.Funds)
	c.AddSection(cabinet.Section{Key: Section, Text: "funds.section", Icon: ui.IconFunds, Path: "/funds", Need: need, Rank: 50})
	for path, action := range map[string]cabinet.Action{
		"":                     p.overview,
		"/now":                 p.now,
		"/movement":            p.movement,
		"/days/{day}":          p.day,
		"/days/{day}/calls":    p.calls,
		"/days/{day}/messages": p.messages,
		"/days/{day}/fee":      p.draft,
		"/calls/{leg}":         p.call,
		"/entries":             p.entries,
		"/entries/{entry}":     p.entry,
		"/compare":             p.compare,
		"/forecast":            p.forecast,
		"/loyalty":             p.loyalty,
		"/statement":           p.statement,
	} {
		c.Handle("GET /p/{project}/funds"+path, need, action)
	}
	c.Handle("GET /p/{project}/funds/pay", cabinet.Project(access.View, access.Payments), p.pay)
	c.Commands = append(c.Commands, cabinet.Command{Text: "funds.compare", Path: "/funds/compare", Icon: ui.IconFunds, Need: need})
	c.AddFinder(cabinet.Finder{Kind: "funds.found_call", Need: need, Find: p.find})
}

// help are the articles about the pages of the section.
const (
	helpBalance  = "/help/balance"
	helpCompare  = "/help/dearer-day"
	helpForecast = "/help/forecast"
	helpLoyalty  = "/help/loyalty"
)

// page is what every page of the section says of itself.
func page(v *cabinet.Visit, title string, here Tab, help string) ui.Page {
	return ui.Page{Title: title, Section: Section, Tabs: Tabs(v, here), Help: help}
}

// below is a page that one gets to from the movement of funds.
func below(v *cabinet.Visit, title string, crumbs ...ui.Link) ui.Page {
	p := page(v, title, TabMovement, helpBalance)
	p.Crumbs = append([]ui.Link{{Text: v.T("funds.tab_movement"), Href: v.Path(string(TabMovement))}}, crumbs...)
	return p
}

// today is the usage day that runs in the project.
func today(v *cabinet.Visit) civil.Date { return v.Project.Calendar.DayAt(v.At) }

// dayOf reads the usage day in a path. A date the project has not lived yet is not found.
func dayOf(v *cabinet.Visit) (civil.Date, error) {
	day, err := civil.ParseDate(v.R.PathValue("day"))
	if err != nil || day < v.Project.Calendar.First() || day > today(v) {
		return 0, errs.New(errs.NotFound, "funds.no_day", "the project has no such usage day").At("day")
	}
	return day, nil
}

// dayPath is the page of a usage day.
func dayPath(v *cabinet.Visit, day civil.Date) string { return v.Path("/funds/days/" + day.String()) }

// dayName names a usage day in a title: "Tue, 17 November 2026".
func dayName(v *cabinet.Visit, day civil.Date) string { return v.Weekday(day) + ", " + v.DateLong(day) }
