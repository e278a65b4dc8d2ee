package project

import (
	"context"
	"database/sql"
	"sync"

	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Cache keeps loaded projects by revision, so that a hot path pays one small query a batch and never sees an old zone,
// book or limit. Safe for concurrent use; a Project taken from it must not be changed.
type Cache struct {
	mu       sync.RWMutex
	projects map[ident.ProjectID]*Project
}

// NewCache makes an empty cache.
func NewCache() *Cache { return &Cache{projects: map[ident.ProjectID]*Project{}} }

// Load gives the projects that exist among ids, as of the transaction or connection q.
func (c *Cache) Load(ctx context.Context, q store.Querier, ids []ident.ProjectID) (map[ident.ProjectID]*Project, error) {
	revisions, err := revisions(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	loaded := make(map[ident.ProjectID]*Project, len(revisions))
	for id, revision := range revisions {
		c.mu.RLock()
		p := c.projects[id]
		c.mu.RUnlock()
		if p == nil || p.Revision != revision {
			if p, err = Get(ctx, q, id); err != nil {
				return nil, err
			}
			c.mu.Lock()
			c.projects[id] = p
			c.mu.Unlock()
		}
		loaded[id] = p
	}
	return loaded, nil
}

// Get is Load for one project; errs.NotFound `project.not_found` where there is none.
func (c *Cache) Get(ctx context.Context, q store.Querier, id ident.ProjectID) (*Project, error) {
	loaded, err := c.Load(ctx, q, []ident.ProjectID{id})
	if err != nil {
		return nil, err
	}
	if p, ok := loaded[id]; ok {
		return p, nil
	}
	return nil, NotFound(id)
}

func revisions(ctx context.Context, q store.Querier, ids []ident.ProjectID) (map[ident.ProjectID]int64, error) {
	found := make(map[ident.ProjectID]int64, len(ids))
	return found, store.EachKey(ctx, q, `SELECT project_id, revision FROM project WHERE project_id IN (keys)`, ids, func(rows *sql.Rows) error {
		var id string
		var revision int64
		err := rows.Scan(&id, &revision)
		found[ident.ProjectID(id)] = revision
		return err
	})
}
