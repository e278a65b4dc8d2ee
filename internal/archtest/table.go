package archtest

import (
	"go/ast"
	"go/token"
	"regexp"
	"strings"
)

var (
	createTable = regexp.MustCompile(`(?i)\bCREATE TABLE(?: IF NOT EXISTS)? ([a-z_]+)`)
	inSQL       = regexp.MustCompile(`\b(?:FROM|JOIN|INTO|UPDATE|TABLE|EXISTS)\s+([a-z_]+)`)
)

// tablesHaveOneOwner: a table is named in SQL only by the package it belongs to. Tests may look anywhere.
func tablesHaveOneOwner(t *tree, report reporter) {
	owners := map[string]string{}
	for _, r := range t.architecture.rows {
		for _, word := range r.tables {
			owners[word] = r.name
		}
	}
	tables := t.tables()
	for table, where := range tables {
		if owners[firstWord(table)] == "" {
			report(where, "table %s belongs to no package of docs/ARCHITECTURE.md", table)
		}
	}
	for _, p := range t.packages {
		for _, s := range p.sources {
			if s.test {
				continue
			}
			eachTableNamed(s.file, func(table string, pos token.Pos) {
				if owner := owners[firstWord(table)]; tables[table] != "" && owner != "" && owner != p.name {
					report(t.where(pos), "names table %s, which belongs to %s: ask that package", table, owner)
				}
			})
		}
	}
}

// tables are those that migrations create, with the file.
func (t *tree) tables() map[string]string {
	found := map[string]string{}
	for path, text := range t.texts {
		if !strings.HasSuffix(path, ".sql") {
			continue
		}
		for _, match := range createTable.FindAllStringSubmatch(text, -1) {
			found[match[1]] = path
		}
	}
	return found
}

func firstWord(table string) string {
	word, _, _ := strings.Cut(table, "_")
	return word
}

// eachTableNamed calls do with every word that stands where SQL has a table, or that is handed to an Insert method.
func eachTableNamed(file *ast.File, do func(table string, pos token.Pos)) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BasicLit:
			for _, match := range inSQL.FindAllStringSubmatch(n.Value, -1) {
				do(match[1], n.Pos())
			}
		case *ast.CallExpr:
			if method, ok := n.Fun.(*ast.SelectorExpr); ok && method.Sel.Name == "Insert" {
				for _, argument := range n.Args {
					if literal, ok := argument.(*ast.BasicLit); ok {
						do(strings.Trim(literal.Value, "\"`"), literal.Pos())
					}
				}
			}
		}
		return true
	})
}
