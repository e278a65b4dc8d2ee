package archtest

import (
	"go/ast"
	"slices"
	"strings"
)

// packagesAreDocumented: each package says in doc.go (a program may say it in main.go) what it owns.
func packagesAreDocumented(t *tree, report reporter) {
	for _, p := range t.packages {
		documented := slices.ContainsFunc(p.sources, func(s source) bool {
			place := strings.HasSuffix(s.path, "/doc.go") || (s.file.Name.Name == "main" && strings.HasSuffix(s.path, "/main.go"))
			return place && s.file.Doc != nil
		})
		if !documented {
			report(p.dir, "has no package comment in doc.go: say what it owns, what it does not, and what always holds")
		}
	}
}

// selfExplaining are methods that fulfil a contract of the standard library, which says what they do.
var selfExplaining = []string{
	"String", "Error", "Unwrap", "Is", "As", "Len", "Less", "Swap", "ServeHTTP", "MarshalText", "UnmarshalText", "MarshalJSON",
	"UnmarshalJSON", "Scan", "Value", "LogValue",
}

// exportedNamesAreDocumented: a name that other packages can use has a comment, its own or its group's.
func exportedNamesAreDocumented(t *tree, report reporter) {
	for _, p := range t.packages {
		for _, s := range p.sources {
			if s.test || s.file.Name.Name == "main" || ast.IsGenerated(s.file) {
				continue
			}
			for _, declaration := range s.file.Decls {
				for _, name := range undocumented(declaration) {
					report(t.where(name.Pos()), "exported %s has no comment", name.Name)
				}
			}
		}
	}
}

func undocumented(declaration ast.Decl) []*ast.Ident {
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && reachable(d) && !slices.Contains(selfExplaining, d.Name.Name) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		if d.Doc == nil {
			return undocumentedSpecs(d)
		}
	}
	return nil
}

// reachable tells a function or a method of an exported type.
func reachable(f *ast.FuncDecl) bool {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return true
	}
	reached := false
	ast.Inspect(f.Recv.List[0].Type, func(n ast.Node) bool {
		if name, ok := n.(*ast.Ident); ok && !reached {
			reached = name.IsExported()
			return false
		}
		return true
	})
	return reached
}

func undocumentedSpecs(d *ast.GenDecl) []*ast.Ident {
	var names []*ast.Ident
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Doc == nil && s.Name.IsExported() {
				names = append(names, s.Name)
			}
		case *ast.ValueSpec:
			if s.Doc == nil && s.Comment == nil && s.Names[0].IsExported() {
				names = append(names, s.Names[0])
			}
		}
	}
	return names
}
