package dialplan

import (
	"slices"
	"time"
)

// Staff are the employees of a project whom calls may reach, in the order in which they ring.
type Staff []Employee

// Employee is what a call needs to know about one.
type Employee struct {
	ID          string     `json:"id"`
	Name        string     `json:"name,omitempty"`
	Departments []string   `json:"departments,omitempty"` // ids
	Extension   string     `json:"extension,omitempty"`   // digits
	Contacts    []Endpoint `json:"contacts,omitempty"`    // the primary ones: they ring together
	CallerID    string     `json:"caller_id,omitempty"`   // E.164: shown by their calls; empty for the project's
}

// Endpoint is one place that can be rung.
type Endpoint struct {
	Kind EndpointKind `json:"kind"`
	To   string       `json:"to"`
}

// EndpointKind says what the To of an Endpoint is.
type EndpointKind string

// The kinds of endpoints.
const (
	Account EndpointKind = "account" // the name of a SIP account of the project
	Phone   EndpointKind = "phone"   // E.164 with '+', or emergency digits
	SIP     EndpointKind = "sip"     // sip:user@host elsewhere
)

// String is the endpoint as people write it.
func (e Endpoint) String() string { return e.To }

// Presence is what an employee does right now, as queues see it.
type Presence struct {
	Employee  string    `json:"employee"`
	Busy      bool      `json:"busy,omitempty"`  // talking, ringing, resting or away
	IdleSince time.Time `json:"idle_since"`      // when their last call ended; zero for never
	Calls     int       `json:"calls,omitempty"` // answered today
	Nodes     []string  `json:"nodes,omitempty"` // that can ring them, where there are several
}

// Employee finds one by id.
func (s Staff) Employee(id string) (Employee, bool) {
	return s.find(func(e Employee) bool { return e.ID == id })
}

// Extension finds the employee with an extension.
func (s Staff) Extension(digits string) (Employee, bool) {
	return s.find(func(e Employee) bool { return digits != "" && e.Extension == digits })
}

func (s Staff) find(is func(Employee) bool) (Employee, bool) {
	if i := slices.IndexFunc(s, is); i >= 0 {
		return s[i], true
	}
	return Employee{}, false
}

// longerExtension tells whether an extension begins with digits and has more.
func (s Staff) longerExtension(digits string) bool {
	return slices.ContainsFunc(s, func(e Employee) bool {
		return len(e.Extension) > len(digits) && e.Extension[:len(digits)] == digits
	})
}

func (s Staff) longestExtension() (digits int) {
	for _, e := range s {
		digits = max(digits, len(e.Extension))
	}
	return digits
}

// party is whom one target rings at once: an employee with all their contacts, or a place.
type party struct {
	Employee string     `json:"employee,omitempty"`
	Contacts []Endpoint `json:"contacts"`
	Seconds  int        `json:"seconds,omitempty"` // of its own, where in turn
}

// parties are whom targets ring, in order: a department is its members, and nobody is rung twice.
func (s Staff) parties(targets []Target) []party {
	var all []party
	seen := map[string]bool{}
	employee := func(e Employee, seconds int) {
		if !seen[e.ID] && len(e.Contacts) > 0 {
			seen[e.ID] = true
			all = append(all, party{e.ID, e.Contacts, seconds})
		}
	}
	for _, target := range targets {
		if e, ok := s.Employee(target.Employee); ok {
			employee(e, target.Seconds)
		}
		for _, e := range s {
			if target.Department != "" && slices.Contains(e.Departments, target.Department) {
				employee(e, target.Seconds)
			}
		}
		if at, ok := target.endpoint(); ok {
			all = append(all, party{Contacts: []Endpoint{at}, Seconds: target.Seconds})
		}
	}
	return all
}

// Of are the employees whom targets ring, in order.
func (s Staff) Of(targets []Target) (ids []string) {
	for _, p := range s.parties(targets) {
		if p.Employee != "" {
			ids = append(ids, p.Employee)
		}
	}
	return ids
}

// endpoint is the place a target names, where it names no employees.
func (t Target) endpoint() (Endpoint, bool) {
	switch {
	case t.Phone != "":
		return Endpoint{Phone, t.Phone}, true
	case t.Account != "":
		return Endpoint{Account, t.Account}, true
	case t.SIP != "":
		return Endpoint{SIP, t.SIP}, true
	}
	return Endpoint{}, false
}
