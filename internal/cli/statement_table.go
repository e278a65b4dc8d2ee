package cli

import (
	"fmt"
	"strings"

	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
)

// statementTable lays out statement rows by day, with the day's total beside its last row.
func statementTable(currency money.Currency, rows []pricing.StatementRow) *table {
	rows = together(rows)
	t := newTable("day", "kind", "item", ">amount", ">day total", "")
	for start := 0; start < len(rows); {
		end, total := start, money.Micro(0)
		for ; end < len(rows) && rows[end].Day == rows[start].Day; end++ {
			total += rows[end].Amount
		}
		for i := start; i < end; i++ {
			t.statementRow(currency, rows[i], i == start, i == end-1, total)
		}
		start = end
	}
	return t
}

func (t *table) statementRow(currency money.Currency, row pricing.StatementRow, first, last bool, total money.Micro) {
	day, sum, state := "", "", ""
	if first {
		day = dayName(row.Day)
	}
	if last {
		sum = shown(currency, total)
	}
	if !row.Final {
		state = "not final"
	}
	item := row.Item
	if item == string(row.Kind) {
		item = ""
	}
	if row.Reversal {
		item = strings.TrimLeft(item+" (reversal)", " ")
	}
	t.add(day, string(row.Kind), item, shown(currency, row.Amount), sum, state)
}

// dayName is the date with its weekday, by which people find it.
func dayName(day civil.Date) string { return day.String() + " " + day.Weekday().String()[:3] }

// mostItems is how many items of a kind stand apart on a day: a shop with 300 numbers needs one row for their rent.
const mostItems = 3

// together makes one row of a day's rows of a kind where they are many.
func together(rows []pricing.StatementRow) []pricing.StatementRow {
	var short []pricing.StatementRow
	for start := 0; start < len(rows); {
		end, sum := start, rows[start]
		sum.Amount, sum.Reversal = 0, false
		for ; end < len(rows) && rows[end].Day == sum.Day && rows[end].Kind == sum.Kind; end++ {
			sum.Amount += rows[end].Amount
		}
		if sum.Item = fmt.Sprintf("%d items", end-start); end-start > mostItems {
			short = append(short, sum)
		} else {
			short = append(short, rows[start:end]...)
		}
		start = end
	}
	return short
}
