package archtest

import (
	"maps"
	"slices"
)

const dependencyPage = "docs/dependencies.md"

// dependenciesAreListed: every module that is imported has its row in docs/dependencies.md, and every row is imported.
func dependenciesAreListed(t *tree, report reporter) {
	listed := map[string]bool{} // and whether it was seen imported
	eachTableRow(t.texts[dependencyPage], func(heading, cells []string) {
		if heading[0] == "module" {
			for _, module := range inBackquotes(cells[0]) {
				listed[module] = false
			}
		}
	})
	for _, p := range t.packages {
		for _, s := range p.sources {
			for _, spec := range s.file.Imports {
				path := importPath(spec)
				if !isForeign(path) {
					continue
				}
				module, ok := moduleOf(path, listed)
				if !ok {
					report(t.where(spec.Pos()), "imports %s, which %s does not list", path, dependencyPage)
					continue
				}
				listed[module] = true
			}
		}
	}
	for _, module := range slices.Sorted(maps.Keys(listed)) {
		if !listed[module] {
			report(dependencyPage, "lists %s, which nothing imports", module)
		}
	}
}

func moduleOf(path string, listed map[string]bool) (string, bool) {
	matches := within(path)
	for module := range listed {
		if matches(module) {
			return module, true
		}
	}
	return "", false
}
