package lang

import (
	"fmt"
	"time"
)

// Clock writes a duration as minutes and seconds, which columns align by: "3:07", "1:02:45"; parts of a second are cut.
func (p *Printer) Clock(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = minus, -d
	}
	seconds := int64(d / time.Second)
	if seconds >= 3600 {
		return fmt.Sprintf("%s%d:%02d:%02d", sign, seconds/3600, seconds/60%60, seconds%60)
	}
	return fmt.Sprintf("%s%d:%02d", sign, seconds/60, seconds%60)
}

// Duration writes a duration in words with its two largest parts: "2 h 5 min", "40 с", "3 дні 4 год".
func (p *Printer) Duration(d time.Duration) string {
	seconds := int(d / time.Second)
	switch {
	case seconds < 60:
		return p.N("time.seconds", seconds)
	case seconds < 3600:
		return p.join(p.N("time.minutes", seconds/60), seconds%60, "time.seconds")
	case seconds < 86400:
		return p.join(p.N("time.hours", seconds/3600), seconds/60%60, "time.minutes")
	default:
		return p.join(p.N("time.days", seconds/86400), seconds/3600%24, "time.hours")
	}
}

func (p *Printer) join(first string, rest int, unit Key) string {
	if rest == 0 {
		return first
	}
	return first + noBreak + p.N(unit, rest)
}

// Ago says how long before now an instant was, or how long after it will be: "5 min ago", "через 2 год".
func (p *Printer) Ago(t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case d >= 0 && d < 45*time.Second:
		return p.T("time.now")
	case d > 0:
		return p.T("time.ago", Values{"Duration": p.rough(d)})
	default:
		return p.T("time.in", Values{"Duration": p.rough(-d)})
	}
}

// rough is a duration in its largest unit alone.
func (p *Printer) rough(d time.Duration) string {
	switch {
	case d < time.Hour:
		return p.N("time.minutes", max(1, int(d.Round(time.Minute)/time.Minute)))
	case d < 24*time.Hour:
		return p.N("time.hours", int(d/time.Hour))
	default:
		return p.N("time.days", int(d/(24*time.Hour)))
	}
}
