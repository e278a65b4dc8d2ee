// Package me is one's own pages: name and language, password and address, the second factor, passkeys, sessions, and the end
// of a view as somebody else.
//
// It owns these pages and nothing else: what makes them safe is package account's. Invariants: what would let somebody else in
// asks for the password or a code first, a passkey or a new authenticator app unless one was shown in this session within ten minutes; secrets are shown once, on the page that made them; whoever looks through another's
// eyes changes nothing here.
package me
