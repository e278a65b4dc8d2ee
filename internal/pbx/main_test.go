package pbx_test

import (
	"os"
	"testing"

	"bellwether/internal/web/webtest"
)

func TestMain(m *testing.M) { os.Exit(webtest.Main(m)) }
