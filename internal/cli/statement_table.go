package cli

import (
	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
)

// statementTable lays out statement rows by day, with a total for each day of several rows.
func statementTable(currency money.Currency, rows []pricing.StatementRow) *table {
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
	t.add(day, string(row.Kind), item, shown(currency, row.Amount), sum, state)
}

// dayName is the date with its weekday, by which people find it.
func dayName(day civil.Date) string { return day.String() + " " + day.Weekday().String()[:3] }
