package archtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"bellwether/internal/archtest"
)

// TestHouse holds this repository to its own conventions.
func TestHouse(t *testing.T) {
	t.Parallel()
	findings, err := archtest.Check(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range findings {
		t.Error(finding)
	}
}

// TestGoodTree is the ground the twins stand on: a small module in which all is well.
func TestGoodTree(t *testing.T) {
	t.Parallel()
	if findings := checkTree(t, "good.txtar"); len(findings) != 0 {
		t.Errorf("findings in the good tree: %v", findings)
	}
}

// TestTwins shows that each check can fail. A twin is the good tree with files laid over it and one fault in them; its
// comment begins with lines "want: ..." that are the findings, all of them, each by a part of its text.
func TestTwins(t *testing.T) {
	t.Parallel()
	twins, err := filepath.Glob(filepath.Join("testdata", "bad_*.txtar"))
	if err != nil || len(twins) == 0 {
		t.Fatalf("no twins: %v", err)
	}
	for _, path := range twins {
		name := filepath.Base(path)
		t.Run(strings.TrimSuffix(name, ".txtar"), func(t *testing.T) {
			t.Parallel()
			want := wanted(t, name)
			findings := checkTree(t, "good.txtar", name)
			if len(findings) != len(want) {
				t.Fatalf("%d findings, want %d: %v", len(findings), len(want), findings)
			}
			for i, part := range want {
				if !strings.Contains(findings[i].String(), part) {
					t.Errorf("finding %q, want %q in it", findings[i], part)
				}
			}
		})
	}
}

// The twin of the check for machine paths stands here in pieces, for a file that held one would be a finding.
func TestMachinePathsAreFound(t *testing.T) {
	t.Parallel()
	for text, bad := range map[string]bool{
		"in /" + "work/main":    true,
		"`/" + "work/main`":     true,
		"see ../" + "shared/x":  true,
		"/tmp/" + "w/bin":       true,
		"/root/" + "go/pkg":     true,
		"frame/" + "work/art":   false,
		"./" + "work/here":      false,
		"/tmp/" + "whatever":    false,
		"docs/guide/network.md": false,
	} {
		root := unpack(t, "good.txtar")
		write(t, root, "docs/note.md", []byte("one\n"+text+"\n"))
		findings := check(t, root)
		if found := len(findings) == 1 && findings[0].Where == "docs/note.md:2"; found != bad || len(findings) > 1 {
			t.Errorf("%q: findings %v", text, findings)
		}
	}
}

func TestBrokenTablesAreErrors(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]string{
		"no table":   "# Architecture\n",
		"no ring":    "| ring | package | a | b | c |\n|---|---|---|---|---|\n| 9 | `x` | | | |\n",
		"no package": "| ring | package | a | b | c |\n|---|---|---|---|---|\n| 0 | x | | | |\n",
		"six cells":  "| ring | package | a | b | c |\n|---|---|---|---|---|\n| 0 | `x` | | | | |\n",
	} {
		root := t.TempDir()
		write(t, root, "docs/ARCHITECTURE.md", []byte(page))
		if findings, err := archtest.Check(root); err == nil {
			t.Errorf("%s: no error, findings %v", name, findings)
		}
	}
	if _, err := archtest.Check(t.TempDir()); err == nil {
		t.Error("no page: no error")
	}
}

func checkTree(t *testing.T, archives ...string) []archtest.Finding {
	t.Helper()
	return check(t, unpack(t, archives...))
}

func check(t *testing.T, root string) []archtest.Finding {
	t.Helper()
	findings, err := archtest.Check(root)
	if err != nil {
		t.Fatal(err)
	}
	return findings
}

func unpack(t *testing.T, archives ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range archives {
		for _, file := range archive(t, name).Files {
			write(t, root, file.Name, file.Data)
		}
	}
	return root
}

func write(t *testing.T, root, name string, data []byte) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func archive(t *testing.T, name string) *txtar.Archive {
	t.Helper()
	a, err := txtar.ParseFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func wanted(t *testing.T, name string) []string {
	t.Helper()
	var want []string
	for line := range strings.Lines(string(archive(t, name).Comment)) {
		if part, ok := strings.CutPrefix(line, "want: "); ok {
			want = append(want, strings.TrimSpace(part))
		}
	}
	return want
}
