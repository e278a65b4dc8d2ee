package callimport

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// id is the call's own where the export has one. Otherwise it is a hash of what tells calls apart and does not change
// from one export to the next, unlike marks, categories and the columns that were chosen.
func (l *line) id(startedAt time.Time, talk int64) string {
	if id := l.cell(colCallID); id != "" {
		const longest = 200
		if len(id) > longest {
			l.problem(colCallID, "the id is longer than %d bytes", longest)
		}
		return id
	}
	identity := fmt.Appendf(nil, "%d\n%q\n%q\n%s\n%d", startedAt.UnixMicro(),
		digitsOf(l.cell(colCaller)), digitsOf(l.cell(colTo)), strings.ToLower(l.cell(colType)), talk)
	sum := sha256.Sum256(identity)
	return "csv-" + hex.EncodeToString(sum[:16])
}

// digitsOf is a number without the ways of writing it; other text is left alone.
func digitsOf(cell string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		if strings.ContainsRune("+ -.()/", r) {
			return -1
		}
		return utf8.RuneError
	}, cell)
	if digits == "" || strings.ContainsRune(digits, utf8.RuneError) {
		return cell
	}
	return digits
}

// known reports whether a call has been read already. Where the earlier line told another story, that is a problem.
func (f *file) known(r Record) bool {
	i, ok := f.first[r.ID]
	if !ok {
		return false
	}
	earlier := f.result.Records[i]
	f.result.Duplicates++
	if !sameCall(earlier, r) {
		f.problems.add(Problem{Line: r.Line, Text: fmt.Sprintf("this is the same call as line %d, with other contents", earlier.Line)})
		return true
	}
	f.warn(Problem{Line: r.Line, Text: fmt.Sprintf("repeats line %d: read once", earlier.Line)})
	return true
}

// sameCall compares what is charged.
func sameCall(a, b Record) bool {
	return a.StartedAt.Equal(b.StartedAt) && a.AnsweredAt.Equal(b.AnsweredAt) && a.Caller == b.Caller && a.To == b.To &&
		a.Number == b.Number && a.Seconds == b.Seconds && a.Leg == b.Leg && a.Answered() == b.Answered()
}
