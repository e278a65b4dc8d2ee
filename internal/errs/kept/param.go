package kept

import (
	"encoding/json"
	"fmt"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/phone"
)

// param is a parameter with the name of its type, by which it is read back.
type param struct {
	Type  string          `json:"type"`
	Value json.RawMessage `json:"value"`
}

// readers read the values of each type that a reader's language writes in its own way; every other is text.
var readers = map[string]func([]byte) (any, error){
	"amount": value[money.Micro], "currency": value[money.Currency], "date": value[civil.Date], "time": value[time.Time],
	"int": value[int64], "ints": value[[]int64], "texts": value[[]string], "phone": value[phone.Number], "text": value[string],
}

func value[T any](data []byte) (any, error) {
	var v T
	err := json.Unmarshal(data, &v)
	return v, err
}

func typeOf(v any) (name string, kept any) {
	switch v := v.(type) {
	case money.Micro:
		return "amount", v
	case money.Currency:
		return "currency", v
	case civil.Date:
		return "date", v
	case time.Time:
		return "time", v
	case int:
		return "int", int64(v)
	case int64:
		return "int", v
	case []int64:
		return "ints", v
	case []string:
		return "texts", v
	case phone.Number:
		return "phone", v
	}
	return "text", fmt.Sprint(v)
}

func writeParams(given map[string]any) map[string]param {
	params := map[string]param{}
	for name, v := range given {
		kind, v := typeOf(v)
		if text, err := json.Marshal(v); err == nil {
			params[name] = param{kind, text}
		}
	}
	return params
}

func readParams(kept map[string]param) map[string]any {
	params := map[string]any{}
	for name, p := range kept {
		read, ok := readers[p.Type]
		if !ok {
			continue
		}
		if v, err := read(p.Value); err == nil {
			params[name] = v
		}
	}
	return params
}
