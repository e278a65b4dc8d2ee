package lang

import (
	"fmt"
	"time"

	"bellwether/internal/civil"
)

// months are the names of months as a date has them: in the genitive where the language has one.
var months = map[Lang][12]string{
	English:   {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
	Russian:   {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"},
	Ukrainian: {"січня", "лютого", "березня", "квітня", "травня", "червня", "липня", "серпня", "вересня", "жовтня", "листопада", "грудня"},
}

// shortMonths are the abbreviations of the same; May needs none.
var shortMonths = map[Lang][12]string{
	English:   months[English],
	Russian:   {"янв.", "февр.", "марта", "апр.", "мая", "июня", "июля", "авг.", "сент.", "окт.", "нояб.", "дек."},
	Ukrainian: {"січ.", "лют.", "берез.", "квіт.", "трав.", "черв.", "лип.", "серп.", "верес.", "жовт.", "листоп.", "груд."},
}

// standalone are the names of months that stand alone, as in "November 2026".
var standalone = map[Lang][12]string{
	English:   {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	Russian:   {"январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"},
	Ukrainian: {"січень", "лютий", "березень", "квітень", "травень", "червень", "липень", "серпень", "вересень", "жовтень", "листопад", "грудень"},
}

var weekdays = map[Lang][7]string{
	English:   {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
	Russian:   {"вс", "пн", "вт", "ср", "чт", "пт", "сб"},
	Ukrainian: {"нд", "пн", "вт", "ср", "чт", "пт", "сб"},
}

// Date writes a date in digits, which columns align by: "22.11.2026", in English "22 Nov 2026".
func (p *Printer) Date(d civil.Date) string {
	t := d.UTC()
	if p.Lang == English {
		return fmt.Sprintf("%02d %s %d", t.Day(), months[English][t.Month()-1], t.Year())
	}
	return t.Format("02.01.2006")
}

// DateLong writes a date for a sentence: "22 листопада 2026", "22 November 2026".
func (p *Printer) DateLong(d civil.Date) string {
	t := d.UTC()
	names := months[p.Lang]
	if p.Lang == English {
		names = standalone[English]
	}
	return fmt.Sprintf("%d%s%s%s%d", t.Day(), noBreak, names[t.Month()-1], noBreak, t.Year())
}

// DateShort writes the day and month for an axis or a chip: "22 нояб.", "22 Nov".
func (p *Printer) DateShort(d civil.Date) string {
	t := d.UTC()
	return fmt.Sprintf("%d%s%s", t.Day(), noBreak, shortMonths[p.Lang][t.Month()-1])
}

// Month writes a month and its year: "ноябрь 2026".
func (p *Printer) Month(d civil.Date) string {
	t := d.UTC()
	return standalone[p.Lang][t.Month()-1] + noBreak + fmt.Sprint(t.Year())
}

// Weekday is the short name of the date's day of the week: "пн", "Mon".
func (p *Printer) Weekday(d civil.Date) string { return weekdays[p.Lang][d.Weekday()] }

// DateRange writes a period with its last day in it: "1–22 листоп.", "28 Oct – 3 Nov", with years where not this year.
func (p *Printer) DateRange(from, to civil.Date, today civil.Date) string {
	a, b, now := from.UTC(), to.UTC(), today.UTC()
	year := ""
	if b.Year() != now.Year() || a.Year() != b.Year() {
		year = noBreak + fmt.Sprint(b.Year())
	}
	switch {
	case from == to:
		return p.DateShort(from) + year
	case a.Year() == b.Year() && a.Month() == b.Month():
		return fmt.Sprintf("%d–%s%s", a.Day(), p.DateShort(to), year)
	case a.Year() == b.Year():
		return p.DateShort(from) + " – " + p.DateShort(to) + year
	default:
		return p.DateShort(from) + noBreak + fmt.Sprint(a.Year()) + " – " + p.DateShort(to) + year
	}
}

// Time writes the hour and minute on the reader's clock: "14:05".
func (p *Printer) Time(t time.Time) string { return t.In(p.zone).Format("15:04") }

// DateTime writes the date and time on the reader's clock: "22.11.2026 14:05".
func (p *Printer) DateTime(t time.Time) string {
	return p.Date(civil.DateIn(t, p.zone)) + noBreak + p.Time(t)
}

// ZoneName is the reader's zone with its present distance from UTC: "Europe/Kyiv (UTC+2)".
func (p *Printer) ZoneName(now time.Time) string {
	_, offset := now.In(p.zone).Zone()
	text := "UTC"
	if offset != 0 {
		sign := "+"
		if offset < 0 {
			sign, offset = minus, -offset
		}
		text += sign + fmt.Sprint(offset/3600)
		if minutes := offset % 3600 / 60; minutes != 0 {
			text += fmt.Sprintf(":%02d", minutes)
		}
	}
	if p.zone == time.UTC {
		return text
	}
	return p.zone.String() + " (" + text + ")"
}
