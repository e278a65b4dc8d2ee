package civil

import (
	"fmt"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones resolve on hosts without a tz database; the system's own takes precedence
)

// Midnight is the instant at which date d begins in zone loc: the first instant from which the local date is never
// earlier than d again. Where clocks skip midnight it is the moment of the change; where they repeat the hour around it,
// the later one; where the zone never had the date, the instant at which the following date begins.
func Midnight(d Date, loc *time.Location) time.Time {
	nominal := d.UTC()
	const span = 36 * time.Hour // beyond any offset from UTC, and any change of it
	begin := nominal.Add(-span)
	for at := nominal.Add(-span); ; {
		start, end := at.In(loc).ZoneBounds()
		_, offset := at.In(loc).Zone()
		local := nominal.Add(-time.Duration(offset) * time.Second)
		// Within this stretch of one offset, the instants before local belong to earlier dates.
		lastEarlier := local
		if !end.IsZero() && end.Before(local) {
			lastEarlier = end
		}
		if (start.IsZero() || start.Before(lastEarlier)) && lastEarlier.After(begin) {
			begin = lastEarlier
		}
		if end.IsZero() || end.After(nominal.Add(span)) {
			return begin.UTC()
		}
		at = end
	}
}

// Exists reports whether the zone ever had the date: Pacific/Apia never had 2011-12-30.
func Exists(d Date, loc *time.Location) bool { return Midnight(d, loc).Before(Midnight(d+1, loc)) }

// zones are those loaded so far: each is read from its file once, and all projects of a zone share it.
var zones sync.Map // name to *time.Location

// LoadZone finds an IANA zone. It refuses "Local" and the empty name, whose meaning would depend on the machine.
func LoadZone(name string) (*time.Location, error) {
	if name == "" || strings.EqualFold(name, "local") {
		return nil, fmt.Errorf("%q is not a time zone: write an IANA name such as Europe/Kyiv", name)
	}
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location), nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is not a time zone: write an IANA name such as Europe/Kyiv", name)
	}
	zones.Store(name, loc)
	return loc, nil
}
