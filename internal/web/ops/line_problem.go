package ops

import (
	"encoding/csv"
	"errors"
	"fmt"

	"bellwether/internal/lang"
	"bellwether/internal/number"
	"bellwether/internal/web/ui"
)

// lineKeys say what is wrong with a line of a list of numbers.
var lineKeys = map[string]lang.Key{
	"bad_country":    "line.bad_country",
	"bad_kind":       "line.bad_kind",
	"bad_length":     "line.bad_length",
	"bad_text":       "line.bad_text",
	"column_twice":   "line.column_twice",
	"empty_file":     "line.empty_file",
	"held":           "line.held",
	"in_stock":       "line.in_stock",
	"no_column":      "line.no_column",
	"not_csv":        "line.not_csv",
	"not_e164":       "line.not_e164",
	"number_missing": "line.number_missing",
	"too_many":       "line.too_many",
	"twice":          "line.twice",
}

// saidLine is what is wrong with a line in the reader's words; those of the checker where there are none.
func saidLine(v *ui.View, p number.Problem) string {
	key, ok := lineKeys[p.Code]
	if !ok {
		return p.Text
	}
	values := lang.Values{}
	for i, name := range []string{"A", "B"} {
		if i < len(p.Args) {
			values[name] = saidArg(v, p.Args[i])
		}
	}
	return v.T(key, values)
}

// longestArg bounds how much of what stands in a line is said again, in characters.
const longestArg = 40

func saidArg(v *ui.View, arg any) string {
	switch arg := arg.(type) {
	case int:
		return v.Int(arg)
	case number.State:
		return v.T(numberStates[arg].text)
	case error:
		return saidSyntax(v, arg)
	}
	text := []rune(fmt.Sprint(arg))
	if len(text) > longestArg {
		return string(text[:longestArg]) + "…"
	}
	return string(text)
}

// saidSyntax is why a line is no CSV.
func saidSyntax(v *ui.View, err error) string {
	switch {
	case errors.Is(err, csv.ErrFieldCount):
		return v.T("line.csv_cells")
	case errors.Is(err, csv.ErrQuote), errors.Is(err, csv.ErrBareQuote):
		return v.T("line.csv_quotes")
	}
	return err.Error()
}
