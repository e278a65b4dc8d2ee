package app

import "context"

// RunJobs runs the jobs that wait, one after another, for tests that do not wait for the loop.
func (a *App) RunJobs(ctx context.Context) error {
	for {
		if ran, err := a.runner.Once(ctx, nil); !ran || err != nil {
			return err
		}
	}
}
