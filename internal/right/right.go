package right

// Right is an action on a kind of thing: what is asked for before something is done.
type Right struct {
	Action Action
	Object Object
}

// Of is the right to do this to an object: right.Edit.Of(right.Products).
func (a Action) Of(o Object) Right { return Right{a, o} }

// String writes "edit: products", as refusals do.
func (r Right) String() string { return r.Action.String() + ": " + r.Object.String() }
