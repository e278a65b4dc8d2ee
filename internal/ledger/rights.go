package ledger

import "bellwether/internal/right"

// The rights of which one lets somebody move a project's money by hand, or open and end its account (Rule A-18). What is posted for a
// day, a call or a message is asked for by whoever posts it.
var (
	forMoney    = []right.Right{right.Edit.Of(right.Adjustments), right.Edit.Of(right.Approvals)}
	forProjects = []right.Right{right.Edit.Of(right.Projects)}
)
