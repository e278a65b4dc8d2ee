package archtest

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
)

// impure are the standard packages that reach outside a function's arguments.
var impure = []string{
	"context", "crypto/rand", "database/sql", "log", "log/slog", "math/rand", "math/rand/v2", "net", "net/http", "os", "os/exec",
	"os/signal", "runtime", "syscall",
}

// clock are the functions of package time that read the clock or wait for it.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// lowerRingsArePure: rings 0 and 1 import nothing that reaches outside and never ask for the time.
func lowerRingsArePure(t *tree, report reporter) {
	for _, p := range t.packages {
		r, ok := t.architecture.row(p.name)
		if !ok || (r.ring != "0" && r.ring != "1") {
			continue
		}
		for _, s := range p.sources {
			if !s.test {
				t.checkPure(p, s, report)
			}
		}
	}
}

func (t *tree) checkPure(p *pkg, s source, report reporter) {
	for _, spec := range s.file.Imports {
		path := importPath(spec)
		switch {
		case slices.Contains(impure, path):
			report(t.where(spec.Pos()), "imports %s: rings 0 and 1 are pure, take what you need as an argument", path)
		case isForeign(path) && !slices.ContainsFunc(t.architecture.modules[p.name], within(path)):
			report(t.where(spec.Pos()), "imports %s, which docs/ARCHITECTURE.md does not allow %s", path, p.name)
		case path == "time":
			t.checkClock(s, spec, report)
		}
	}
}

func (t *tree) checkClock(s source, spec *ast.ImportSpec, report reporter) {
	local := "time"
	if spec.Name != nil {
		local = spec.Name.Name
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if name, ok := selected(n, local); ok && slices.Contains(clock, name) {
			report(t.where(n.Pos()), "time.%s reads the clock: rings 0 and 1 take the time as an argument", name)
		}
		return true
	})
}

// selected is what n selects from the package known here as local: "Now" of time.Now.
func selected(n ast.Node, local string) (string, bool) {
	selector, ok := n.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	qualifier, ok := selector.X.(*ast.Ident)
	if !ok || qualifier.Name != local {
		return "", false
	}
	return selector.Sel.Name, true
}

func importPath(spec *ast.ImportSpec) string {
	path, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value
	}
	return path
}

// isForeign tells an import of another module by the dot in its first element.
func isForeign(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return strings.Contains(first, ".")
}

// within matches the module that path belongs to.
func within(path string) func(module string) bool {
	return func(module string) bool { return path == module || strings.HasPrefix(path, module+"/") }
}
