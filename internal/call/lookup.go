package call

import (
	"context"
	"time"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// AgentRule says which calls count for finding the employee who dealt with a client last (Rule T-109).
type AgentRule struct {
	Since    time.Time // the local midnight, or earlier for a longer look-back
	Incoming bool      // calls that the client made and an employee answered count too
	Known    bool      // only for clients who have called before
}

// looked is how many of a client's last calls are looked through.
const looked = 50

// FindLastAgent gives the employee of the last call to a client; ok is false where there is none.
func FindLastAgent(ctx context.Context, q store.Querier, project ident.ProjectID, client string, rule AgentRule) (who Person, ok bool, err error) {
	if client == "" {
		return Person{}, false, nil
	}
	calls, err := queryCalls(ctx, q, logByClient, `project_id = $1 AND client = $2 AND call_id >= $3 AND employee <> '' ORDER BY call_id DESC LIMIT $4`,
		string(project), client, from(rule.Since), looked)
	if err != nil {
		return Person{}, false, err
	}
	for _, c := range calls {
		if c.Direction == Internal || c.Direction.fromClient() && (!rule.Incoming || c.AnsweredAt.IsZero()) {
			continue
		}
		if rule.Known {
			if known, err := CalledBefore(ctx, q, project, client, 0); err != nil || !known {
				return Person{}, false, err
			}
		}
		return c.Person, true, nil
	}
	return Person{}, false, nil
}

// CalledBefore reports whether a client called before a call began; 0 for ever.
func CalledBefore(ctx context.Context, q store.Querier, project ident.ProjectID, client string, before ID) (bool, error) {
	if before == 0 {
		before = endOfTime
	}
	var n int
	err := q.QueryRow(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM `+logByClient+` WHERE project_id = $1 AND client = $2 AND call_id < $3 AND counter > 0 LIMIT 1) AS l`,
		string(project), client, int64(before)).Scan(&n)
	return n > 0, err
}

// CountOwed is how many missed calls a reader sees that nobody has called back, up to most.
func (w Window) CountOwed(ctx context.Context, q store.Querier, since time.Time, most int) (n int, err error) {
	where := &query{}
	where.add("project_id = ?", string(w.project))
	where.add("owed = 1 AND call_id >= ?", from(since))
	where.owners(w.reach)
	where.args = append(where.args, most)
	return n, q.QueryRow(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM `+logOfOwed+` WHERE `+where.String()+` LIMIT `+store.List(len(where.args), 1)+`) AS l`, where.args...).Scan(&n)
}
