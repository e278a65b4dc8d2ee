package callimport

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// line is one line while it is read. What is wrong with it is gathered, so that all of it is reported at once.
type line struct {
	file   *file
	number int
	cells  []string
	bad    bool
}

// readLine makes records of one line.
func (f *file) readLine(cells []string) {
	number, _ := f.csv.FieldPos(0)
	l := line{file: f, number: number, cells: cells}
	for i, cell := range cells {
		cells[i] = strings.TrimSpace(cell)
	}
	if strings.Join(cells, "") == "" {
		return // a spreadsheet's empty row
	}
	f.result.Lines++
	if !l.checkText() {
		return
	}
	records := l.records()
	if l.bad {
		return
	}
	for _, r := range records {
		if f.known(r) {
			return
		}
	}
	for _, r := range records {
		f.first[r.ID] = len(f.result.Records)
		f.result.Records = append(f.result.Records, r)
	}
}

func (f *file) warn(warning Problem) {
	if len(f.result.Warnings) < mostProblems {
		f.result.Warnings = append(f.result.Warnings, warning)
		return
	}
	f.result.More++
}

func (l *line) problem(column, format string, args ...any) {
	l.bad = true
	l.file.problems.add(Problem{Line: l.number, Column: column, Text: fmt.Sprintf(format, args...)})
}

func (l *line) warn(column, format string, args ...any) {
	l.file.warn(Problem{Line: l.number, Column: column, Text: fmt.Sprintf(format, args...)})
}

// cell is what stands in a column; empty where the file does not have it.
func (l *line) cell(column string) string {
	if i, ok := l.file.header.at[column]; ok && i < len(l.cells) {
		return l.cells[i]
	}
	return ""
}

// checkText refuses a line whose cells do not fit the header, or are no text a database takes.
func (l *line) checkText() bool {
	want := len(l.file.header.cells)
	if len(l.cells) < want || strings.Join(l.cells[want:], "") != "" {
		l.problem("", "the line has %d cells and the header %d", len(l.cells), want)
		return false
	}
	for i, cell := range l.cells[:want] {
		if !utf8.ValidString(cell) || strings.ContainsRune(cell, 0) {
			column := l.file.header.cells[i]
			if column == "" {
				column = "cell " + strconv.Itoa(i+1)
			}
			l.problem(column, "the cell holds bytes that are no text: save the file as UTF-8")
		}
	}
	return !l.bad
}

// records reads the line: one record, or two for a callback.
func (l *line) records() []Record {
	base := Record{Line: l.number, Caller: l.cell(colCaller), Employee: l.cell(colEmployee), Disposition: plainDisposition(l.cell(colDisposition))}
	base.StartedAt = l.startedAt()
	talk, ringing := l.durations()
	direction, outcome := l.direction(), l.outcome(base.Disposition).resolve(talk > 0)
	if l.bad {
		return nil
	}
	base.ID = l.id(base.StartedAt, talk)
	base.Extra = l.extra()
	if outcome == unanswered && talk > 0 {
		l.warn(colTalk, "%d seconds of a call that nobody answered are not counted", talk)
	}
	var records []Record
	for _, leg := range legsOf(direction, outcome, l.cell, l.file.targets.kind) {
		r := base
		r.ID += leg.suffix
		r.Leg = leg.kind
		r.To = l.to(leg)
		if direction == incoming {
			r.Number = l.projectNumber()
		}
		if leg.answered {
			r.AnsweredAt, r.Seconds = base.StartedAt.Add(ringing), talk
			l.checkLife(r)
		}
		records = append(records, r)
	}
	return records
}

func (l *line) startedAt() time.Time {
	t, warning, err := parseInstant(l.cell(colCallDate), l.file.options.Zone)
	if err != nil {
		l.problem(colCallDate, "%v", err)
	}
	if warning != "" {
		l.warn(colCallDate, "%s", warning)
	}
	return t
}

// durations reads the talk time and how long it rang before: duration less talk, or the wait where there is no duration.
func (l *line) durations() (talk int64, ringing time.Duration) {
	talk = l.seconds(colTalk)
	if l.cell(colTalk) == "" {
		l.problem(colTalk, "the cell is empty: write 0 for a call without talk")
	}
	wait := l.seconds(colWait)
	if l.cell(colDuration) != "" {
		duration := l.seconds(colDuration)
		if duration < talk && !l.bad {
			l.problem(colDuration, "%d seconds in all are less than %d of talk", duration, talk)
		}
		wait = duration - talk
	}
	return talk, time.Duration(wait) * time.Second
}

func (l *line) seconds(column string) int64 {
	cell := l.cell(column)
	if cell == "" {
		return 0
	}
	n, err := parseSeconds(cell)
	if err != nil {
		l.problem(column, "%v", err)
	}
	return n
}

func (l *line) direction() direction {
	cell := l.cell(colType)
	d, ok := directions[strings.ToLower(cell)]
	if !ok {
		l.problem(colType, "%s is not a type of call: write in, out, callback or internal", quoted(cell))
	}
	return d
}

func (l *line) outcome(disposition string) outcome {
	o, ok := outcomes[disposition]
	switch {
	case !ok:
		l.problem(colDisposition, "%s is not a result of a call: write ANSWERED, NO ANSWER, BUSY or FAILED", quoted(l.cell(colDisposition)))
	case o == stillUnderWay:
		l.problem(colDisposition, "the call was not over when it was exported: export it again")
	}
	return o
}

// to reads what a leg led to. It must be right where there is something to charge, and is left as written elsewhere.
func (l *line) to(leg leg) string {
	cell := leg.to
	if leg.kind == SIP {
		if uri, ok := sip(cell); ok {
			return uri
		}
		cell = "sip:" + cell // an internal call to an extension
	}
	if digits, ok := emergency(cell, l.file.options.Country); ok && leg.kind == Outbound {
		return digits
	}
	to, err := l.file.targets.read(cell)
	if err == nil {
		return to
	}
	if leg.answered {
		l.problem(leg.column, "%v", err)
	}
	return leg.to
}

// checkLife refuses a call that cannot have been; a callback's two legs are one problem.
func (l *line) checkLife(r Record) {
	if text := r.misplaced(l.file.options.Opened, l.file.options.Now); text != "" && !l.bad {
		l.problem(colCallDate, "%s", text)
	}
}

func (l *line) projectNumber() string {
	number, err := l.file.targets.number(l.cell(colTo))
	if err != nil {
		return l.cell(colTo)
	}
	return string(number)
}

// extra gathers the columns that a Record has no field for.
func (l *line) extra() map[string]string {
	var extra map[string]string
	for i, column := range l.file.header.cells {
		if column == "" || l.cells[i] == "" || ownField[column] {
			continue
		}
		if extra == nil {
			extra = make(map[string]string, len(l.file.header.cells))
		}
		extra[column] = l.cells[i]
	}
	return extra
}

var ownField = map[string]bool{
	colCallDate: true, colCaller: true, colTo: true, colDuration: true, colTalk: true, colType: true,
	colDisposition: true, colEmployee: true, colCallID: true,
}
