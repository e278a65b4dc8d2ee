package ops

import (
	"regexp"
	"strings"

	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/pricebook"
	"bellwether/internal/web/ui"
)

// problemKeys say the mistakes of price books; those of rate cards are said as the errors they are.
var problemKeys = map[string]lang.Key{
	"bad_country":         "problem.bad_country",
	"bad_currency":        "problem.bad_currency",
	"bad_language":        "problem.bad_language",
	"bad_name":            "problem.bad_name",
	"bad_text":            "problem.bad_text",
	"bad_value":           "problem.bad_value",
	"bad_version":         "problem.bad_version",
	"bad_zone":            "problem.bad_zone",
	"bundle_falls":        "problem.bundle_falls",
	"card_not_rated":      "problem.card_not_rated",
	"card_unreadable":     "problem.card_unreadable",
	"card_unused":         "problem.card_unused",
	"cards_alone":         "problem.cards_alone",
	"circle":              "problem.circle",
	"country_no_currency": "problem.country_no_currency",
	"discount_falls":      "problem.discount_falls",
	"empty_file":          "problem.empty_file",
	"empty_list":          "problem.empty_list",
	"extend_longer":       "problem.extend_longer",
	"file_or_rows":        "problem.file_or_rows",
	"lacks":               "problem.lacks",
	"leg_never":           "problem.leg_never",
	"legs_uncovered":      "problem.legs_uncovered",
	"long_list":           "problem.long_list",
	"minute_above_day":    "problem.minute_above_day",
	"name_taken":          "problem.name_taken",
	"names_itself":        "problem.names_itself",
	"never_counts":        "problem.never_counts",
	"no_amount":           "problem.no_amount",
	"no_currencies":       "problem.no_currencies",
	"no_currency":         "problem.no_currency",
	"no_english":          "problem.no_english",
	"no_limits":           "problem.no_limits",
	"no_numbers":          "problem.no_numbers",
	"no_package":          "problem.no_package",
	"no_rows_in":          "problem.no_rows_in",
	"no_time":             "problem.no_time",
	"no_value":            "problem.no_value",
	"not_book":            "problem.not_book",
	"not_book_currency":   "problem.not_book_currency",
	"not_bool":            "problem.not_bool",
	"not_fields":          "problem.not_fields",
	"not_list":            "problem.not_list",
	"not_plain":           "problem.not_plain",
	"not_rising":          "problem.not_rising",
	"not_used":            "problem.not_used",
	"no_name":             "problem.no_name",
	"not_yaml":            "problem.not_yaml",
	"one_amount":          "problem.one_amount",
	"package_not_charged": "problem.package_not_charged",
	"package_unused":      "problem.package_unused",
	"rest_of_world":       "problem.rest_of_world",
	"second_time":         "problem.second_time",
	"sells_nothing":       "problem.sells_nothing",
	"slots_taken":         "problem.slots_taken",
	"tax_country":         "problem.tax_country",
	"tax_never":           "problem.tax_never",
	"too_deep":            "problem.too_deep",
	"too_large":           "problem.too_large",
	"twice":               "problem.twice",
	"two_documents":       "problem.two_documents",
	"unknown_card":        "problem.unknown_card",
	"unknown_field":       "problem.unknown_field",
	"unknown_package":     "problem.unknown_package",
	"unknown_product":     "problem.unknown_product",
	"wrong_kind":          "problem.wrong_kind",
}

// saidProblem is a mistake in the reader's words; ok is false where only the checker's own are known.
func saidProblem(v *ui.View, p pricebook.Problem) (text string, ok bool) {
	if key, ok := problemKeys[p.Code]; ok {
		return v.T(key, lang.Values{"A": inFormat(p.Args[0]), "B": inFormat(p.Args[1]), "C": inFormat(p.Args[2])}), true
	}
	text, _ = v.Error(errs.New(errs.Invalid, p.Code, "%s", p.Message))
	return text, text != p.Message
}

// field is a field of the format as a message names it: "included of seats of product virtual_pbx".
var field = regexp.MustCompile(`^[a-z_]+( of .+)+$`)

// inFormat names a field without English words: "included (seats, product virtual_pbx)".
func inFormat(name string) string {
	if !field.MatchString(name) {
		return name
	}
	first, rest, _ := strings.Cut(name, " of ")
	return first + " (" + strings.ReplaceAll(rest, " of ", ", ") + ")"
}
