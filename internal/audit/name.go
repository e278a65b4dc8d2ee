package audit

import (
	"cmp"
	"context"
	"encoding/json"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Name is what the thing of an entry is called, after the change or, where it is gone, before; empty where the entry does not say.
func (e Entry) Name() string {
	var named struct{ Name, Email, Title, Version string }
	for _, text := range []json.RawMessage{e.After, e.Before} {
		if json.Unmarshal(text, &named) == nil {
			if name := cmp.Or(named.Name, named.Email, named.Title, named.Version); name != "" {
				return name
			}
		}
	}
	return ""
}

// NameOf is what a thing was called last, by the newest entries about it that say so: most changes of a thing keep what was changed and not
// its name. org nil is every organisation; empty where no entry says a name.
func NameOf(ctx context.Context, q store.Querier, org *ident.Org, object, id string) (string, error) {
	const enough = 50
	entries, err := List(ctx, q, Filter{Org: org, Object: object, ObjectID: id}, 0, enough)
	for _, e := range entries {
		if name := e.Name(); name != "" {
			return name, nil
		}
	}
	return "", err
}
