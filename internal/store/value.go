package store

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// values makes arguments that both engines store alike: booleans become 0 and 1, bytes become text.
func values(args []any) []any {
	out := make([]any, len(args))
	for i, arg := range args {
		out[i] = value(arg)
	}
	return out
}

// value converts one argument. Named types ("type ProjectID string") become what they are made of. What no column can
// hold, an instant above all, is turned into an argument that makes the statement fail with a message.
func value(arg any) any {
	switch v := arg.(type) {
	case nil, int64, string, []string: // an array is made by EachKey alone, for the engine that takes them
		return arg
	case int:
		return int64(v)
	case bool:
		return fromBool(v)
	case []byte:
		return fromBytes(v)
	}
	v, err := driver.DefaultParameterConverter.ConvertValue(arg)
	if err != nil {
		return unfit{err}
	}
	switch v := v.(type) {
	case bool:
		return fromBool(v)
	case []byte:
		return fromBytes(v)
	case time.Time:
		return unfit{fmt.Errorf("an instant is stored as microseconds: pass UnixMicro()")}
	default:
		return v
	}
}

func fromBool(v bool) int64 {
	if v {
		return 1
	}
	return 0
}

func fromBytes(v []byte) any {
	if v == nil {
		return nil
	}
	return string(v)
}

// unfit is an argument that cannot be stored.
type unfit struct{ err error }

// Value makes unfit a driver.Valuer that only fails.
func (u unfit) Value() (driver.Value, error) { return nil, u.err }
