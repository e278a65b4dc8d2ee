// Package ident holds the identifiers of the system, each with a type of its own, and the generator of time-ordered ones.
//
// Identifiers are made by the application, never by the database, so that both engines behave alike and a retry can
// carry the identifier it was first tried with.
package ident
