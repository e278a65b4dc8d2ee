package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"bellwether/internal/errs"

	"github.com/alecthomas/kong"
)

// The exit statuses.
const (
	exitWell   = 0
	exitFound  = 1 // the command did its work and found something: a leg without a rate, a broken entry
	exitBad    = 2 // bad input: flags, files, names of things that do not exist
	exitFaulty = 3 // a fault of ours or of the machine
)

// errFound ends a command with status 1 after it has printed what it found.
var errFound = errors.New("something was found")

// errRefused ends a command with status 2 after it has printed what is wrong with its input.
var errRefused = errors.New("the input was refused")

// fail prints an error, one line a mistake, and gives the exit status it stands for.
func (p *Program) fail(err error) int {
	switch {
	case err == nil:
		return exitWell
	case errors.Is(err, errFound):
		return exitFound
	case errors.Is(err, errRefused):
		return exitBad
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(p.Err, "stopped before the end")
		return exitFaulty
	}
	var where *fs.PathError
	if known := new(errs.Error); !errors.As(err, &known) && errors.As(err, &where) && isNamedWrong(where) {
		err = unreadable(where.Path, err)
	}
	fmt.Fprintln(p.Err, err)
	switch errs.KindOf(err) {
	case errs.Internal, errs.Unavailable:
		return exitFaulty
	}
	return exitBad
}

// isNamedWrong reports whether a path cannot be used because of what a person named: a full disk is a fault of the machine.
func isNamedWrong(err *fs.PathError) bool {
	for _, reason := range []error{fs.ErrNotExist, fs.ErrPermission, syscall.ENOTDIR, syscall.EISDIR} {
		if errors.Is(err, reason) {
			return true
		}
	}
	return false
}

// misused prints what is wrong with the arguments and which help to read.
func (p *Program) misused(err error) int {
	name := "bellwether"
	var wrong *kong.ParseError
	if errors.As(err, &wrong) && wrong.Context != nil {
		if command := wrong.Context.Selected(); command != nil {
			name = strings.TrimSpace("bellwether " + command.Path())
		}
	}
	fmt.Fprintf(p.Err, "bellwether: %v; see %s --help\n", err, name)
	return exitBad
}

// unreadable is the error of a file that a person named and we cannot open.
func unreadable(path string, err error) error {
	return errs.New(errs.Invalid, "cli.unreadable", "the file cannot be read (%v)", reasonOf(err)).At(path).Try("check the path and its rights")
}

// reasonOf is why a path cannot be used, without the path.
func reasonOf(err error) error {
	if where := new(os.PathError); errors.As(err, &where) {
		return where.Err
	}
	return err
}

func badFlag(flag, hint, format string, args ...any) error {
	return errs.New(errs.Invalid, "cli.bad_flag", format, args...).At("--" + flag).Try(hint)
}
