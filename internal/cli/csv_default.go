package cli

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
)

// withDefault fills a column where it is empty or missing. Records keep their lines, so that later errors name the right
// ones. What is not CSV is handed on as it is, for the reader behind to say so.
func withDefault(r io.Reader, column, value string) (io.Reader, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\uFEFF"))))
	in.FieldsPerRecord = -1
	var filled bytes.Buffer
	out := csv.NewWriter(&filled)
	at, width, lines := -1, 0, 0 // lines counts those written
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			out.Flush()
			return &filled, nil
		}
		if err != nil {
			return bytes.NewReader(text), nil
		}
		switch {
		case at < 0:
			if at = slices.IndexFunc(cells, func(name string) bool { return strings.TrimSpace(name) == column }); at < 0 {
				at, cells = len(cells), append(cells, column)
			}
			width = len(cells)
		case len(cells) == width-1 && at == width-1:
			cells = append(cells, value)
		case at < len(cells) && cells[at] == "":
			cells[at] = value
		}
		out.Flush()
		for line, _ := in.FieldPos(0); lines < line-1; lines++ {
			filled.WriteByte('\n')
		}
		if err := out.Write(cells); err != nil {
			return nil, err
		}
		lines += 1 + strings.Count(strings.Join(cells, ""), "\n")
	}
}
