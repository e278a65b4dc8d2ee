package faults_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// deed is one thing a worker did to its disk, or told the world, in the order in which strace saw it.
type deed struct {
	what   string // write, truncate, sync, remove or tell
	file   string // base name
	data   []byte // written or told
	offset int64  // of what was written; the new size where truncated
}

// recorder is the command that runs a worker and writes down what it does to its disk.
func recorder(t *testing.T, log string) []string {
	t.Helper()
	if reason := straceWorks(); reason != "" {
		t.Skip(reason)
	}
	return []string{"strace", "-f", "-y", "-qq", "-xx", "-s", "70000", "-o", log, "-e", "signal=none", "-e", "trace=write,pwrite64,fsync,fdatasync,ftruncate,unlink"}
}

// recording reads what a recorder wrote. A write counts from its beginning, for part of it may reach the disk; so does what
// is told. A sync counts from its end.
func recording(t *testing.T, log string) (deeds []deed) {
	t.Helper()
	file, err := os.Open(log)
	must(t, err)
	defer func() { _ = file.Close() }()
	syncing := map[string]deed{} // by thread, those that have begun
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		thread, rest, _ := strings.Cut(lines.Text(), " ")
		if rest = strings.TrimSpace(rest); strings.HasPrefix(rest, "<... ") {
			if begun, ok := syncing[thread]; ok && strings.Contains(rest, "sync resumed") {
				deeds = append(deeds, begun)
			}
			continue
		}
		rest, unfinished := strings.CutSuffix(rest, " <unfinished ...>")
		d, ok := readDeed(t, rest)
		if d.what == "sync" && unfinished {
			syncing[thread] = d
		} else if ok {
			deeds = append(deeds, d)
		}
	}
	must(t, lines.Err())
	return deeds
}

// readDeed reads a line such as `pwrite64(11<FILE>, "DATA", 24, 32) = 24`, in which strings are in hexadecimal.
func readDeed(t *testing.T, line string) (d deed, ok bool) {
	t.Helper()
	call, rest, _ := strings.Cut(line, "(")
	var texts []string
	for _, field := range strings.FieldsFunc(rest, func(r rune) bool { return r == '"' || r == '<' || r == '>' }) {
		if strings.HasPrefix(field, `\x`) {
			text, err := strconv.Unquote(`"` + field + `"`)
			must(t, err)
			texts = append(texts, text)
		}
	}
	if len(texts) == 0 {
		return d, false
	}
	d.file = filepath.Base(texts[0])
	if len(texts) > 1 {
		d.data = []byte(texts[1])
	}
	numbers := line[strings.LastIndexAny(line, `">`)+1:]
	switch call {
	case "pwrite64":
		d.what = "write"
		var length int
		_, err := fmt.Sscanf(numbers, ", %d, %d", &length, &d.offset)
		must(t, err)
	case "write":
		d.what = "tell"
		return d, strings.HasPrefix(d.file, "pipe:") // the runtime wakes itself by writing, too
	case "ftruncate":
		d.what = "truncate"
		_, err := fmt.Sscanf(numbers, ", %d", &d.offset)
		must(t, err)
	case "fsync", "fdatasync":
		d.what = "sync"
	case "unlink":
		d.what = "remove"
	}
	return d, true
}
