package pbx_test

import (
	"testing"

	"go.uber.org/goleak"

	"bellwether/internal/web/webtest"
)

// browsing runs the tests with a browser, which has ended before leaks are looked for.
type browsing struct{ m *testing.M }

func (b browsing) Run() int { return webtest.Main(b.m) }

func TestMain(m *testing.M) {
	// The PostgreSQL server that the tests share is spoken to until the end.
	goleak.VerifyTestMain(browsing{m}, goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
}
