package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestBundlesAreFresh compares what is committed with what the sources make today.
func TestBundlesAreFresh(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..")
	made, err := bundle(dir)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(dir, "dist"))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(made) {
		t.Errorf("dist has %d files, the sources make %d: run make generate", len(entries), len(made))
	}
	for name, content := range made {
		committed, err := os.ReadFile(filepath.Join(dir, "dist", name))
		if err != nil || !bytes.Equal(committed, content) {
			t.Errorf("dist/%s is not what its sources make: run make generate", name)
		}
	}
}

func TestBrokenSourcesAreErrors(t *testing.T) {
	t.Parallel()
	if _, err := bundle(t.TempDir()); err == nil {
		t.Error("a folder without sources makes no bundle and must be an error")
	}
}
