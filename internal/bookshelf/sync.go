package bookshelf

import (
	"context"
	"database/sql"
	"errors"
	"sync"

	"bellwether/internal/project"
	"bellwether/internal/store"
)

// loaded is what of the shelf is in a node's library.
type loaded struct {
	mu       sync.Mutex
	versions map[ID]name
}

type name struct{ book, version string }

// Sync brings the node's library up to what is published: it adds new versions and takes out withdrawn ones that nobody is on. A version
// that cannot be added, because a file on this node has its name, is left out and told of in the error; the others are there.
// changed reports whether the library is another than before.
func (s *Shelf) Sync(ctx context.Context, q store.Querier) (changed bool, err error) {
	s.loaded.mu.Lock()
	defer s.loaded.mu.Unlock()
	wanted, err := published(ctx, q)
	if err != nil {
		return false, err
	}
	var failures []error
	for id, ref := range s.loaded.versions {
		if _, ok := wanted[id]; !ok {
			s.library.Remove(ref.book, ref.version)
			delete(s.loaded.versions, id)
			changed = true
		}
	}
	for id, ref := range wanted {
		if _, ok := s.loaded.versions[id]; ok {
			continue
		}
		if err := s.load(ctx, q, id); err != nil {
			failures = append(failures, err)
			continue
		}
		if s.loaded.versions == nil {
			s.loaded.versions = map[ID]name{}
		}
		s.loaded.versions[id] = ref
		changed = true
	}
	return changed, errors.Join(failures...)
}

func (s *Shelf) load(ctx context.Context, q store.Querier, id ID) error {
	v, err := Get(ctx, q, id)
	if err != nil {
		return err
	}
	book, err := v.Parse()
	if err != nil {
		return err
	}
	return s.library.Add(book)
}

// published are the versions that nodes must know: those that are published, and withdrawn ones that a project got onto at the very moment
// of the withdrawal.
func published(ctx context.Context, q store.Querier) (map[ID]name, error) {
	wanted, withdrawn := map[ID]name{}, map[ID]name{}
	err := store.EachRow(ctx, q, `SELECT id, book, version, state FROM bookshelf_version WHERE state = 'published' OR state = 'withdrawn'`, nil,
		func(rows *sql.Rows) error {
			var id ID
			var ref name
			var state State
			err := rows.Scan(&id, &ref.book, &ref.version, &state)
			if state == Published {
				wanted[id] = ref
			} else {
				withdrawn[id] = ref
			}
			return err
		})
	if err != nil || len(withdrawn) == 0 {
		return wanted, err
	}
	uses, err := project.BookUses(ctx, q)
	for _, use := range uses {
		for id, ref := range withdrawn {
			if ref == (name{use.Book, use.Version}) {
				wanted[id] = ref
			}
		}
	}
	return wanted, err
}
