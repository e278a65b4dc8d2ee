package archtest

import (
	"go/ast"
	"go/token"
	"regexp"
	"strconv"
	"strings"
)

// A file or a function beyond these is trying to tell that it is two.
const (
	longestFile     = 600
	longestFunction = 60
)

// sizesAreKept: no file and no function grows beyond its bound without a reason in docs/ARCHITECTURE.md. Functions of
// tests may: a table of worked examples is as long as it is.
func sizesAreKept(t *tree, report reporter) {
	excused := map[string]bool{}
	over := func(what, where string, lines, limit int) {
		if lines <= limit {
			return
		}
		excused[what] = true
		if t.architecture.large[what] == "" {
			report(where, "%s has %d lines, more than %d: split it, or list it in docs/ARCHITECTURE.md with the reason", what, lines, limit)
		}
	}
	for _, p := range t.packages {
		for _, s := range p.sources {
			if ast.IsGenerated(s.file) {
				continue
			}
			over(s.path, s.path, t.lines(s.file.FileStart, s.file.FileEnd), longestFile)
			for _, declaration := range s.file.Decls {
				if f, ok := declaration.(*ast.FuncDecl); ok && !s.test {
					over(s.path+":"+f.Name.Name, t.where(f.Pos()), t.lines(f.Pos(), f.End()), longestFunction)
				}
			}
		}
	}
	for what := range t.architecture.large {
		if !excused[what] {
			report("docs/ARCHITECTURE.md", "%s is not large any more: remove its row", what)
		}
	}
}

func (t *tree) lines(from, to token.Pos) int {
	return t.files.Position(to).Line - t.files.Position(from).Line + 1
}

// testsDoNotSleep: a test waits for what it waits for, not for a while.
func testsDoNotSleep(t *tree, report reporter) {
	for _, p := range t.packages {
		for _, s := range p.sources {
			if !s.test {
				continue
			}
			ast.Inspect(s.file, func(n ast.Node) bool {
				if name, ok := selected(n, "time"); ok && name == "Sleep" {
					report(t.where(n.Pos()), "sleeps: wait for the event itself, or use testing/synctest")
				}
				return true
			})
		}
	}
}

// machinePaths betray where something was written. They are put together here, so that this file does not hold them.
var machinePaths = regexp.MustCompile(`\.\./` + `shared\b|(^|[^\w.])(/` + `work/|/tmp/` + `w/|/root/` + `go\b)`)

// noMachineIsNamed: nothing in the tree speaks of the machine it was written on.
func noMachineIsNamed(t *tree, report reporter) {
	for path, text := range t.texts {
		number := 0
		for line := range strings.Lines(text) {
			number++
			if found := machinePaths.FindString(line); found != "" {
				report(path+":"+strconv.Itoa(number), "speaks of %q, which only one machine has", found)
			}
		}
	}
}
