package config_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"bellwether/internal/config"
	"bellwether/internal/errs"
)

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bellwether.conf")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	if c.DataDir != "bellwether-data" || c.Database != "sqlite:"+filepath.Join("bellwether-data", "core.db") ||
		c.Listen != "127.0.0.1:8080" || c.LogFormat != config.FormatText || c.LogLevel != slog.LevelInfo ||
		c.PriceBooks != "" || c.CloseInterval != time.Minute || c.Node == "" {
		t.Errorf("defaults are %+v", c)
	}
}

func TestFlagsBeatEnvironmentBeatsFileBeatsDefault(t *testing.T) {
	t.Parallel()
	path := file(t, "# a comment\n\nlisten = :1\nlog_level=warn\n  node = file node \nlog_format =\tjson\n")
	c, err := config.Load(config.Flags{Listen: ":3"}.Sources([]string{
		"BELLWETHER_CONFIG=" + path, "BELLWETHER_LISTEN=:2", "BELLWETHER_LOG_LEVEL=error",
		"BELLWETHER_NODE=", "BELLWETHER_SERVICE_HOST=10.0.0.1", "LISTEN=:9", "BELLWETHER_DATA_DIR=/srv/a=b",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != ":3" || c.LogLevel != slog.LevelError || c.Node != "file node" || c.LogFormat != "json" ||
		c.DataDir != "/srv/a=b" || c.Database != "sqlite:/srv/a=b/core.db" {
		t.Errorf("settings are %+v", c)
	}
	var printed strings.Builder
	if err := c.Print(&printed); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# flag --listen", "# BELLWETHER_LOG_LEVEL", "# " + path + ":5", "# default"} {
		if !strings.Contains(printed.String(), want) {
			t.Errorf("printed settings lack %q:\n%s", want, &printed)
		}
	}
}

func TestErrorsNameTheKeyAndItsSource(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		from config.Sources
		code string
		want string
	}{
		"flag":            {config.Flags{Listen: "8080"}.Sources(nil), "config.invalid", `listen (flag --listen): "8080"`},
		"port":            {config.Flags{Listen: ":99999"}.Sources(nil), "config.invalid", "0 to 65535"},
		"environment":     {config.Sources{Environ: []string{"BELLWETHER_LOG_FORMAT=xml"}}, "config.invalid", "log_format (BELLWETHER_LOG_FORMAT)"},
		"file":            {config.Sources{File: file(t, "\nlog_level = loud\n")}, "config.invalid", "bellwether.conf:2"},
		"emptied":         {config.Sources{File: file(t, "data_dir =\n")}, "config.invalid", "data_dir ("},
		"interval":        {config.Flags{CloseInterval: "soon"}.Sources(nil), "config.invalid", "close_interval (flag --close-interval)"},
		"busy loop":       {config.Flags{CloseInterval: "1ms"}.Sources(nil), "config.invalid", "at least 1s"},
		"database":        {config.Flags{Database: "mysql://x"}.Sources(nil), "config.invalid", "database (flag --database)"},
		"no sqlite path":  {config.Flags{Database: "sqlite:"}.Sources(nil), "config.invalid", "database (flag --database)"},
		"no such folder":  {config.Flags{PriceBooks: "/no/such/folder"}.Sources(nil), "config.invalid", "price_books (flag --price-books)"},
		"not a folder":    {config.Flags{PriceBooks: "config_test.go"}.Sources(nil), "config.invalid", "not a folder"},
		"unknown key":     {config.Sources{File: file(t, "listne = :1\n")}, "config.unknown_key", `bellwether.conf:1: "listne" is not a key; the keys are data_dir,`},
		"given twice":     {config.Sources{File: file(t, "node = a\nnode = b\n")}, "config.invalid", "bellwether.conf:2: node is given twice, first at"},
		"not a setting":   {config.Sources{File: file(t, "listen :1\n")}, "config.invalid", "write key = value"},
		"no such file":    {config.Sources{File: "/no/such/file"}, "config.unreadable", "/no/such/file"},
		"an endless line": {config.Sources{File: file(t, "node = "+strings.Repeat("x", 1<<20))}, "config.unreadable", "cannot be read"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(c.from)
			if err == nil || errs.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want %s with %q", err, c.code, c.want)
			}
		})
	}
}

func TestAllWrongKeysAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := config.Load(config.Flags{Listen: "x", LogLevel: "y", LogFormat: "z"}.Sources(nil))
	for _, key := range []string{"listen", "log_level", "log_format"} {
		if err == nil || !strings.Contains(err.Error(), key+" (flag") {
			t.Errorf("%v does not name %s", err, key)
		}
	}
}

func TestPasswordsAreNeverShown(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{
		"postgres://bell:hush@db/bellwether?sslmode=disable",
		"postgres://db/bellwether?user=bell&password=hush&sslpassword=hush",
		"postgresql://bell:hush@db",
	} {
		c, err := config.Load(config.Flags{Database: dsn}.Sources(nil))
		if err != nil {
			t.Fatal(err)
		}
		var printed strings.Builder
		if err := c.Print(&printed); err != nil {
			t.Fatal(err)
		}
		if c.Database != dsn || strings.Contains(printed.String(), "hush") || !strings.Contains(printed.String(), "xxxxx") {
			t.Errorf("%s is printed as\n%s", dsn, &printed)
		}
	}
	_, err := config.Load(config.Flags{Database: "postgres://bell:hush@db:port/x"}.Sources(nil))
	if err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("error is %v", err)
	}
}

// Every flag is a key and every key a flag: a key added to one alone fails here.
func TestEveryKeyHasItsFlag(t *testing.T) {
	t.Parallel()
	var flags config.Flags
	fields := reflect.ValueOf(&flags).Elem()
	for i := range fields.NumField() {
		fields.Field(i).SetString("given")
	}
	given := flags.Sources(nil)
	c, err := config.Load(config.Sources{})
	if err != nil {
		t.Fatal(err)
	}
	var printed strings.Builder
	if err := c.Print(&printed); err != nil {
		t.Fatal(err)
	}
	if keys := strings.Count(printed.String(), "\n"); len(given.Flags) != keys || fields.NumField() != keys+1 {
		t.Errorf("%d keys, %d flags in Sources, %d fields", keys, len(given.Flags), fields.NumField())
	}
	for name := range given.Flags {
		if !strings.Contains(printed.String(), name) {
			t.Errorf("flag %s is no key", name)
		}
	}
}
