// Package storetest gives tests real databases: a SQLite file in the test's folder and a PostgreSQL database in a private
// cluster, both migrated, both empty, both gone when the test ends.
//
// It owns the cluster: the first test that asks starts it from Debian's binaries in a temporary folder, on a socket
// nobody else sees, and a watchdog stops and removes it when the test process ends, in whatever way. Environment:
//
//	BELLWETHER_TEST_POSTGRES=postgres://...  use this running cluster instead (its user may create databases)
//	BELLWETHER_SKIP_POSTGRES=1               skip the tests that need PostgreSQL
//
// It does not own what is tested: there are no mocks here.
package storetest
