package call

import (
	"context"
	"time"

	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
)

// Past tells the dry run of past calls with a number, for the rule of the last agent (Rule T-109).
type Past struct{}

// PastCalls gives the latest calls of a project with an outside number since an instant.
func (Past) PastCalls(ctx context.Context, q store.Querier, project ident.ProjectID, with phone.Number, since time.Time) ([]dialplan.PastCall, error) {
	calls, err := queryCalls(ctx, q, logByClient, `project_id = $1 AND client = $2 AND call_id >= $3 ORDER BY call_id DESC LIMIT $4`,
		string(project), string(with), from(since), looked)
	var past []dialplan.PastCall
	for _, c := range calls {
		if c.Direction != Internal {
			past = append(past, dialplan.PastCall{At: c.StartedAt, Outgoing: !c.Direction.fromClient(), Answered: !c.AnsweredAt.IsZero(), Employee: c.Person.ID})
		}
	}
	if err != nil {
		return nil, err
	}
	known, err := CalledBefore(ctx, q, project, string(with), 0)
	if known {
		past = append(past, dialplan.PastCall{At: since.Add(-time.Second)}) // whoever called at any time is no new caller
	}
	return past, err
}
