// Package access says who may do what: organisations and their members, roles, the matrix of permissions, invitations,
// blocking, departments, seats, and operators who view as somebody else.
//
// It owns the tables access_* and the one decision, [Permit.May]. It does not own who somebody is (account), the trail
// (audit), projects (project), what a seat costs (billing, told through [SeatCounter]), nor the rows that "own" and
// "department" speak of: a domain that has rows of people's own (call) filters them by the [Reach] that [Permit.May] gives;
// where a thing is the whole organisation's, any level is a yes.
//
// A surface asks a [Gate] for a [Permit] to an organisation, once a request, and the permit for every action. What
// this package changes it lets only a permit change; in the context of a request the permit is the guard of what the
// packages below change ([Permit.Allow], Rule A-18).
//
// Invariants:
//   - What no role grants is refused. Rights add up over a person's memberships and nothing else adds to them.
//   - An organisation somebody has no standing in is not there: they get the answer for one that does not exist.
//   - Nobody gives away more than they have: a role that is granted, edited or taken lies within the granter's own rights.
//     An API key never may more than its scope, nor more than whoever made it may now.
//   - Whoever is blocked does nothing: sessions and API keys end everywhere within 5 seconds, changes of roles count
//     within as many.
//   - An organisation that had an owner (or the operator) keeps one.
//   - Whoever views as somebody else only looks.
package access
