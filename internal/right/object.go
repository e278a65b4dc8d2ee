package right

import (
	"slices"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
)

// Object is a kind of thing that rights are about.
type Object uint8

// The objects. Those of a project first, then the agency's, then the operator's.
const (
	Funds       Object = iota // balance, statement, forecast, loyalty
	Payments                  // top-ups, cards, renewal, invoices
	Products                  // product switches, minute packages, paid users
	Book                      // the project's price book, version and plan
	Numbers                   // inventory, rent, own numbers
	Settings                  // name, time zone, caps
	People                    // members, invitations, departments, seats, blocking
	Roles                     // an organisation's own roles
	Keys                      // API keys
	Ownership                 // who owns the project, its agency, its end
	Schemes                   // routing schemes, queues, working hours, prompts
	Telephony                 // SIP accounts, trunks
	Calls                     // the call log, live calls
	Recordings                //
	Charging                  // authorise, extend, settle calls; charge messages
	Pools                     // number pools, substitution rules, the tag
	Widgets                   // callback and its designs
	Visits                    // visitors and their journeys
	Reports                   //
	Costs                     // costs and revenue, imported or typed
	Orders                    //
	Clients                   //
	Tasks                     //
	Chat                      // support, from either side
	Audit                     // the trail
	Portfolio                 // an agency's projects and what it earns
	Projects                  // all projects: open, list, move
	Agencies                  // all agencies
	PriceBooks                // the price-book editor
	Rates                     // rate cards
	NumberStock               // the operator's numbers, quarantine
	Adjustments               // manual payments and corrections
	Approvals                 // the second signature above the limit
	Node                      // jobs, outbox, ledger check, metrics
	ViewAs                    // looking through a user's eyes
	ObjectCount               // how many there are
)

// homes are the kinds of organisation in which an object exists.
type homes uint8

const (
	inProject homes = 1 << iota
	inAgency
	inOperator
)

// nature is what an object is like.
type nature struct {
	name    string
	homes   homes
	rows    bool // rows with somebody responsible: levels between none and all mean something
	actions []Action
}

var natures = [ObjectCount]nature{
	Funds:       {"funds", inProject, false, []Action{View, Export}},
	Payments:    {"payments", inProject, false, []Action{View, Edit, Delete, Export}},
	Products:    {"products", inProject, false, []Action{View, Edit}},
	Book:        {"price_book", inProject, false, []Action{View, Edit, Export}},
	Numbers:     {"numbers", inProject, false, []Action{View, Edit, Delete, Export}},
	Settings:    {"settings", inProject | inAgency, false, []Action{View, Edit, Export}},
	People:      {"people", inProject | inAgency | inOperator, false, []Action{View, Edit, Delete, Export}},
	Roles:       {"roles", inProject | inAgency | inOperator, false, []Action{View, Edit, Delete}},
	Keys:        {"keys", inProject | inOperator, false, []Action{View, Edit, Delete, Export}},
	Ownership:   {"ownership", inProject | inAgency, false, []Action{View, Edit}},
	Schemes:     {"schemes", inProject, false, []Action{View, Edit, Delete, Export}},
	Telephony:   {"telephony", inProject | inOperator, false, []Action{View, Edit, Delete, Export}},
	Calls:       {"calls", inProject, true, []Action{View, Edit, Export, Listen}},
	Recordings:  {"recordings", inProject, true, []Action{View, Delete, Export, Listen}},
	Charging:    {"charging", inProject, false, []Action{Edit}},
	Pools:       {"pools", inProject, false, []Action{View, Edit, Delete, Export}},
	Widgets:     {"widgets", inProject, false, []Action{View, Edit, Delete}},
	Visits:      {"visits", inProject, false, []Action{View, Delete, Export}},
	Reports:     {"reports", inProject | inAgency, false, []Action{View, Edit, Delete, Export}},
	Costs:       {"costs", inProject, false, []Action{View, Edit, Delete, Export}},
	Orders:      {"orders", inProject, true, []Action{View, Edit, Delete, Export}},
	Clients:     {"clients", inProject, true, []Action{View, Edit, Delete, Export}},
	Tasks:       {"tasks", inProject, true, []Action{View, Edit, Delete, Export}},
	Chat:        {"chat", inProject | inAgency | inOperator, false, []Action{View, Edit}},
	Audit:       {"audit", inProject | inAgency | inOperator, false, []Action{View, Export}},
	Portfolio:   {"portfolio", inAgency, false, []Action{View, Edit, Export}},
	Projects:    {"projects", inOperator, false, []Action{View, Edit, Export}},
	Agencies:    {"agencies", inOperator, false, []Action{View, Edit, Export}},
	PriceBooks:  {"price_books", inOperator, false, []Action{View, Edit, Delete, Export}},
	Rates:       {"rates", inOperator, false, []Action{View, Edit, Export}},
	NumberStock: {"number_stock", inOperator, false, []Action{View, Edit, Delete, Export}},
	Adjustments: {"adjustments", inOperator, false, []Action{View, Edit, Export}},
	Approvals:   {"approvals", inOperator, false, []Action{View, Edit}},
	Node:        {"node", inOperator, false, []Action{View, Edit}},
	ViewAs:      {"view_as", inOperator, false, []Action{Edit}},
}

func (o Object) String() string { return natures[o].name }

// MarshalText writes the object's name.
func (o Object) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads an object's name; errs.Invalid `access.bad_object`.
func (o *Object) UnmarshalText(text []byte) error {
	i := slices.IndexFunc(natures[:], func(n nature) bool { return n.name == string(text) })
	if i < 0 {
		return errs.New(errs.Invalid, "access.bad_object", "%.40q is not an object", text).At("matrix")
	}
	*o = Object(i)
	return nil
}

// HasRows reports whether the object has rows that somebody is responsible for, so that levels between none and all mean
// something.
func (o Object) HasRows() bool { return natures[o].rows }

// Has reports whether an action on the object means something.
func (o Object) Has(a Action) bool { return slices.Contains(natures[o].actions, a) }

// In reports whether the object exists in organisations of a kind.
func (o Object) In(kind ident.OrgKind) bool { return natures[o].homes&homesOf[kind] != 0 }

// Beneath reports whether the object exists not in organisations of a kind, but in those that a role there reaches: an agency's projects,
// all projects and agencies of the operator.
func (o Object) Beneath(kind ident.OrgKind) bool {
	reached := map[ident.OrgKind]homes{ident.AgencyKind: inProject, ident.OperatorKind: inProject | inAgency}[kind]
	return !o.In(kind) && natures[o].homes&reached != 0
}

var homesOf = map[ident.OrgKind]homes{ident.ProjectKind: inProject, ident.AgencyKind: inAgency, ident.OperatorKind: inOperator}

// OnlyOperators reports whether the object is in no project and no agency, so that a right to it comes from the operator's roles alone.
func (o Object) OnlyOperators() bool { return natures[o].homes == inOperator }

// Objects are the objects of organisations of a kind.
func Objects(kind ident.OrgKind) (list []Object) {
	for o := range ObjectCount {
		if o.In(kind) {
			list = append(list, o)
		}
	}
	return list
}

// RoleObjects are those a role of an organisation of a kind is about: its own ones, then those beneath it.
func RoleObjects(kind ident.OrgKind) []Object {
	list := Objects(kind)
	for o := range ObjectCount {
		if o.Beneath(kind) {
			list = append(list, o)
		}
	}
	return list
}
