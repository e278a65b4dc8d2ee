package cli

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"

	"bellwether/internal/store"
)

type versionCommand struct {
	Format string `enum:"table,json" default:"table" help:"table or json."`
}

// Help is what --help adds.
func (versionCommand) Help() string { return "  bellwether version --format json" }

// Run prints the versions that answers can depend on.
func (c *versionCommand) Run(ctx context.Context, p *Program) error {
	sqlite, err := sqliteVersion(ctx)
	if err != nil {
		return err
	}
	header := []string{"bellwether", "go", "sqlite", "tz database"}
	row := []string{buildVersion(), runtime.Version(), sqlite, zoneVersion()}
	if c.Format == formatJSON {
		return printJSON(p.Out, objects(columnNames(header), [][]string{row})[0])
	}
	t := newTable("part", "version")
	for i, part := range header {
		t.add(part, row[i])
	}
	return t.print(p.Out)
}

// buildVersion is the module's version, and the commit where the program was built from a checkout.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version := info.Main.Version
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" && !strings.Contains(version, setting.Value[:min(12, len(setting.Value))]) {
			version += " " + setting.Value
		}
	}
	return version
}

func sqliteVersion(ctx context.Context) (version string, err error) {
	folder, err := os.MkdirTemp("", "bellwether-version-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	db, err := store.Open(ctx, store.Options{DSN: "sqlite:" + filepath.Join(folder, "empty.db"), Scratch: true})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return version, db.QueryRow(ctx, "SELECT sqlite_version()").Scan(&version)
}

// zoneFolders are where Go looks for the tz database of the system before it takes its own copy.
var zoneFolders = []string{"/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/locale/TZ", "/etc/zoneinfo"}

// zoneVersion names the release of the tz database in use, such as "2026a", and where it comes from.
func zoneVersion() string {
	for _, folder := range zoneFolders {
		if !exists(folder) {
			continue
		}
		for _, name := range []string{"tzdata.zi", "+VERSION", "version"} {
			if version := firstLine(filepath.Join(folder, name)); version != "" {
				return strings.TrimPrefix(version, "# version ") + " (" + folder + ")"
			}
		}
		return "unknown (" + folder + ")"
	}
	return "embedded in " + runtime.Version()
}

func firstLine(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	line, _ := bufio.NewReader(file).ReadString('\n')
	return strings.TrimSpace(line)
}
