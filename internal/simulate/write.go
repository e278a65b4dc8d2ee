package simulate

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"
)

// MarshalJSON writes an event as a line of an event file: at, type and the fields of its type, those left out that may be
// and say nothing.
func (e Event) MarshalJSON() ([]byte, error) {
	type plain Event
	text, err := json.Marshal(plain(e))
	if err != nil {
		return nil, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, err
	}
	var line bytes.Buffer
	line.WriteString(`{"at":` + strconv.Quote(e.At.UTC().Format(time.RFC3339Nano)) + `,"type":` + string(all["type"]))
	write := func(name string) { line.WriteString(`,"` + name + `":` + string(all[name])) }
	for _, name := range types[e.Type].required {
		write(name)
	}
	for _, name := range types[e.Type].optional {
		if value := string(all[name]); value != `""` && value != "0" && value != "false" {
			write(name)
		}
	}
	line.WriteByte('}')
	return line.Bytes(), nil
}
