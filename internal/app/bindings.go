package app

import (
	"context"
	"encoding/json"

	"bellwether/internal/sip"
	"bellwether/internal/staff"
	"bellwether/internal/store"
)

// bindings keeps where telephones are registered over a restart (sip.Bindings).
type bindings struct {
	db   *store.DB
	node string
}

// Load reads what was registered with this node.
func (b bindings) Load(ctx context.Context) (contacts []sip.Contact, err error) {
	var kept []staff.Binding
	if err := b.db.Snapshot(ctx, func(ctx context.Context, q store.Querier) (err error) {
		kept, err = staff.Bindings(ctx, q, b.node)
		return err
	}); err != nil {
		return nil, err
	}
	for _, k := range kept {
		var c sip.Contact
		if err := json.Unmarshal([]byte(k.Body), &c); err != nil {
			continue // of another version: the telephone comes back by itself
		}
		contacts = append(contacts, c)
	}
	return contacts, nil
}

// Save keeps a registration.
func (b bindings) Save(ctx context.Context, c sip.Contact) error {
	body, err := json.Marshal(c)
	if err != nil {
		return err
	}
	kept := staff.Binding{UserName: c.Account, Key: c.Key, Expires: c.Expires, Body: string(body)}
	return b.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return staff.SaveBinding(ctx, tx, b.node, kept) })
}

// Remove ends one.
func (b bindings) Remove(ctx context.Context, account, key string) error {
	return b.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		return staff.RemoveBinding(ctx, tx, b.node, account, key)
	})
}
