package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestBundlesAreFresh(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"..", filepath.Join("..", "..", "..", "widget")} {
		if err := check(dir); err != nil {
			t.Error(err)
		}
	}
}

// TestStaleBundlesAreFound: a folder with another bundle, one too many or none is an error.
func TestStaleBundlesAreFound(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "widget")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "..", "widget"))); err != nil {
		t.Fatal(err)
	}
	core, extra := filepath.Join(dir, "dist", "core.js"), filepath.Join(dir, "dist", "extra.js")
	for name, spoil := range map[string]func() error{
		"another": func() error { return os.WriteFile(core, []byte("alert()"), 0o600) },
		"none":    func() error { return os.Remove(core) },
		"too many": func() error {
			return os.WriteFile(extra, []byte("alert()"), 0o600)
		},
	} {
		if err := errors.Join(write(dir), check(dir)); err != nil {
			t.Fatal(err)
		}
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if check(dir) == nil {
			t.Errorf("%s: not found", name)
		}
	}
}

func TestBrokenSourcesAreErrors(t *testing.T) {
	t.Parallel()
	if _, err := bundle(t.TempDir()); err == nil {
		t.Error("a folder without sources makes no bundle and must be an error")
	}
}
