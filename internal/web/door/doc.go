// Package door is the pages of whoever is not signed in: signing in and up, confirming an address, a forgotten password,
// an invitation, signing out, and the first run of an installation.
//
// It owns these pages, what is guessed of a newcomer's country, and the running of the demo. It does not own what makes
// signing in safe (account), invitations (access), nor what a project is opened with (billing).
//
// Invariants:
//   - A stranger is told the same whether an address has an account or not: at sign-in, at sign-up, at a forgotten password.
//   - A link of a mail does nothing by being opened: mail scanners open links. The button on its page does.
//   - Where one came from is a path of this site.
package door
