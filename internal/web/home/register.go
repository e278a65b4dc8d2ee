package home

import (
	"context"

	"bellwether/internal/access"
	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/ui"
)

const (
	section = "home"
	base    = "/p/{project}"
	article = "/help/first-steps"
	rank    = 10
)

// pages are the actions.
type pages struct{ *cabinet.Cabinet }

// Register adds the page, the first of a project's rail.
func Register(c *cabinet.Cabinet) {
	p := pages{c}
	inside := cabinet.Inside(base)
	c.Handle("GET "+base, inside, p.home)
	c.Handle("GET "+base+"/tiles", cabinet.Project(access.View, access.Funds), p.tiles)
	c.Handle("GET "+base+"/now", cabinet.Project(access.View, access.Calls), p.now)
	c.Handle("POST "+base+"/checklist", inside, p.putAway)
	c.AddSection(cabinet.Section{Key: section, Text: "home.section", Icon: ui.IconHome, Path: "", Need: inside, Rank: rank})
}

// picture is what the page shows.
type picture struct {
	money *figures // nil for those who may not see funds
	ring  *ringing // nil for those who may not see calls
	needs []need
	steps []step // nil where there is no checklist
	moved []movement
	path  string
}

// facts are what several parts of the page are made of.
type facts struct {
	v        *cabinet.Visit
	today    civil.Date
	standing *billing.Standing
	config   billing.Configuration
}

// home is the page.
func (p pages) home(v *cabinet.Visit) error {
	pic := picture{path: v.Path("")}
	away, err := v.IsPutAway(checklist)
	if err != nil {
		return err
	}
	err = v.Read(func(ctx context.Context, q store.Querier) error {
		f, err := p.facts(ctx, q, v)
		if err != nil {
			return err
		}
		if v.May(access.View, access.Funds) {
			if pic.money, err = p.figures(ctx, q, f); err != nil {
				return err
			}
			if pic.moved, err = p.movements(ctx, q, f); err != nil {
				return err
			}
		}
		if v.May(access.View, access.Calls) {
			if pic.ring, err = p.ringing(ctx, q, f); err != nil {
				return err
			}
		}
		if pic.needs, err = p.needs(ctx, q, f); err != nil {
			return err
		}
		if !away {
			pic.steps, err = p.steps(ctx, q, f)
		}
		return err
	})
	if err != nil {
		return err
	}
	return v.Render(ui.Page{Title: v.T("home.section"), Section: section, Help: article}, content(pic))
}

func (p pages) facts(ctx context.Context, q store.Querier, v *cabinet.Visit) (f facts, err error) {
	f = facts{v: v, today: v.Project.Calendar.DayAt(v.At)}
	if f.standing, err = billing.GetStanding(ctx, q, v.Project.ID); err != nil {
		return f, err
	}
	f.config, err = billing.GetConfiguration(ctx, q, v.Project.ID)
	return f, err
}

// tiles answers with the tiles alone, for a live update.
func (p pages) tiles(v *cabinet.Visit) error {
	var money *figures
	err := v.Read(func(ctx context.Context, q store.Querier) error {
		f, err := p.facts(ctx, q, v)
		if err != nil {
			return err
		}
		money, err = p.figures(ctx, q, f)
		return err
	})
	if err != nil {
		return err
	}
	return v.RenderPart(tiles(money))
}
