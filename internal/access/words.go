package access

import (
	"bellwether/internal/ident"
	"bellwether/internal/right"
)

// The words of rights are package right's, where those below this package find them too. Surfaces know them by these names.
type (
	Action = right.Action
	Object = right.Object
)

// The actions.
const (
	View   = right.View
	Edit   = right.Edit
	Delete = right.Delete
	Export = right.Export
	Listen = right.Listen
)

// The objects.
const (
	Funds       = right.Funds
	Payments    = right.Payments
	Products    = right.Products
	Book        = right.Book
	Numbers     = right.Numbers
	Settings    = right.Settings
	People      = right.People
	Roles       = right.Roles
	Keys        = right.Keys
	Ownership   = right.Ownership
	Schemes     = right.Schemes
	Telephony   = right.Telephony
	Calls       = right.Calls
	Recordings  = right.Recordings
	Charging    = right.Charging
	Pools       = right.Pools
	Widgets     = right.Widgets
	Visits      = right.Visits
	Reports     = right.Reports
	Costs       = right.Costs
	Orders      = right.Orders
	Clients     = right.Clients
	Tasks       = right.Tasks
	Chat        = right.Chat
	Audit       = right.Audit
	Portfolio   = right.Portfolio
	Projects    = right.Projects
	Agencies    = right.Agencies
	PriceBooks  = right.PriceBooks
	Rates       = right.Rates
	NumberStock = right.NumberStock
	Adjustments = right.Adjustments
	Approvals   = right.Approvals
	Node        = right.Node
	ViewAs      = right.ViewAs
)

// Actions are all actions, for a page that edits a role.
func Actions() []Action { return right.Actions() }

// RoleObjects are those a role of an organisation of a kind is about: its own ones, then those beneath it.
func RoleObjects(kind ident.OrgKind) []Object { return right.RoleObjects(kind) }
