package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCommand struct {
	Format string `enum:"table,json" default:"table" help:"table or json."`
}

// Run prints the versions that answers can depend on.
func (c *versionCommand) Run(p *Program) error {
	versions := [][]string{{"bellwether", buildVersion()}, {"go", runtime.Version()}, {"sqlite", "?"}, {"tz database", "?"}}
	t := newTable("part", "version")
	for _, v := range versions {
		t.add(v...)
	}
	return t.print(p.Out)
}

func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return fmt.Sprint(info.Main.Version)
}
