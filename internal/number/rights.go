package number

import "bellwether/internal/right"

// The rights of which one lets somebody make a change of a project's numbers, or of the operator's stock (Rule A-18).
var (
	forNumbers  = []right.Right{right.Edit.Of(right.Numbers)}
	forRelease  = []right.Right{right.Delete.Of(right.Numbers)}
	forStock    = []right.Right{right.Edit.Of(right.NumberStock)}
	forProjects = []right.Right{right.Edit.Of(right.Projects)}
)
