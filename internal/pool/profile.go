package pool

// Profile is the visits of each hour of a day, local time.
type Profile [24]float64

// usual is a shop's day: visits of each hour, of 10,000. Its busiest hour has 8.58 %.
var usual = Profile{
	110, 65, 40, 30, 30, 50, 115, 250, 440, 620, 755, 858, 835, 795, 765, 735, 695, 640, 575, 500, 415, 315, 225, 142,
}

// UsualDay spreads a day's visits over its hours as a usual shop's are (decided). Own traffic is better.
func UsualDay(visits float64) Profile {
	day, scale := usual, visits/10_000
	for hour := range day {
		day[hour] *= scale
	}
	return day
}

// Total is the visits of a day.
func (p Profile) Total() float64 {
	total := 0.0
	for _, visits := range p {
		total += visits
	}
	return total
}

// Peak is the visits of the busiest hour.
func (p Profile) Peak() float64 {
	peak := 0.0
	for _, visits := range p {
		peak = max(peak, visits)
	}
	return peak
}
