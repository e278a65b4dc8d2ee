package ident

// OrgKind is what kind of organisation people belong to.
type OrgKind string

// The kinds of organisations.
const (
	OperatorKind OrgKind = "operator" // runs the installation; there is one
	AgencyKind   OrgKind = "agency"   // runs projects of others
	ProjectKind  OrgKind = "project"  // the billing unit
)

// Org names an organisation: what people are members of and what changes are recorded under. The zero Org is none.
type Org struct {
	Kind OrgKind
	ID   string // of the agency or the project; empty for the operator
}

// Operator is the operator's organisation.
var Operator = Org{Kind: OperatorKind}

// AgencyOrg is the organisation of an agency.
func AgencyOrg(id string) Org { return Org{Kind: AgencyKind, ID: id} }

// ProjectOrg is the organisation of a project.
func ProjectOrg(id ProjectID) Org { return Org{Kind: ProjectKind, ID: string(id)} }

// Project is the project's name, or nothing where the organisation is none.
func (o Org) Project() ProjectID {
	if o.Kind != ProjectKind {
		return ""
	}
	return ProjectID(o.ID)
}

// Agency is the agency's name, or nothing where the organisation is none.
func (o Org) Agency() string {
	if o.Kind != AgencyKind {
		return ""
	}
	return o.ID
}

// String writes "project:shop", "agency:north", "operator" or, for none, nothing.
func (o Org) String() string {
	if o.ID == "" {
		return string(o.Kind)
	}
	return string(o.Kind) + ":" + o.ID
}
