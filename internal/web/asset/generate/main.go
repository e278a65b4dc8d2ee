// Command generate bundles the sources of web/asset and of widget, the tag on clients' sites, into their dist with esbuild.
// `make generate` runs it. With -check it writes nothing and fails when what is committed is not what it makes.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	onlyCheck := flag.Bool("check", false, "write nothing, fail on stale bundles")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: generate [-check] DIRECTORY...")
		os.Exit(2)
	}
	do := write
	if *onlyCheck {
		do = check
	}
	for _, dir := range flag.Args() {
		if err := do(dir); err != nil {
			fmt.Fprintln(os.Stderr, "generate:", err)
			os.Exit(1)
		}
	}
}

// check compares what is committed with what the sources make today.
func check(dir string) error {
	made, err := bundle(dir)
	if err != nil {
		return err
	}
	dist := filepath.Join(dir, "dist")
	entries, err := os.ReadDir(dist)
	if err == nil && len(entries) != len(made) {
		err = fmt.Errorf("%s has %d files, the sources make %d: run make generate", dist, len(entries), len(made))
	}
	for name, content := range made {
		committed, wrong := os.ReadFile(filepath.Join(dist, name))
		if wrong != nil || !bytes.Equal(committed, content) {
			err = errors.Join(err, fmt.Errorf("%s is not what its sources make: run make generate", filepath.Join(dist, name)))
		}
	}
	return err
}

func write(dir string) error {
	made, err := bundle(dir)
	if err != nil {
		return err
	}
	dist := filepath.Join(dir, "dist")
	if err := errors.Join(os.RemoveAll(dist), os.MkdirAll(dist, 0o755)); err != nil {
		return err
	}
	for name, content := range made {
		if err := os.WriteFile(filepath.Join(dist, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// sources are the entry points of a folder of scripts, and the oldest language its readers' browsers speak.
type sources struct {
	entries []string
	target  api.Target
}

// folders are the sources by the folder's name. The tag runs in whatever browser a visitor has: its language is three years older
// than that of the cabinet.
var folders = map[string]sources{
	"asset": {
		[]string{"src/app.ts", "src/chart.ts", "src/live.ts", "src/css/app.css", "src/css/chart.css", "src/favicon.svg"},
		api.ES2022,
	},
	"widget": {
		[]string{"src/core.ts", "src/forms.ts", "src/clicks.ts", "src/promo.ts", "src/gcm.ts", "src/tcf.ts"},
		api.ES2021,
	},
}

// bundle makes every file of dist, by its name.
func bundle(dir string) (map[string][]byte, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	folder, ok := folders[filepath.Base(dir)]
	if !ok {
		return nil, fmt.Errorf("%s is no folder of scripts", dir)
	}
	result := api.Build(api.BuildOptions{
		AbsWorkingDir: dir,
		EntryPoints:   folder.entries,
		Outdir:        filepath.Join(dir, "dist"), EntryNames: "[name]",
		Bundle: true, Format: api.FormatESModule, Target: folder.target, Charset: api.CharsetUTF8,
		MinifyWhitespace: true, MinifyIdentifiers: true, MinifySyntax: true, LegalComments: api.LegalCommentsNone,
		Loader: map[string]api.Loader{".svg": api.LoaderCopy},
	})
	var wrong []error
	for _, m := range append(result.Errors, result.Warnings...) {
		where := ""
		if m.Location != nil {
			where = fmt.Sprintf("%s:%d: ", m.Location.File, m.Location.Line)
		}
		wrong = append(wrong, errors.New(where+m.Text))
	}
	made := map[string][]byte{}
	for _, f := range result.OutputFiles {
		made[filepath.Base(f.Path)] = f.Contents
	}
	return made, errors.Join(wrong...)
}
