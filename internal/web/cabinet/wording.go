package cabinet

import (
	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/lang"
	"bellwether/internal/web/ui"
)

// roleKeys are the built-in roles, which every organisation has.
var roleKeys = map[access.RoleID]lang.Key{
	access.OperatorRole: "people.role_operator", access.AgencyRole: "people.role_agency", access.Owner: "people.role_owner",
	access.Administrator: "people.role_administrator", access.Marketer: "people.role_marketer", access.Manager: "people.role_manager",
	access.Accountant: "people.role_accountant", access.ReadOnly: "people.role_read_only",
}

// BuiltinRole is a built-in role in the reader's words; ok is false for an organisation's own one, which has a name.
func BuiltinRole(p *lang.Printer, id access.RoleID) (name string, ok bool) {
	key, ok := roleKeys[id]
	if !ok {
		return "", false
	}
	return p.T(key), true
}

// stateWords are the states of projects, with how worrying they are.
var stateWords = map[billing.State]struct {
	text lang.Key
	tone ui.Tone
}{
	billing.Active:     {"cabinet.state_active", ui.Good},
	billing.Low:        {"cabinet.state_low", ui.Warning},
	billing.Grace:      {"cabinet.state_grace", ui.Bad},
	billing.Suspended:  {"cabinet.state_suspended", ui.Bad},
	billing.Unpaid:     {"cabinet.state_unpaid", ui.Bad},
	billing.Quarantine: {"cabinet.state_quarantine", ui.Bad},
	billing.Released:   {"cabinet.state_released", ui.Neutral},
}

// StateOf is where a project stands, in the reader's words, and how worrying that is.
func StateOf(p *lang.Printer, s billing.State) (word string, tone ui.Tone) {
	known := stateWords[s]
	return p.T(known.text), known.tone
}
