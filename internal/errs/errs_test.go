package errs_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"bellwether/internal/errs"
)

func TestErrorSaysWhatWhereAndWhatToDo(t *testing.T) {
	t.Parallel()
	err := errs.New(errs.Unpaid, "charging.no_funds", "%d c is not enough", 5).At("project demo").Try("top up").With("missing", 3).Because(io.EOF)
	if got, want := err.Error(), "project demo: 5 c is not enough; top up: EOF"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	wrapped := fmt.Errorf("authorise: %w", err)
	if errs.KindOf(wrapped) != errs.Unpaid || errs.CodeOf(wrapped) != "charging.no_funds" || !errors.Is(wrapped, io.EOF) {
		t.Errorf("the kind, code or cause is lost in %v", wrapped)
	}
	if errs.KindOf(io.EOF) != errs.Internal || errs.CodeOf(io.EOF) != "internal" {
		t.Error("an unknown error is internal")
	}
}
