package job

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/errs/kept"
	"bellwether/internal/ident"
	"bellwether/internal/right"
	"bellwether/internal/store"
)

// ID is the identifier of a job; later ones are greater.
type ID int64

// String writes the identifier as addresses have it.
func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// ParseID reads an identifier; errs.NotFound `job.not_found`.
func ParseID(text string) (ID, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return 0, notFound(text)
	}
	return ID(n), nil
}

func notFound(id string) error {
	return errs.New(errs.NotFound, "job.not_found", "there is no job %.40q", id).At("job")
}

// State is where a job stands.
type State string

// The states of a job. The last three are final.
const (
	Queued    State = "queued"
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Job is a job as it stands.
type Job struct {
	ID          ID
	Kind        string
	Subject     string          // what it is about, for its kind to find it by
	Argument    json.RawMessage // what was asked for
	State       State
	Done, Total int64 // how far it is, in whatever its kind counts
	Result      json.RawMessage
	Failure     kept.Error // why it failed
	AskedBy     string     // user id
	AskedAt     time.Time
	StartedAt   time.Time
	EndedAt     time.Time
	Node        string // that runs it, or ran it last

	attempts int // how often it was begun and not given back
}

// Over reports whether nothing more comes of the job.
func (j Job) Over() bool { return j.State != Queued && j.State != Running }

// Read reads what was asked for and, where the job is done, what came of it; either may be nil.
func (j Job) Read(argument, result any) error {
	if argument != nil {
		if err := json.Unmarshal(j.Argument, argument); err != nil {
			return err
		}
	}
	if result == nil || len(j.Result) == 0 {
		return nil
	}
	return json.Unmarshal(j.Result, result)
}

var sequence ident.Sequence

// forJobs are the rights of which one lets somebody ask for a job: all there are work for the operator (Rule A-18).
var forJobs = []right.Right{right.Edit.Of(right.Node), right.Edit.Of(right.PriceBooks), right.Edit.Of(right.Projects)}

// Ask puts a job into the queue. What was asked for already, on whatever node, and is not over, is that job: then fresh is false.
func Ask(ctx context.Context, tx *store.Tx, kind, subject string, argument any, by string, at time.Time) (j Job, fresh bool, err error) {
	if err := tx.May(ident.Operator, forJobs...); err != nil {
		return Job{}, false, err
	}
	text, err := json.Marshal(argument)
	if err != nil {
		return Job{}, false, err
	}
	question := digest(text)
	for {
		id := sequence.Next(tx.Now())
		result, err := tx.Exec(ctx, `INSERT INTO job_run (id, kind, subject, argument, question, state, done, total, result, error, asked_by, asked_at, started_at,
			ended_at, owner, lease_until, attempts) VALUES ($1, $2, $3, $4, $5, 'queued', 0, 0, '', '', $6, $7, 0, 0, '', 0, 0) ON CONFLICT DO NOTHING`,
			id, kind, subject, string(text), question, by, at.UnixMicro())
		if err != nil {
			return Job{}, false, err
		}
		if n, err := result.RowsAffected(); err != nil || n == 1 {
			return Job{ID: ID(id), Kind: kind, Subject: subject, Argument: text, State: Queued, AskedBy: by, AskedAt: at}, err == nil, err
		}
		open, err := scan(tx.QueryRow(ctx, `SELECT `+columns+` FROM job_run WHERE kind = $1 AND subject = $2 AND question = $3
			AND (state = 'queued' OR state = 'running')`, kind, subject, question).Scan)
		if !errors.Is(err, sql.ErrNoRows) {
			return open, false, err
		}
	}
}

// digest stands for an argument, which may be longer than an index takes.
func digest(argument []byte) string { return fmt.Sprintf("%x", sha256.Sum256(argument)) }

// Cancel ends a job that is not over; one that is stays what it is. errs.NotFound `job.not_found`.
func Cancel(ctx context.Context, tx *store.Tx, id ID, at time.Time) (Job, error) {
	if err := tx.May(ident.Operator, right.Edit.Of(right.Node)); err != nil {
		return Job{}, err
	}
	_, err := tx.Exec(ctx, `UPDATE job_run SET state = 'cancelled', ended_at = $2 WHERE id = $1 AND (state = 'queued' OR state = 'running')`,
		int64(id), at.UnixMicro())
	if err != nil {
		return Job{}, err
	}
	return Get(ctx, tx, id)
}

const columns = `id, kind, subject, argument, state, done, total, result, error, asked_by, asked_at, started_at, ended_at, owner, attempts`

func scan(read func(...any) error) (j Job, err error) {
	var argument, result string
	var asked, started, ended int64
	err = read(&j.ID, &j.Kind, &j.Subject, &argument, &j.State, &j.Done, &j.Total, &result, &j.Failure, &j.AskedBy, &asked, &started, &ended, &j.Node, &j.attempts)
	j.Node, _, _ = strings.Cut(j.Node, ownerMark)
	j.Argument, j.Result = json.RawMessage(argument), json.RawMessage(result)
	j.AskedAt, j.StartedAt, j.EndedAt = instant(asked), instant(started), instant(ended)
	return j, err
}

func instant(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}

// Get reads a job; errs.NotFound `job.not_found`.
func Get(ctx context.Context, q store.Querier, id ID) (Job, error) {
	j, err := scan(q.QueryRow(ctx, `SELECT `+columns+` FROM job_run WHERE id = $1`, int64(id)).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return Job{}, notFound(id.String())
	}
	return j, err
}

// Open gives up to limit jobs of every kind that are queued, run, or failed since an instant, newest first.
func Open(ctx context.Context, q store.Querier, failedSince time.Time, limit int) (jobs []Job, err error) {
	return jobs, store.EachRow(ctx, q, `SELECT `+columns+` FROM job_run WHERE state = 'queued' OR state = 'running' OR state = 'failed' AND ended_at >= $1
		ORDER BY id DESC LIMIT $2`, []any{failedSince.UnixMicro(), limit}, func(rows *sql.Rows) error {
		j, err := scan(rows.Scan)
		jobs = append(jobs, j)
		return err
	})
}

// List gives up to limit jobs of a kind, newest first; of one subject where that is not empty.
func List(ctx context.Context, q store.Querier, kind, subject string, limit int) (jobs []Job, err error) {
	return jobs, store.EachRow(ctx, q, `SELECT `+columns+` FROM job_run WHERE kind = $1 AND ($2 = '' OR subject = $2) ORDER BY id DESC LIMIT $3`,
		[]any{kind, subject, limit}, func(rows *sql.Rows) error {
			j, err := scan(rows.Scan)
			jobs = append(jobs, j)
			return err
		})
}
