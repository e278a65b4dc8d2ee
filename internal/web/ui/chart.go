package ui

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"bellwether/internal/lang"
)

// Point is one value of a chart. Value places it, Text is what is said of it: amounts are never computed from a chart.
type Point struct {
	Label string // on the axis: "22 Nov"
	Value float64
	Text  string // "1,234.50 ₴"
	Draft bool   // provisional: drawn hatched
}

// Series is a named row of points; all series of a chart have points of the same labels.
type Series struct {
	Name   string
	Points []Point
}

// Chart is lines or bars over time. Its SVG comes with the page; where scripts run, lines become an interactive chart
// when they are scrolled to.
type Chart struct {
	ID     string
	Title  string
	Series []Series
	Height int                  // of the plot in pixels, 160 where 0
	Axis   func(float64) string // writes a value on the axis
	When   string               // what the labels are, in the head of the table; a date where empty
}

// Forecast is a line of the past that goes on as a band: low to high, with what is expected between.
type Forecast struct {
	ID    string
	Title string
	Past  []Point
	Next  []Band
	Axis  func(float64) string
}

// Band is one day of a forecast.
type Band struct {
	Label          string
	Low, Mid, High float64
	Text           string // "between 1,200 and 1,900 ₴, likely 1,500 ₴"
}

const (
	plotHeight = 160
	plotTop    = 10
	plotBottom = 22
)

// scale turns values into heights within a plot: low at the bottom, high at the top, both round numbers.
type scale struct {
	low, high, step float64
	height          int
}

func newScale(values []float64, height int) scale {
	low, high := 0.0, 0.0
	for _, v := range values {
		low, high = math.Min(low, v), math.Max(high, v)
	}
	if low == high {
		high = gridLines // of whole amounts, each written otherwise
	}
	step := roundStep((high - low) / gridLines)
	return scale{math.Floor(low/step) * step, math.Ceil(high/step) * step, step, height}
}

const gridLines = 3

// roundStep is the next of 1, 2, 2.5, 5 times a power of ten that is not below step.
func roundStep(step float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(step)))
	for _, round := range []float64{1, 2, 2.5, 5} {
		if step <= round*power*1.0000001 {
			return round * power
		}
	}
	return 10 * power
}

// y is the distance of a value from the top of the drawing.
func (s scale) y(value float64) float64 {
	inner := float64(s.height - plotTop - plotBottom)
	return plotTop + inner*(s.high-value)/(s.high-s.low)
}

// ticks are the values of the grid's lines.
func (s scale) ticks() []float64 {
	var ticks []float64
	for i := range int(math.Round((s.high-s.low)/s.step)) + 1 {
		ticks = append(ticks, s.low+float64(i)*s.step)
	}
	return ticks
}

// axisWidth is how wide the labels of an axis are, in pixels, by their longest.
func axisWidth(s scale, axis func(float64) string) int {
	const perLetter, gap = 7, 12
	longest := 0
	for _, tick := range s.ticks() {
		longest = max(longest, utf8.RuneCountInString(axis(tick)))
	}
	return longest*perLetter + gap
}

func px(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }

func percent(f float64) string { return strconv.FormatFloat(f, 'f', 3, 64) + "%" }

// slot is the middle of the i-th of n equal slots, in percent of the width.
func slot(i, n int) float64 { return (float64(i) + 0.5) / float64(n) * 100 }

// line is the points attribute of a polyline in a box 100 wide.
func line(values []float64, from, of int, s scale) string {
	var out strings.Builder
	for i, value := range values {
		out.WriteString(px(slot(from+i, of)) + "," + px(s.y(value)) + " ")
	}
	return strings.TrimSpace(out.String())
}

func valuesOf(points []Point) []float64 {
	values := make([]float64, len(points))
	for i, p := range points {
		values[i] = p.Value
	}
	return values
}

func (c Chart) scale() scale {
	var values []float64
	for _, s := range c.Series {
		values = append(values, valuesOf(s.Points)...)
	}
	return newScale(values, c.height())
}

func (c Chart) height() int {
	if c.Height == 0 {
		return plotHeight
	}
	return c.Height
}

func (c Chart) labels() []string {
	if len(c.Series) == 0 {
		return nil
	}
	labels := make([]string, len(c.Series[0].Points))
	for i, p := range c.Series[0].Points {
		labels[i] = p.Label
	}
	return labels
}

// axisMark is a label below a plot.
type axisMark struct {
	text, x, anchor string
}

// axisMarks are the labels that fit on a phone: the first, the middle and the last.
func axisMarks(labels []string) []axisMark {
	last := len(labels) - 1
	switch {
	case last < 0:
		return nil
	case last == 0:
		return []axisMark{{labels[0], "50%", "middle"}}
	case last == 1:
		return []axisMark{{labels[0], "0%", "start"}, {labels[1], "100%", "end"}}
	default:
		middle := last / 2
		return []axisMark{
			{labels[0], "0%", "start"}, {labels[middle], percent(slot(middle, last+1)), "middle"}, {labels[last], "100%", "end"},
		}
	}
}

// summary says what a line of points shows: its first and last, its lowest and highest.
func summary(v *View, title string, points []Point) string {
	if len(points) == 0 {
		return title
	}
	low, high := points[0], points[0]
	for _, p := range points {
		if p.Value < low.Value {
			low = p
		}
		if p.Value > high.Value {
			high = p
		}
	}
	first, last := points[0], points[len(points)-1]
	return v.T("chart.summary", lang.Values{
		"Title": title, "First": first.Text, "From": first.Label, "Last": last.Text, "To": last.Label, "Low": low.Text, "High": high.Text,
	})
}

// sparkPath is a line in a box of 100 by 24.
func sparkPath(points []Point) string {
	values := valuesOf(points)
	low, high := values[0], values[0]
	for _, v := range values {
		low, high = math.Min(low, v), math.Max(high, v)
	}
	if low == high {
		high = low + 1
	}
	var out strings.Builder
	for i, v := range values {
		x := float64(i) / float64(max(1, len(values)-1)) * 100
		out.WriteString(px(x) + "," + px(2+20*(high-v)/(high-low)) + " ")
	}
	return strings.TrimSpace(out.String())
}

// barOf is a bar of a chart: its place in percent and pixels.
func (s scale) barOf(value float64) (y, height string) {
	top, bottom := s.y(math.Max(value, 0)), s.y(math.Min(value, 0))
	return px(top), px(math.Max(bottom-top, 1))
}

// band is the points attribute of the polygon between high and low.
func (f Forecast) band(s scale) string {
	total := len(f.Past) + len(f.Next)
	var high, low []string
	if len(f.Past) > 0 {
		start := px(slot(len(f.Past)-1, total)) + "," + px(s.y(f.Past[len(f.Past)-1].Value))
		high = append(high, start)
	}
	for i, b := range f.Next {
		x := px(slot(len(f.Past)+i, total))
		high = append(high, x+","+px(s.y(b.High)))
		low = append([]string{x + "," + px(s.y(b.Low))}, low...)
	}
	return strings.Join(append(high, low...), " ")
}

// expected is the line of what is likely, from the last day of the past on.
func (f Forecast) expected(s scale) string {
	var values []float64
	from := len(f.Past)
	if from > 0 {
		from--
		values = append(values, f.Past[from].Value)
	}
	for _, b := range f.Next {
		values = append(values, b.Mid)
	}
	return line(values, from, len(f.Past)+len(f.Next), s)
}

func (f Forecast) scale() scale {
	values := valuesOf(f.Past)
	for _, b := range f.Next {
		values = append(values, b.Low, b.High)
	}
	return newScale(values, plotHeight)
}

func (f Forecast) labels() []string {
	var labels []string
	for _, p := range f.Past {
		labels = append(labels, p.Label)
	}
	for _, b := range f.Next {
		labels = append(labels, b.Label)
	}
	return labels
}

// summary says where the line stands and where the band ends.
func (f Forecast) summary(v *View) string {
	text := summary(v, f.Title, f.Past)
	if len(f.Next) > 0 {
		last := f.Next[len(f.Next)-1]
		text += " " + v.T("chart.forecast_end", lang.Values{"Label": last.Label, "Text": last.Text})
	}
	return text
}

// seriesClass colours the i-th line of a chart; the line's dashes tell them apart as well.
func seriesClass(i int) string { return "series series-" + strconv.Itoa(i%5) }
