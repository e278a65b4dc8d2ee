package call

import (
	"math/rand/v2"
	"strconv"
	"time"

	"bellwether/internal/errs"
)

// ID names a call within its project: the microsecond in which it began, and ten bits of chance below. Calls in the order of
// their ids are in the order in which they began.
type ID int64

const chanceBits = 10

// NewID makes the id of a call that begins at an instant.
func NewID(at time.Time) ID { return IDAt(at, rand.IntN(1<<chanceBits)) }

// IDAt is the id with a chosen chance, 0 to 1023, for calls that are told again and must have the same one.
func IDAt(at time.Time, chance int) ID {
	return ID(at.UnixMicro()<<chanceBits | int64(chance)&(1<<chanceBits-1))
}

// Began is the instant the id begins with.
func (id ID) Began() time.Time { return time.UnixMicro(int64(id) >> chanceBits).UTC() }

func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// ParseID reads what String writes; errs.NotFound `call.not_found` for anything else.
func ParseID(s string) (ID, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 {
		return 0, noCall()
	}
	return ID(n), nil
}

func noCall() error {
	return errs.New(errs.NotFound, "call.not_found", "there is no such call").At("call")
}

// from is the least id of calls that begin at an instant or later.
func from(at time.Time) int64 { return int64(IDAt(at, 0)) }

func micros(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// whole is an instant as it is stored.
func whole(at time.Time) time.Time { return instant(micros(at)) }

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
