package sheet_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/money"
	"bellwether/internal/sheet"
)

var columns = []sheet.Column{{Key: "text", Title: "Text"}, {Key: "count", Title: "Count"}, {Key: "sum", Title: "=Sum"}, {Key: "day", Title: "Day"}, {Key: "at", Title: "At"}}

// sample is two rows: every kind of value, and nothing at all.
var sample = [][]any{
	{"=1+1", 7, money.MustParse("-98.5"), civil.MustParseDate("2026-11-22"), time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)},
	{"+380441234567", nil, nil, nil, time.Time{}},
}

func write(t *testing.T, f sheet.Format) []byte {
	t.Helper()
	var file bytes.Buffer
	out, err := sheet.New(&file, f, columns)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range sample {
		if err := out.Row(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestLines(t *testing.T) {
	t.Parallel()
	want := "Text,Count,'=Sum,Day,At\n'=1+1,7,-98.5,2026-11-22,2026-11-22T10:00:00Z\n+380441234567,,,,\n"
	if diff := cmp.Diff(want, string(write(t, sheet.CSV))); diff != "" {
		t.Error(diff)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	var rows []map[string]any
	if err := json.Unmarshal(write(t, sheet.JSON), &rows); err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{
		{"text": "=1+1", "count": 7.0, "sum": "-98.5", "day": "2026-11-22", "at": "2026-11-22T10:00:00Z"},
		{"text": "+380441234567", "count": nil, "sum": nil, "day": nil, "at": ""},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
}

func TestWorkbook(t *testing.T) {
	t.Parallel()
	book, err := excelize.OpenReader(bytes.NewReader(write(t, sheet.XLSX)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = book.Close() }()
	rows, err := book.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{{"Text", "Count", "=Sum", "Day", "At"}, {"=1+1", "7", "-98.5", "2026-11-22", "2026-11-22T10:00:00Z"}, {"+380441234567"}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	if formula, err := book.GetCellFormula("Sheet1", "A2"); err != nil || formula != "" {
		t.Errorf("text became the formula %q, %v", formula, err)
	}
}

// Rule A-17.
func TestNeutral(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"": "", "plain": "plain", "=A1": "'=A1", "@x": "'@x", "+1+1": "'+1+1", "-2+3": "'-2+3", "\t=1": "'\t=1", "\r=1": "'\r=1", "-98.5": "-98.5", "+380441234567": "+380441234567",
	} {
		if got := sheet.Neutral(cell); got != want {
			t.Errorf("%q became %q, want %q", cell, got, want)
		}
	}
}

func TestParseFormat(t *testing.T) {
	t.Parallel()
	for _, f := range sheet.Formats {
		if got, err := sheet.ParseFormat(string(f)); got != f || err != nil || strings.TrimSpace(f.ContentType()) == "" {
			t.Errorf("%s: %s %v", f, got, err)
		}
	}
	if _, err := sheet.ParseFormat("exe"); errs.CodeOf(err) != "sheet.bad_format" {
		t.Errorf("exe: %v", err)
	}
}
