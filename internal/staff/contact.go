package staff

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
)

// ContactKind is what kind of address a contact is.
type ContactKind string

// The kinds of contacts.
const (
	BySIP    ContactKind = "sip"
	ByMobile ContactKind = "mobile"
	ByOther  ContactKind = "other" // a desk telephone, a partner's number
)

// ContactKinds lists the kinds.
var ContactKinds = []ContactKind{BySIP, ByMobile, ByOther}

// Contact is where an employee is reached. Those that are primary are rung, in their order; the others only tell who calls
// (Rule T-41).
type Contact struct {
	Kind    ContactKind `json:"kind"`
	Address string      `json:"address"` // the user name of a SIP account of theirs, or an E.164 number
	Primary bool        `json:"primary"`
}

const mostContacts = 20 // of an employee

// checkContacts reads what people write, and keeps each address once. A SIP contact is an account of the employee's own.
func checkContacts(given []Contact, accounts []SIPAccount, country string) ([]Contact, error) {
	var list []Contact
	if len(given) > mostContacts {
		return nil, badContact(mostContacts, "an employee has at most %d contacts", mostContacts)
	}
	for i, c := range given {
		switch c.Kind {
		case BySIP:
			if !slices.ContainsFunc(accounts, func(a SIPAccount) bool { return a.UserName == c.Address }) {
				return nil, badContact(i, "%.40q is not a SIP account of this employee", c.Address)
			}
		case ByMobile, ByOther:
			number, err := phone.Parse(c.Address, country)
			if err != nil {
				return nil, badContact(i, "%.40q is not a telephone number", c.Address)
			}
			c.Address = string(number)
		default:
			return nil, badContact(i, "%.20q is not a kind of contact", string(c.Kind))
		}
		if !slices.ContainsFunc(list, func(known Contact) bool { return known.Address == c.Address }) {
			list = append(list, c)
		}
	}
	return list, nil
}

// badContact names the contact by its place in the list.
func badContact(i int, format string, args ...any) error {
	return errs.New(errs.Invalid, "staff.bad_contact", format, args...).At(fmt.Sprintf("contacts[%d]", i)).
		Try("write a number with its country's code, such as +380671234567, or choose one of the SIP accounts")
}

func writeContacts(ctx context.Context, tx *store.Tx, project ident.ProjectID, e Employee) error {
	if _, err := tx.Exec(ctx, `DELETE FROM staff_contact WHERE project_id = $1 AND employee_id = $2`, string(project), string(e.ID)); err != nil {
		return err
	}
	rows := make([][]any, len(e.Contacts))
	for i, c := range e.Contacts {
		rows[i] = []any{string(project), string(e.ID), i, string(c.Kind), c.Address, c.Primary}
	}
	return tx.Insert(ctx, "staff_contact", []string{"project_id", "employee_id", "place", "kind", "address", "is_primary"}, rows)
}

func readContacts(ctx context.Context, q store.Querier, project ident.ProjectID, at map[EmployeeID]*Employee) error {
	return store.EachRow(ctx, q, `SELECT employee_id, kind, address, is_primary FROM staff_contact WHERE project_id = $1 ORDER BY employee_id, place`,
		[]any{string(project)}, func(rows *sql.Rows) error {
			var id EmployeeID
			var c Contact
			err := rows.Scan(&id, &c.Kind, &c.Address, &c.Primary)
			if e := at[id]; e != nil {
				e.Contacts = append(e.Contacts, c)
			}
			return err
		})
}
