// Package cabinettest is the real program on a database of its own, with people who are signed in, for tests of pages.
//
// It owns the making of projects, people and sessions, and the clock, which stands until the test moves it. Pages are asked
// for over HTTP, or opened in a browser by package webtest with a person's session. Nothing runs beside the requests.
package cabinettest
