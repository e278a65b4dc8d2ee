// Package people is the pages about who works in an organisation and what they may do: users, invitations, blocking, roles,
// departments, seats, API keys and the trail of changes, of projects (/p/{project}/people), of agencies (/a/{agency}/people)
// and of the operator (/op/people), who also blocks somebody everywhere.
//
// It owns what these pages show and ask, and no table. Rights are access's, who somebody is account's, what seats and users
// cost billing's: every amount before a change is a preview of that very change.
//
// Invariants:
//   - Nothing is written but through access, account and billing, which the visit's permit must allow there as well as at the route
//     (Rule A-18).
//   - What costs money or deletes shows its effect and asks first; whatever else is done offers its undoing.
//   - Somebody can be blocked whatever the price book says by then: seats of products it no longer has are no obstacle.
package people
