// Package account says who may do what. For now that is API keys: a secret that a program shows, a scope, and the one
// project it is bound to.
//
// It owns the table account_key, the form of secrets, scopes, and the answer to "may this key do that to this project".
// It does not own projects (project's), nor what happens after the answer (the surfaces').
//
// Invariants:
//   - A secret is shown once, when it is made; the store keeps only its SHA-256 hash.
//   - An unknown, mistyped, expired or revoked key gets one and the same answer, account.bad_key.
//   - Another project's data is not there: a key bound to one project gets for any other the answer that a project which
//     does not exist gets.
//   - A revoked key is refused everywhere within 5 seconds, however it is cached.
package account
