package project

import "bellwether/internal/right"

// The rights of which one lets somebody make a change of a project (Rule A-18).
var (
	forSettings = []right.Right{right.Edit.Of(right.Settings)}
	forBook     = []right.Right{right.Edit.Of(right.Book), right.Edit.Of(right.Products), right.Edit.Of(right.Projects)} // a plan is a product
	forProjects = []right.Right{right.Edit.Of(right.Projects)}
)
