// Package staff knows who answers and makes a project's calls: employees with their departments and extensions, the contacts
// they are reached at and recognised by, and their SIP accounts.
//
// It owns the tables staff_*. Departments, members and their blocking are access's; whether a device is registered is the
// registrar's to know, whom a call rings the routing schemes'. Invariants:
//
//   - An extension belongs to one employee of a project, a SIP user name to one account of the installation (Rules T-40, T-42).
//   - No password is stored, only what digest authentication compares with, and that is sealed by the vault (Rule T-42).
//   - The account of somebody who is blocked or gone opens nothing: the lookup asks access each time (Rule T-43).
//   - What is remembered of a project is believed for seconds (package recall); nodes need not tell each other.
package staff
