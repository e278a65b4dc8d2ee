package billing

import (
	"bellwether/internal/civil"
	"bellwether/internal/forecast"
	"bellwether/internal/money"
)

// Midnight is what the close of a day will charge as things stand. What calls and messages cost is no part of it: that moves the
// balance as they end (Rule B-07).
type Midnight struct {
	Lines  []DayLine   // the day's fees, as a statement gives them before its close
	Months money.Micro // advance charges and minimums of months that fall due with the day
}

// NewMidnight reads it from the provisional lines of a statement and the forecast of the same moment.
func NewMidnight(day civil.Date, provisional []DayLine, outlook forecast.Forecast) (m Midnight) {
	var daily money.Micro
	for _, line := range provisional {
		if line.Day != day {
			continue
		}
		m.Lines = append(m.Lines, line)
		if isDaily(line.Kind) {
			daily -= line.Amount
		}
	}
	if len(outlook.Days) > 0 && outlook.Days[0].Date == day {
		m.Months = max(0, outlook.Days[0].Fixed-daily)
	}
	return m
}

// Total is the amount that leaves the balance.
func (m Midnight) Total() money.Micro {
	total := m.Months
	for _, line := range m.Lines {
		total -= line.Amount
	}
	return total
}
