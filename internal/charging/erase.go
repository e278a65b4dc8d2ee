package charging

import (
	"context"

	"bellwether/internal/ident"
	"bellwether/internal/right"
	"bellwether/internal/store"
)

// forClients is the right by which somebody may erase a person.
var forClients = []right.Right{right.Delete.Of(right.Clients)}

// ErasePerson takes a client's number out of the legs of their calls and out of the messages to them: what is left of it is the beginning by
// which it was priced, so that every charge explains itself still (Rule T-113). legs are the ids of legs of their calls.
func ErasePerson(ctx context.Context, tx *store.Tx, id ident.ProjectID, client string, legs []string) error {
	if err := tx.May(ident.ProjectOrg(id), forClients...); err != nil {
		return err
	}
	for _, leg := range legs {
		if _, err := tx.Exec(ctx, `UPDATE charging_leg SET to_number = '+' || prefix WHERE project_id = $1 AND leg_key = $2 AND to_number = $3 AND prefix <> ''`,
			string(id), key{id, leg}.stored(), client); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `UPDATE charging_message SET to_number = '' WHERE project_id = $1 AND to_number = $2`, string(id), client)
	return err
}
