package faults_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// harm is what happens to a worker.
type harm struct {
	wrapper []string      // the command it runs under, such as strace
	after   int           // it is killed once it has acknowledged so many operations; 0: it is not
	pause   time.Duration // and so much later
}

// testimony is what a worker said before it ended.
type testimony struct {
	acknowledged map[int]bool
	belated      []int // acknowledged though sent after the store had given up
	refused      map[int]string
	health       []string // codes of the health checks after the traffic, "" for healthy
	closed       bool     // it came to its end
	ready        time.Duration
	wrapped      bool // it ran under another program, which slows its start at will
}

func newTestimony() testimony {
	return testimony{acknowledged: map[int]bool{}, refused: map[int]string{}}
}

// sent bounds the numbers of the operations that may have begun, for they begin in order.
func (said testimony) sent(j job) int {
	return min(j.End, len(said.acknowledged)+len(said.belated)+len(said.refused)+j.Callers)
}

// join adds what another worker said.
func (said testimony) join(other testimony) {
	maps.Copy(said.acknowledged, other.acknowledged)
	maps.Copy(said.refused, other.refused)
}

// silence is after which time a worker that says nothing has hung.
const silence = 30 * time.Second

// run lets a worker do its job, with the harm that is to come to it, until it has ended.
func run(t *testing.T, j job, h harm) testimony {
	t.Helper()
	text, err := json.Marshal(j)
	must(t, err)
	listen, speak, err := os.Pipe()
	must(t, err)
	defer func() { _ = listen.Close() }()
	args := append(h.wrapper, os.Args[0])
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), workerJob+"="+string(text))
	cmd.ExtraFiles = []*os.File{speak}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	start := time.Now()
	must(t, cmd.Start(), speak.Close())
	kill := func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	watchdog := time.AfterFunc(silence, func() {
		t.Errorf("the worker fell silent for %s", silence)
		kill()
	})
	defer watchdog.Stop()
	said := newTestimony()
	said.wrapped = len(h.wrapper) > 0
	for lines := bufio.NewScanner(listen); lines.Scan(); {
		watchdog.Reset(silence)
		said.hear(lines.Text(), start)
		if h.after > 0 && len(said.acknowledged) == h.after {
			h.after = 0
			defer time.AfterFunc(h.pause, kill).Stop()
		}
	}
	if err := cmd.Wait(); err != nil && len(complaint.Bytes()) > 0 && !said.closed {
		t.Logf("the worker ended with %v: %.300s", err, complaint.Bytes())
	}
	return said
}

func (said *testimony) hear(line string, start time.Time) {
	fields := strings.Fields(line)
	number, _ := strconv.Atoi(fields[1])
	code := ""
	if len(fields) > 2 {
		code = fields[2]
	}
	switch fields[0] {
	case "ready":
		said.ready = time.Since(start)
	case "acknowledged":
		said.acknowledged[number] = true
	case "belated":
		said.belated = append(said.belated, number)
	case "refused":
		said.refused[number] = strings.Join(fields[2:], " ")
	case "health":
		said.health = append(said.health, code)
	case "closed":
		said.closed = code == ""
	}
}

func must(t testing.TB, errors ...error) {
	t.Helper()
	for _, err := range errors {
		if err != nil {
			t.Fatal(err)
		}
	}
}
