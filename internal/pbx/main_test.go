package pbx_test

import (
	"flag"
	"testing"

	"go.uber.org/goleak"

	"bellwether/internal/web/webtest"
)

// browsing runs the tests with a browser, which has ended before leaks are looked for.
type browsing struct{ m *testing.M }

func (b browsing) Run() int { return webtest.Main(b.m) }

// atOnce is how many tests run at once, unless the command line says otherwise: they wait for clocks and packets nine tenths of their time.
const atOnce = "8"

func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", atOnce); err != nil {
		panic(err)
	}
	// The PostgreSQL server that the tests share is spoken to until the end.
	goleak.VerifyTestMain(browsing{m}, goleak.IgnoreTopFunction("database/sql.(*DB).connectionOpener"))
}
