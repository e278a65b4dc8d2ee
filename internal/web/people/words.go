package people

import (
	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/ident"
	"bellwether/internal/lang"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

var roleHintKeys = map[access.RoleID]lang.Key{
	access.OperatorRole: "people.hint_operator", access.AgencyRole: "people.hint_agency", access.Owner: "people.hint_owner",
	access.Administrator: "people.hint_administrator", access.Marketer: "people.hint_marketer", access.Manager: "people.hint_manager",
	access.Accountant: "people.hint_accountant", access.ReadOnly: "people.hint_read_only",
}

// roleName is a role in the reader's words; a project's own one has a name.
func (st *staff) roleName(v *ui.View, id access.RoleID) string {
	if name, ok := cabinet.BuiltinRole(v.Printer, id); ok {
		return name
	}
	for _, r := range st.roles {
		if r.ID == id {
			return r.Name
		}
	}
	return v.T("people.role_gone")
}

func nameOfRole(v *ui.View, r access.Role) string {
	if name, ok := cabinet.BuiltinRole(v.Printer, r.ID); ok {
		return name
	}
	return r.Name
}

// roleChoices are the roles that can be given here.
func (st *staff) roleChoices(v *ui.View) (list []ui.Choice) {
	for _, r := range st.roles {
		list = append(list, ui.Choice{Value: string(r.ID), Text: nameOfRole(v, r)})
	}
	return list
}

// state is whether somebody may come in.
func (e employee) state(v *ui.View) cabinet.Cell {
	switch {
	case e.Everywhere:
		return cabinet.Status(ui.Bad, v.T("people.blocked_everywhere"))
	case !e.active():
		return cabinet.Status(ui.Bad, v.T("people.blocked"))
	}
	return cabinet.Status(ui.Good, v.T("people.active"))
}

var scopeKeys = map[account.Scope]lang.Key{
	account.Operator: "people.scope_operator", account.ProjectRead: "people.scope_read", account.ProjectWrite: "people.scope_write",
	account.ProjectCharge: "people.scope_charge",
}

var scopeHintKeys = map[account.Scope]lang.Key{
	account.Operator: "people.scope_operator_hint", account.ProjectRead: "people.scope_read_hint", account.ProjectWrite: "people.scope_write_hint",
	account.ProjectCharge: "people.scope_charge_hint",
}

var actionKeys = map[access.Action]lang.Key{
	access.View: "people.action_view", access.Edit: "people.action_edit", access.Delete: "people.action_delete",
	access.Export: "people.action_export", access.Listen: "people.action_listen",
}

// beneathKeys say where the objects are that a role reaches beneath its organisation.
var beneathKeys = map[ident.OrgKind]lang.Key{ident.AgencyKind: "people.beneath_agency", ident.OperatorKind: "people.beneath_operator"}

var levelKeys = map[access.Level]lang.Key{
	access.None: "people.level_none", access.Own: "people.level_own", access.OwnAndUnassigned: "people.level_free",
	access.InDepartment: "people.level_department", access.All: "people.level_all",
}

var objectKeys = map[access.Object]lang.Key{
	access.Funds: "people.object_funds", access.Payments: "people.object_payments", access.Products: "people.object_products",
	access.Book: "people.object_price_book", access.Numbers: "people.object_numbers", access.Settings: "people.object_settings",
	access.People: "people.object_people", access.Roles: "people.object_roles", access.Keys: "people.object_keys",
	access.Ownership: "people.object_ownership", access.Schemes: "people.object_schemes", access.Telephony: "people.object_telephony",
	access.Calls: "people.object_calls", access.Recordings: "people.object_recordings", access.Charging: "people.object_charging",
	access.Pools: "people.object_pools", access.Widgets: "people.object_widgets", access.Visits: "people.object_visits",
	access.Reports: "people.object_reports", access.Costs: "people.object_costs", access.Orders: "people.object_orders",
	access.Clients: "people.object_clients", access.Tasks: "people.object_tasks", access.Chat: "people.object_chat",
	access.Audit: "people.object_audit", access.Portfolio: "people.object_portfolio", access.Projects: "people.object_projects",
	access.Agencies: "people.object_agencies", access.PriceBooks: "people.object_price_books", access.Rates: "people.object_rates",
	access.NumberStock: "people.object_number_stock", access.Adjustments: "people.object_adjustments", access.Approvals: "people.object_approvals",
	access.Node: "people.object_node", access.ViewAs: "people.object_view_as",
}
