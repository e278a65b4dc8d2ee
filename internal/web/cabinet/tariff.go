package cabinet

import (
	"strings"

	"bellwether/internal/civil"
	"bellwether/internal/pricebook"
	"bellwether/internal/web/ui"
)

// UsualBook is the price book that a new project is offered first.
const UsualBook = "ringostat"

// planMark parts a price book from a plan of it in a form's value.
const planMark = ":"

// TariffChoices are the price books in force today, by their titles in the reader's language; of those that are sold by plan, each plan.
func TariffChoices(v *Visit, books *pricebook.Library) (list []ui.Choice) {
	for _, name := range books.Names() {
		book, err := books.At(name, civil.DateIn(v.At, v.Zone()))
		if err != nil {
			continue // it begins later
		}
		title := book.Title.In(string(v.Lang))
		if book.Terms == nil {
			list = append(list, ui.Choice{Value: name, Text: title})
			continue
		}
		for _, plan := range book.Terms.Plans {
			list = append(list, ui.Choice{Value: name + planMark + plan.Name, Text: title + ": " + plan.Title.In(string(v.Lang))})
		}
	}
	return list
}

// TariffOf reads the value of such a choice; plan is empty where the book has none.
func TariffOf(value string) (book, plan string) {
	book, plan, _ = strings.Cut(value, planMark)
	return book, plan
}
