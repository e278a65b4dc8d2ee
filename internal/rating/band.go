package rating

import (
	"slices"
	"time"

	"bellwether/internal/errs"
)

// Band is a named stretch of the week in local wall-clock time (Rule B-24): "evening", Monday to Friday, 20:00 to 24:00.
type Band struct {
	Name     string
	Days     []time.Weekday // days on which it begins; empty for every day
	From, To int            // minutes of the local day, To not included and at most 1440; From > To lasts over midnight
}

const (
	minutesPerDay  = 24 * 60
	minutesPerWeek = 7 * minutesPerDay
	secondsPerWeek = 60 * minutesPerWeek
	// thursday is where the week, which begins with Sunday here, stood at 1970-01-01 00:00.
	thursday = int64(time.Thursday) * minutesPerDay * 60
	maxBands = 250 // the grid of checkBands has one byte a minute
)

// week says which band is in force at any instant.
type week struct {
	zone  *time.Location
	spans []span // by rising end; the last ends with the week
}

// span is a stretch of one band; its start is the end of the one before.
type span struct {
	end  int64 // seconds from the week's beginning, Sunday 00:00 wall-clock time
	band string
}

// newWeek lays bands out over a week. The errors name the band, or both bands where two overlap.
func newWeek(bands []Band, zone *time.Location) (week, []error) {
	var grid [minutesPerWeek]uint8 // 1 + index of the band, or zero for none
	mistakes := checkBands(bands)
	if len(mistakes) > 0 {
		return week{}, mistakes
	}
	for i, band := range bands {
		if rival, clash := band.lay(&grid, uint8(i+1)); clash {
			mistakes = append(mistakes, errs.New(errs.Invalid, "rating.band_overlap", "it overlaps band %s", bands[rival-1].Name).
				At("band "+band.Name).Try("give every minute of the week to one band at most"))
		}
	}
	return week{zone: zone, spans: spansOf(&grid, bands)}, mistakes
}

func checkBands(bands []Band) []error {
	var mistakes []error
	wrong := func(band Band, hint, format string, args ...any) {
		mistakes = append(mistakes, errs.New(errs.Invalid, "rating.bad_band", format, args...).At("band "+band.Name).Try(hint))
	}
	seen := map[string]bool{}
	for _, band := range bands {
		if band.Name == "" || seen[band.Name] {
			wrong(band, "give every band a name of its own", "the name %q is empty or taken", band.Name)
		}
		seen[band.Name] = true
		if band.From < 0 || band.From >= minutesPerDay || band.To < 0 || band.To > minutesPerDay || band.From == band.To {
			wrong(band, "write two different times of day, from 00:00 to 24:00", "minutes %d to %d are not a stretch of the day", band.From, band.To)
		}
		if slices.ContainsFunc(band.Days, func(day time.Weekday) bool { return day < time.Sunday || day > time.Saturday }) {
			wrong(band, "name days from Sunday to Saturday", "it has a day that is not in the week")
		}
	}
	if len(bands) > maxBands {
		mistakes = append(mistakes, errs.New(errs.Invalid, "rating.bad_band", "%d bands are more than %d", len(bands), maxBands).At("bands"))
	}
	return mistakes
}

// lay writes the band's own mark into its minutes and reports the mark of another band it met there.
func (b Band) lay(grid *[minutesPerWeek]uint8, mark uint8) (rival uint8, clash bool) {
	length := (b.To - b.From + minutesPerDay) % minutesPerDay
	if length == 0 {
		length = minutesPerDay // 00:00 to 24:00
	}
	for _, day := range b.days() {
		for minute := range length {
			cell := &grid[(int(day)*minutesPerDay+b.From+minute)%minutesPerWeek]
			if *cell != 0 && *cell != mark {
				rival, clash = *cell, true
			}
			*cell = mark
		}
	}
	return rival, clash
}

func (b Band) days() []time.Weekday {
	if len(b.Days) > 0 {
		return b.Days
	}
	return []time.Weekday{time.Sunday, time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday}
}

func spansOf(grid *[minutesPerWeek]uint8, bands []Band) []span {
	var spans []span
	for minute, mark := range grid {
		if minute+1 < minutesPerWeek && grid[minute+1] == mark {
			continue
		}
		name := ""
		if mark > 0 {
			name = bands[mark-1].Name
		}
		spans = append(spans, span{end: int64(minute+1) * 60, band: name})
	}
	return spans
}

// at gives the band in force in the second that begins at a Unix time, and for how many seconds from there nothing
// changes: neither the band nor the zone's offset. Both change on whole seconds.
func (w *week) at(unix int64) (band string, seconds int64) {
	local := time.Unix(unix, 0).In(w.zone)
	_, offset := local.Zone()
	second := ((unix+int64(offset)+thursday)%secondsPerWeek + secondsPerWeek) % secondsPerWeek
	i, _ := slices.BinarySearchFunc(w.spans, second+1, func(s span, end int64) int { return int(s.end - end) })
	seconds = w.spans[i].end - second
	if _, change := local.ZoneBounds(); !change.IsZero() {
		seconds = min(seconds, change.Unix()-unix)
	}
	return w.spans[i].band, seconds
}
