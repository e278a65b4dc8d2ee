// Package mailtest is a mail server for tests: a real one, in the test's process, that keeps what it is given and fails as
// it is told. It owns no check: what a mail says is its test's business.
package mailtest
