// Package vault encrypts the few secrets that must be read again (seeds of authenticator apps, passwords of trunks and
// telephones) with a key that is a file beside the database, never in it: whoever copies the database or a backup of it
// has nothing.
//
// It signs texts too, such as links that open something without signing in.
//
// It owns the key file and the form of sealed texts and signatures. It does not own what is sealed.
//
// Invariants:
//   - AES-256-GCM with a fresh nonce a text; the text is bound to what it belongs to, so that a row copied to another
//     user does not open.
//   - A sealed text names its key. The first key of the file seals; all of them open. To rotate, add a key in front, seal
//     again what [Vault.Stale] reports, and remove the old one.
package vault
