package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// tree is a module as the checks see it.
type tree struct {
	root         string
	architecture architecture
	files        *token.FileSet
	packages     []*pkg
	texts        map[string]string // every text file outside testdata by its path from root
}

// pkg is one package of the module.
type pkg struct {
	name    string // as the architecture table writes it: "ledger", "store/storetest", "cmd/bellwether"
	dir     string // from root
	doc     string
	imports []string // of its files that are no tests, as they are built here
	sources []source
}

// source is one parsed Go file, whatever its build tags.
type source struct {
	path string // from root
	test bool
	file *ast.File
}

func readTree(root string) (*tree, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "ARCHITECTURE.md"))
	if err != nil {
		return nil, err
	}
	a, err := parseArchitecture(string(page))
	if err != nil {
		return nil, fmt.Errorf("docs/ARCHITECTURE.md: %w", err)
	}
	t := &tree{root: root, architecture: a, files: token.NewFileSet(), texts: map[string]string{}}
	if err := t.readPackages(); err != nil {
		return nil, err
	}
	return t, t.readTexts()
}

// readPackages asks the go command, so that build constraints and vendoring are its business.
func (t *tree) readPackages() error {
	list := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,Doc,Imports,Module", "./...")
	list.Dir = t.root
	var complaint bytes.Buffer
	list.Stderr = &complaint
	out, err := list.Output()
	if err != nil {
		return fmt.Errorf("go list: %w: %s", err, &complaint)
	}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var listed struct {
			ImportPath, Dir, Doc string
			Imports              []string
			Module               struct{ Path string }
		}
		if err := decoder.Decode(&listed); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("go list: %w", err)
		}
		p := &pkg{name: shortName(listed.ImportPath, listed.Module.Path), dir: t.relative(listed.Dir), doc: listed.Doc}
		for _, path := range listed.Imports {
			p.imports = append(p.imports, shortName(path, listed.Module.Path))
		}
		if err := t.parse(p); err != nil {
			return err
		}
		t.packages = append(t.packages, p)
	}
}

// shortName is how the architecture table calls an import path of module; other paths stay as they are.
func shortName(path, module string) string {
	inside, ok := strings.CutPrefix(path, module+"/")
	if !ok {
		return path
	}
	return strings.TrimPrefix(inside, "internal/")
}

func (t *tree) relative(path string) string {
	if short, err := filepath.Rel(t.root, path); err == nil {
		return filepath.ToSlash(short)
	}
	return path
}

func (t *tree) parse(p *pkg) error {
	paths, err := filepath.Glob(filepath.Join(t.root, p.dir, "*.go"))
	if err != nil {
		return err
	}
	for _, path := range paths {
		file, err := parser.ParseFile(t.files, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		p.sources = append(p.sources, source{t.relative(path), strings.HasSuffix(path, "_test.go"), file})
	}
	return nil
}

// where is a place in a source for people.
func (t *tree) where(pos token.Pos) string {
	p := t.files.Position(pos)
	return t.relative(p.Filename) + ":" + strconv.Itoa(p.Line)
}

const largestText = 1 << 20

func (t *tree) readTexts() error {
	return filepath.WalkDir(t.root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if path != t.root && skipped(entry.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if info, err := entry.Info(); err != nil || !isText(entry.Name()) || info.Size() > largestText {
			return err
		}
		data, err := os.ReadFile(path)
		t.texts[t.relative(path)] = string(data)
		return err
	})
}

func skipped(folder string) bool {
	return folder == "testdata" || folder == "bin" || (strings.HasPrefix(folder, ".") && folder != ".ci")
}

func isText(name string) bool {
	switch filepath.Ext(name) {
	case ".go", ".md", ".sql", ".yaml", ".yml", ".json", ".jsonl", ".csv", ".sh", ".mod", ".conf", ".txt", "":
		return true
	default:
		return false
	}
}
