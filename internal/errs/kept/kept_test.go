package kept_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/errs/kept"
	"bellwether/internal/money"
	"bellwether/internal/phone"
)

func TestWhatIsKeptIsToldAsItHappened(t *testing.T) {
	t.Parallel()
	given := map[string]any{
		"amount": money.MustParse("12.5"), "currency": money.Currency("UAH"), "day": civil.MustParseDate("2026-11-22"), "at": time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC),
		"count": 3, "long": int64(1) << 60, "seqs": []int64{1, 2}, "names": []string{"a", "b"}, "number": phone.Number("+380441234567"), "state": "dry", "other": errs.Conflict,
	}
	err := errs.New(errs.Conflict, "x.y", "it cannot be").At("here").Try("do it").Because(errors.New("a cause"))
	for name, value := range given {
		err.With(name, value)
	}
	k := kept.Of(fmt.Errorf("closing: %w", err))
	want := map[string]any{}
	for name, value := range given {
		want[name] = value
	}
	want["count"], want["other"] = int64(3), "conflict" // a number is a number; what has no type of its own is text
	var got *errs.Error
	if !errors.As(k.Err(), &got) || got.Kind != errs.Conflict || got.Code != "x.y" {
		t.Fatalf("%+v", got)
	}
	if d := cmp.Diff(want, got.Params); d != "" {
		t.Error(d)
	}
	const words = "closing: here: it cannot be; do it: a cause"
	if k.String() != words || got.Message != words {
		t.Errorf("the words are %q and %q", k, got.Message)
	}
}

func TestWhatHasNoCode(t *testing.T) {
	t.Parallel()
	if k := kept.Of(nil); k != "" || k.Err() != nil || k.String() != "" {
		t.Errorf("no error is %q", k)
	}
	for _, k := range []kept.Error{kept.Of(errors.New("disk full")), kept.Of(errs.New(errs.Internal, "x.y", "disk full")), "disk full"} {
		if err := k.Err(); k.String() != "disk full" || errs.KindOf(err) != errs.Internal || errs.CodeOf(err) != "" {
			t.Errorf("%q is %+v", k, err)
		}
	}
}
