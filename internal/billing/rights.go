package billing

import "bellwether/internal/right"

// The rights of which one lets somebody make a change of a project (Rule A-18). What a second signature books has the right of
// whoever gave it; what operators do to any project has theirs; and a program's key counts users by its right to products.
var (
	forProducts = []right.Right{right.Edit.Of(right.Products)}
	forPeople   = []right.Right{right.Edit.Of(right.People), right.Delete.Of(right.People), right.Edit.Of(right.Products)}
	forBook     = []right.Right{right.Edit.Of(right.Book), right.Edit.Of(right.Products), right.Edit.Of(right.Projects)}
	forSettings = []right.Right{right.Edit.Of(right.Settings)}
	forNumbers  = []right.Right{right.Edit.Of(right.Numbers)}
	forRelease  = []right.Right{right.Delete.Of(right.Numbers)}
	forMoney    = []right.Right{right.Edit.Of(right.Adjustments), right.Edit.Of(right.Approvals)}
	forState    = []right.Right{right.Edit.Of(right.Projects)}
	forNight    = []right.Right{right.Edit.Of(right.Node)}
)
