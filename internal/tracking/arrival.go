package tracking

import (
	"context"
	"time"

	"bellwether/internal/store"
)

// Arrival is a hit with who sent it and when it came.
type Arrival struct {
	Hit  Hit
	From Sender
	At   time.Time
}

// TakeAll stores hits that came one after another, in their order and at most 512 in a transaction, and says what each was answered: for
// a story that is told, or a past that is brought along. It takes them as Take does but for the limits of what comes at once (Rule C-81),
// and the settings of a site are read once for all of its hits. The first hit that cannot be taken ends it; those before it stay. Errors
// as Take.
func (c *Collector) TakeAll(ctx context.Context, arrivals []Arrival) (answers []Answer, err error) {
	tasks, err := c.tasksOf(ctx, arrivals)
	for len(tasks) > 0 {
		some := tasks[:min(len(tasks), mostTogether)]
		tasks = tasks[len(some):]
		var outcomes []store.Outcome[Answer]
		if failed := c.events.Write(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			outcomes, err = c.collect(ctx, tx, some)
			return err
		}); failed != nil {
			return answers, failed
		}
		for _, o := range outcomes {
			answers = append(answers, o.Value)
		}
	}
	return answers, err
}

// tasksOf prepares arrivals, up to the first that cannot be taken.
func (c *Collector) tasksOf(ctx context.Context, arrivals []Arrival) (tasks []*task, err error) {
	sites := map[string]*setup{}
	for _, a := range arrivals {
		s := sites[a.Hit.Key]
		if s == nil {
			if s, err = readFresh(ctx, c.setups.core, a.Hit.Key, a.At); err != nil {
				return tasks, err
			}
			sites[a.Hit.Key] = s
		}
		if err := s.admits(a.From.Origin); err != nil {
			return tasks, err
		}
		if err := a.Hit.check(); err != nil {
			return tasks, err
		}
		t, err := c.prepare(a.Hit, a.From, s, a.At)
		if err != nil {
			return tasks, err
		}
		tasks = append(tasks, t)
	}
	return tasks, nil
}

// readFresh reads a site's settings as they stand, past what the node remembers of them.
func readFresh(ctx context.Context, core *store.DB, key string, at time.Time) (made *setup, err error) {
	err = core.Snapshot(ctx, func(ctx context.Context, q store.Querier) error {
		made, err = readSetup(ctx, q, key, at)
		return err
	})
	return made, err
}
