package tracking

import (
	"context"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Accuracies measures some pools as AccuracyOf does each, reading what is certain of the project's calls once (Rule C-103).
func Accuracies(ctx context.Context, q store.Querier, project ident.ProjectID, pools []PoolID, since, until time.Time) (map[PoolID]Accuracy, error) {
	truths, err := truthsByCall(ctx, q, project, since, until)
	if err != nil {
		return nil, err
	}
	all := map[PoolID]Accuracy{}
	for _, id := range pools {
		if all[id], err = measured(ctx, q, project, id, truths, since, until); err != nil {
			return nil, err
		}
	}
	return all, nil
}
