package sheet

import (
	"io"
	"time"

	"github.com/xuri/excelize/v2"

	"bellwether/internal/civil"
	"bellwether/internal/money"
)

// workbook is a table as the one sheet of an XLSX file. The library keeps its rows in a temporary file.
type workbook struct {
	w      io.Writer
	file   *excelize.File
	stream *excelize.StreamWriter
	day    int // the style of dates
	bold   int
	row    int
}

const sheetName = "Sheet1" // that of a new file

func newWorkbook(w io.Writer, columns []Column) (*workbook, error) {
	b := &workbook{w: w, file: excelize.NewFile()}
	var err error
	if b.stream, err = b.file.NewStreamWriter(sheetName); err != nil {
		return nil, err
	}
	iso := "yyyy-mm-dd"
	if b.day, err = b.file.NewStyle(&excelize.Style{CustomNumFmt: &iso}); err != nil {
		return nil, err
	}
	if b.bold, err = b.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}}); err != nil {
		return nil, err
	}
	if err := b.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	head := make([]any, len(columns))
	for i, c := range columns {
		head[i] = excelize.Cell{StyleID: b.bold, Value: c.Title}
	}
	return b, b.write(head)
}

func (b *workbook) write(cells []any) error {
	b.row++
	at, err := excelize.CoordinatesToCellName(1, b.row)
	if err != nil {
		return err
	}
	return b.stream.SetRow(at, cells)
}

func (b *workbook) Row(values []any) error {
	cells := make([]any, len(values))
	for i, value := range values {
		switch v := value.(type) {
		case money.Micro:
			cells[i] = float64(v) / float64(money.Unit) // a spreadsheet has no other numbers; they hold 15 digits
		case civil.Date:
			cells[i] = excelize.Cell{StyleID: b.day, Value: v.UTC()}
		case time.Time:
			cells[i] = text(v)
		default:
			cells[i] = value
		}
	}
	return b.write(cells)
}

func (b *workbook) Close() error {
	defer func() { _ = b.file.Close() }() // removes the temporary file
	if err := b.stream.Flush(); err != nil {
		return err
	}
	return b.file.Write(b.w)
}
