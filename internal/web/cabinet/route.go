package cabinet

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"bellwether/internal/access"
	"bellwether/internal/ident"
)

// Need is what a route asks of its reader.
type Need struct {
	Open   bool          // nobody needs to be signed in
	Kind   ident.OrgKind // whose page it is; empty for what is one's own
	Right  bool          // Action on Object is needed; else any standing in the organisation will do
	Action access.Action
	Object access.Object
	Most   int64 // bytes of a request's body; 256 KiB where 0
	Viewer bool  // whoever views as somebody else may send it too, though it is not GET
}

// Anybody is the need of a page for strangers too.
func Anybody() Need { return Need{Open: true} }

// SignedIn is the need of one's own pages.
func SignedIn() Need { return Need{} }

// Project is the need of a page of a project, whose path begins with /p/{project}.
func Project(a access.Action, o access.Object) Need {
	return Need{Kind: ident.ProjectKind, Right: true, Action: a, Object: o}
}

// Agency is the need of a page of an agency, whose path begins with /a/{agency}.
func Agency(a access.Action, o access.Object) Need {
	return Need{Kind: ident.AgencyKind, Right: true, Action: a, Object: o}
}

// Operator is the need of a page of the operator, whose path begins with /op.
func Operator(a access.Action, o access.Object) Need {
	return Need{Kind: ident.OperatorKind, Right: true, Action: a, Object: o}
}

// Inside is the need of a page for everybody who stands in the organisation its path begins with.
func Inside(path string) Need {
	switch {
	case strings.HasPrefix(path, "/p/"):
		return Need{Kind: ident.ProjectKind}
	case strings.HasPrefix(path, "/a/"):
		return Need{Kind: ident.AgencyKind}
	}
	return Need{Kind: ident.OperatorKind}
}

// UpTo is the need with another bound for a request's body, in bytes.
func (n Need) UpTo(most int64) Need {
	n.Most = most
	return n
}

// ForViewers is the need of what is sent and changes nothing but the view itself: its end, or a message being seen. Everything
// else that is not GET is refused to whoever views as somebody else (Rule A-14).
func (n Need) ForViewers() Need {
	n.Viewer = true
	return n
}

// Action answers a visit, or says why it cannot.
type Action func(v *Visit) error

// Route is a pattern of http.ServeMux with what it needs.
type Route struct {
	Pattern string
	Need    Need
	action  Action
}

var prefixes = map[ident.OrgKind]string{ident.ProjectKind: "/p/{project}", ident.AgencyKind: "/a/{agency}", ident.OperatorKind: "/op"}

// Handle adds a route. It panics where the path does not begin as the need's organisation demands: a programmer's mistake.
func (c *Cabinet) Handle(pattern string, need Need, action Action) {
	_, path, _ := strings.Cut(pattern, " ")
	if prefix := prefixes[need.Kind]; path != prefix && !strings.HasPrefix(path, prefix+"/") {
		panic("cabinet: " + pattern + " does not begin with " + prefix)
	}
	route := &Route{pattern, need, action}
	c.routes = append(c.routes, route)
	c.Site.Handle(pattern, func(w http.ResponseWriter, r *http.Request) {
		v, err := c.enter(w, r, route.Need)
		if err == nil {
			err = tidy(r)
		}
		if err == nil {
			err = route.action(v)
		}
		if err != nil {
			v.fail(err)
		}
	})
}

// Routes are all routes added so far, in the order of their patterns.
func (c *Cabinet) Routes() []Route {
	all := make([]Route, len(c.routes))
	for i, route := range c.routes {
		all[i] = *route
	}
	slices.SortFunc(all, func(a, b Route) int { return strings.Compare(a.Pattern, b.Pattern) })
	return all
}

// Link is the path of a page that a mail leads to, with the secret that opens it.
func Link(path, secret string) string { return path + "?" + url.Values{"code": {secret}}.Encode() }
