package call

import (
	"context"
	"time"

	"bellwether/internal/dialplan"
	"bellwether/internal/ident"
	"bellwether/internal/phone"
	"bellwether/internal/store"
)

// Past tells of past calls with a number, for the rule of the last agent, of real calls and in the dry run (Rule T-109).
type Past struct{}

// PastCalls gives those calls of a project with an outside number that decide whom dialplan.LastAgent.Find finds before an instant,
// however many there were: the last one to the number and the last one from it that was answered, since another instant, and whether
// the number called before at all.
func (Past) PastCalls(ctx context.Context, q store.Querier, project ident.ProjectID, with phone.Number, since, before time.Time) (past []dialplan.PastCall, err error) {
	if with == "" {
		return nil, nil
	}
	for _, sort := range []string{`direction IN ('outbound', 'click_to_call')`, `direction IN ('inbound', 'callback') AND answered_at > 0`} {
		last, err := queryCalls(ctx, q, logByClient, `project_id = $1 AND client = $2 AND call_id >= $3 AND call_id < $4 AND employee <> '' AND `+sort+` ORDER BY call_id DESC LIMIT 1`,
			string(project), string(with), from(since), from(before))
		if err != nil {
			return nil, err
		}
		for _, c := range last {
			past = append(past, dialplan.PastCall{At: c.StartedAt, Outgoing: !c.Direction.fromClient(), Answered: !c.AnsweredAt.IsZero(), Employee: c.Person.ID})
		}
	}
	known, err := CalledBefore(ctx, q, project, string(with), IDAt(before, 0))
	if known {
		past = append(past, dialplan.PastCall{At: since.Add(-time.Second)}) // whoever called at any time is no new caller
	}
	return past, err
}
