package funds

import (
	"regexp"
	"strconv"
	"strings"

	"bellwether/internal/lang"
	"bellwether/internal/pricing"
)

// phrase is a part of the arithmetic as entries keep it, and how it is said to a reader. Entries are never rewritten, so
// their words are read rather than changed: old entries are said like new ones.
type phrase struct {
	stored *regexp.Regexp
	say    func(n naming, found []string) string
}

// phrases are tried in their order at each place of the text: the longer before those that they begin with.
var phrases = []phrase{
	{written(`0 s: nothing to charge`), worded("funds.sum_nothing")},
	{written(`(\d+) s: up to (\d+) s are free`), worded("funds.sum_free")},
	{written(`(\d+) s in increments of (\d+)/(\d+) s`), worded("funds.sum_increments")},
	{written(`(\d+) s: first (\d+) s`), worded("funds.sum_first")},
	{written(`(\d+) billable s\b`), worded("funds.sum_billable")},
	{written(`(\d+) started minutes?`), counted("funds.sum_started")},
	{written(`(\d+) days\b`), counted("funds.sum_days")},
	{written(`(\d+) s\b`), worded("funds.sum_seconds")},
	{written(`month's days`), worded("funds.sum_month_days")},
	{written(`/60 \(([^()]+)\)`), inBand},
	{written(` \(rounded half up\)`), worded("funds.sum_rounded")},
	{written(`, raised to the minimum ([\d.]+)`), worded("funds.sum_minimum")},
	{written(`([\d.]+ %) tax`), worded("funds.sum_tax")},
	{written(`(-?[\d.]+) charged before, difference (-?[\d.]+)`), worded("funds.sum_before")},
	{written(`, R to 0\.000001 half up`), worded("funds.sum_half_up")},
	{written(`bonus `), worded("funds.sum_bonus")},
	{written(`floor\(`), worded("funds.sum_floor")},
	{written(`[\d.]+ %`), figure},
	{written(`\d+(\.\d+)?`), figure},
	{written(` x `), sign(" × ")},
	{written(` - `), sign(" − ")},
	{written(` ?/ ?`), sign(" ÷ ")},
}

func written(pattern string) *regexp.Regexp { return regexp.MustCompile("^(?:" + pattern + ")") }

// worded says a phrase with what was found in it as A, B and C.
func worded(key lang.Key) func(naming, []string) string {
	return func(n naming, found []string) string {
		values := lang.Values{}
		for i, name := range []string{"A", "B", "C"} {
			if i+1 < len(found) {
				values[name] = figure(n, found[i+1:])
			}
		}
		return n.T(key, values)
	}
}

// counted says a number of things.
func counted(key lang.Key) func(naming, []string) string {
	return func(n naming, found []string) string {
		count, _ := strconv.Atoi(found[1])
		return n.N(key, count)
	}
}

// inBand says in which hours seconds were talked: those of a name are called as the book calls them.
func inBand(n naming, found []string) string {
	band := found[1]
	if band == "other times" {
		band = n.T("funds.sum_other_times")
	}
	return " ÷ 60 (" + band + ")"
}

// figure writes a number or a share as the reader's language does.
func figure(n naming, found []string) string {
	number, share := strings.CutSuffix(found[0], " %")
	switch text := n.Decimal(number); {
	case !share:
		return text
	case n.Lang == lang.English:
		return text + "%"
	default:
		return text + "\u00a0%"
	}
}

func sign(text string) func(naming, []string) string {
	return func(naming, []string) string { return text }
}

// arithmetic says stored arithmetic in the reader's words. What it ends in is left out where it is the amount itself,
// which stands beside it.
func (n naming) arithmetic(text string, line pricing.Line) string {
	text = strings.TrimSuffix(text, " = "+max(line.Amount, -line.Amount).String())
	var said strings.Builder
	for text != "" {
		length, words := n.next(text)
		said.WriteString(words)
		text = text[length:]
	}
	return said.String()
}

// next says what the text begins with, and how long that is.
func (n naming) next(text string) (length int, words string) {
	for _, p := range phrases {
		if found := p.stored.FindStringSubmatch(text); found != nil {
			return len(found[0]), p.say(n, found)
		}
	}
	return 1, text[:1]
}
