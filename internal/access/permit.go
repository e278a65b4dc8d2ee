package access

import (
	"slices"

	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/right"
)

// Permit is what a principal may do in one organisation. Only a Gate makes one, and it is good for one request. The zero
// Permit allows nothing.
type Permit struct {
	Org        ident.Org
	Self       account.UserID   // whose rows are one's own; empty for a key that nobody made
	Viewing    bool             // an operator who views as Self, and only looks
	principal  Principal        //
	colleagues []account.UserID // in one's departments, with oneself
	full       Matrix           // of all memberships that reach here
	here       Matrix           // the part about what exists in Org
}

// Reach is on whose rows an action is allowed.
type Reach struct {
	Level      Level
	Self       account.UserID
	Colleagues []account.UserID // in one's departments, with oneself
}

// May is the one decision (Rule A-07): whether an action on an object is allowed here, and on whose rows. Where it is not, the answer
// is errs.Denied `access.denied` with Params["action"] and Params["object"], or `access.only_viewing` for whoever views as
// somebody else.
func (p Permit) May(a Action, o Object) (Reach, error) {
	level := p.here.Level(a, o)
	switch {
	case level != None:
		return Reach{Level: level, Self: p.Self, Colleagues: p.colleagues}, nil
	case p.Viewing && a != View:
		return Reach{}, onlyViewing()
	}
	return Reach{}, denied(a, o)
}

func onlyViewing() error {
	return errs.New(errs.Denied, "access.only_viewing", "whoever views as somebody else changes nothing").Try("end the view first")
}

func denied(a Action, o Object) error {
	return errs.New(errs.Denied, "access.denied", "this needs the right to %s: %s", a, o).
		Try("ask an owner or administrator for it").With("action", a.String()).With("object", o.String())
}

// Allows is May for a page that only shows what is possible.
func (p Permit) Allows(a Action, o Object) bool { return p.here.Level(a, o) != None }

// Whole reports whether the permit allows all that the operator's role does: what the API asks of an operator's key is asked as a whole.
func (p Permit) Whole() bool { return builtin[string(OperatorRole)].Within(p.full) }

// Matrix is everything that is allowed here.
func (p Permit) Matrix() Matrix { return p.here }

// Actor is who acts, for the trail.
func (p Permit) Actor() audit.Actor { return p.principal.Actor() }

// Allow is May for what is asked below the surfaces, in a transaction that is for whoever has the permit (store.Guarded): it refuses
// unless one of the rights is held in an organisation that the permit reaches. That is its own, all for the operator's, and from
// everywhere the operator for what only operators have. One out of reach answers as if it were not there (Rule A-18).
func (p Permit) Allow(org ident.Org, rights ...right.Right) error {
	if p.covers(org) && len(rights) == 0 {
		return nil
	}
	for _, r := range rights {
		inReach := p.covers(org) || org == ident.Operator && r.Object.OnlyOperators()
		if inReach && p.full.Level(r.Action, r.Object) != None {
			return nil
		}
	}
	switch {
	case !p.covers(org):
		return notThere(org)
	case p.Viewing:
		return onlyViewing()
	}
	return denied(rights[0].Action, rights[0].Object)
}

// covers reports whether the permit is about an organisation: its own, or any where it is the operator's. The zero Permit covers none.
func (p Permit) covers(org ident.Org) bool {
	return p.Org.Kind != "" && (p.Org == org || p.Org == ident.Operator)
}

// within refuses rights that whoever gives them does not have (Rule A-09).
func (p Permit) within(m Matrix) error {
	if !m.Within(p.full) {
		return errs.New(errs.Denied, "access.beyond_own", "nobody can give, change or take rights they do not have").Try("ask an owner")
	}
	return nil
}

// Covers reports whether a row is reached: owner is who is responsible for it, empty for nobody.
func (r Reach) Covers(owner account.UserID) bool {
	switch {
	case r.Level == All:
		return true
	case r.Level == None || r.Self == "":
		return false
	case owner == r.Self:
		return true
	case owner == "":
		return r.Level >= OwnAndUnassigned
	}
	return r.Level == InDepartment && slices.Contains(r.Colleagues, owner)
}

// Owners gives those whose rows are reached, the empty one for rows that nobody is responsible for; all is true where every
// row is. For the IN (...) of a query.
func (r Reach) Owners() (owners []account.UserID, all bool) {
	if r.Level == All {
		return nil, true
	}
	if r.Level == InDepartment {
		owners = append(owners, r.Colleagues...)
	}
	for _, owner := range []account.UserID{r.Self, ""} {
		if r.Covers(owner) && !slices.Contains(owners, owner) {
			owners = append(owners, owner)
		}
	}
	return owners, false
}
