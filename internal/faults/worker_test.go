package faults_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"bellwether/internal/errs"
	"bellwether/internal/store"
)

// job is what a worker is told to do.
type job struct {
	DSN     string
	End     int  // operations from 0 to End-1 are sent
	Callers int  // at once
	Scratch bool // twin: commits are not synced to disk
	Hasty   bool // twin: acknowledges before the answer is there
	Keyless bool // twin: every delivery is under a key of its own
	// Forgetful is a twin of the auditor: it does not recover what the dead left open.
	Forgetful bool
	// Ballast is a file in the way: when the traffic is over the worker removes it and sends everything once more. In the end
	// it copies the database, which nobody else can see then, to Keep.
	Ballast, Keep string
	// Bulk is how many large entries are posted first, to bring on a checkpoint of the write-ahead log.
	Bulk int
}

// worker sends the traffic and says what was answered.
type worker struct {
	job    job
	node   *node
	pipe   *os.File
	failed atomic.Bool // the store has said that it stores nothing any more
}

// work is the whole life of a worker process. Nothing in it shuts down in good order before the traffic is over.
func work(text string) int {
	ctx := context.Background()
	w := &worker{pipe: os.NewFile(3, "answers")}
	if err := json.Unmarshal([]byte(text), &w.job); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	db, err := store.Open(ctx, store.Options{DSN: w.job.DSN, Scratch: w.job.Scratch})
	if err != nil {
		w.say("refused", 0, err)
		return 1
	}
	if err := db.Write(ctx, pinWriter); err != nil {
		w.say("refused", 0, err)
		return 1
	}
	w.node = newNode(db)
	w.node.keyless = w.job.Keyless
	w.say("ready", 0, nil)
	if err := w.node.bulk(ctx, w.job.Bulk); err != nil {
		w.say("refused", 0, err)
		return 1
	}
	w.traffic(ctx)
	w.say("health", 0, db.Health(ctx))
	if w.job.Ballast != "" {
		w.say("removed", 0, os.Remove(w.job.Ballast))
		w.traffic(ctx)
		w.say("health", 0, db.Health(ctx))
	}
	w.say("closed", 0, w.end(db))
	return 0
}

func (w *worker) end(db *store.DB) error {
	if err := db.Close(); err != nil || w.job.Keep == "" {
		return err
	}
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(strings.TrimPrefix(w.job.DSN, "sqlite:") + suffix)
		if err == nil {
			err = os.WriteFile(w.job.Keep+suffix, content, 0o600)
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// pinWriter ties the store's writer to one thread of the operating system, for strace counts calls by thread.
func pinWriter(context.Context, *store.Tx) error {
	runtime.LockOSThread()
	return nil
}

func (w *worker) traffic(ctx context.Context) {
	var callers sync.WaitGroup
	var next atomic.Int64
	for range w.job.Callers {
		callers.Go(func() {
			for {
				number := int(next.Add(1)) - 1
				if number >= w.job.End {
					return
				}
				w.send(ctx, operationOf(number))
			}
		})
	}
	callers.Wait()
}

// send delivers one operation and tells its outcome; one acknowledged though the store had given up before it was sent is
// told apart.
func (w *worker) send(ctx context.Context, o operation) {
	word := "acknowledged"
	if w.failed.Load() {
		word = "belated"
	}
	if w.job.Hasty {
		w.say(word, o.number, nil)
	}
	err := w.node.deliver(ctx, o)
	if errs.CodeOf(err) == "store.write_failed" {
		w.failed.Store(true)
	}
	switch {
	case err != nil:
		w.say("refused", o.number, err)
	case !w.job.Hasty:
		w.say(word, o.number, nil)
	}
}

// say writes one line in one call, so that lines of several goroutines do not mix. A worker nobody listens to ends.
func (w *worker) say(word string, number int, reason error) {
	line := fmt.Sprint(word, " ", number)
	if reason != nil {
		line += " " + errs.CodeOf(reason) + " " + strings.ReplaceAll(reason.Error(), "\n", "; ")
	}
	if _, err := w.pipe.WriteString(line + "\n"); err != nil {
		os.Exit(3)
	}
}
