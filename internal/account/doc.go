// Package account knows who somebody is: users with passwords, authenticator apps and passkeys, their sessions, and API
// keys. What they may do is package access's to say.
//
// It owns the tables account_*, the form of secrets and tokens, the rule for passwords, the slowing of those who guess,
// and the scopes that keys are made with. It does not own memberships, roles and permissions (access), the trail of
// changes (audit), projects (project), nor the sending of mails: a function that makes a token gives it to its caller,
// who sends it when the transaction is committed.
//
// Invariants:
//   - A secret is shown once, when it is made. The store has its hash: argon2id of passwords, SHA-256 of what was made of
//     256 bits of chance. Seeds of authenticator apps are sealed (package vault).
//   - A token opens once, for at most an hour, and a new one voids the one before.
//   - An unknown, mistyped, expired or ended key or session gets one and the same answer; so does an unknown e-mail
//     address, in the same time.
//   - Whoever guesses is slowed, by account and by address, over restarts; never for longer than a quarter of an hour.
//   - What was revoked, ended or blocked is refused everywhere within 5 seconds, however it is cached.
//   - Passwords are hashed outside transactions: one takes 64 MiB and a tenth of a second, and there is one writer.
package account
