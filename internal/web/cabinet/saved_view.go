package cabinet

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strings"

	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
	"bellwether/internal/web"
	"bellwether/internal/web/ui"
)

const (
	longestViewName  = 60
	longestViewQuery = 2000
	mostViews        = 50 // a page and reader
)

// viewsOf are the reader's names for states of a table, in the order of their names.
func (v *Visit) viewsOf(table string) (views []ui.SavedView, err error) {
	page := v.tablePage(table)
	err = store.EachRow(v.Context(), v.cabinet.DB, `SELECT view_id, name, query FROM cabinet_view WHERE user_id = $1 AND org = $2 AND page = $3 ORDER BY name, view_id`,
		[]any{string(v.User.ID), v.Org.String(), page}, func(rows *sql.Rows) error {
			var id string
			var view ui.SavedView
			err := rows.Scan(&id, &view.Name, &view.Query)
			view.Remove = v.Path("/views/remove?") + url.Values{"page": {page}, "id": {id}, "back": {v.URL.RequestURI()}}.Encode()
			views = append(views, view)
			return err
		})
	return views, err
}

// tablePage names a table of the page visited.
func (v *Visit) tablePage(table string) string {
	page := strings.TrimPrefix(v.URL.Path, Base(v.Org))
	if table != "" {
		page += "#" + table
	}
	return page
}

// saveViewPath takes a new view of a table by POST.
func (v *Visit) saveViewPath(table string) string {
	return v.Path("/views?") + url.Values{"page": {v.tablePage(table)}}.Encode()
}

// saveView keeps a name for a state of a table: POST /views?page=..., with name and query.
func (c *Cabinet) saveView(v *Visit) error {
	page, name, query := v.R.URL.Query().Get("page"), strings.TrimSpace(v.R.PostFormValue("name")), v.R.PostFormValue("query")
	if err := checkView(page, name, query); err != nil {
		return err
	}
	id, err := account.NewID(c.Random, v.At)
	if err != nil {
		return err
	}
	err = v.Change(func(ctx context.Context, tx *store.Tx) error {
		who := []any{string(v.User.ID), v.Org.String(), page}
		var count int
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM cabinet_view WHERE user_id = $1 AND org = $2 AND page = $3`, who...).Scan(&count); err != nil {
			return err
		}
		if count >= mostViews {
			return errs.New(errs.Conflict, "cabinet.too_many_views", "a table has at most %d saved views", mostViews).Try("remove one first")
		}
		if _, err := tx.Exec(ctx, `DELETE FROM cabinet_view WHERE user_id = $1 AND org = $2 AND page = $3 AND name = $4`, append(who, name)...); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO cabinet_view (user_id, org, page, view_id, name, query, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			append(who, id, name, query, v.At.UnixMicro())...)
		if err != nil {
			return err
		}
		return v.Record(ctx, tx, audit.Change{Object: "view", ObjectID: id, Action: "save", After: keptView{name, page, query}})
	})
	if err != nil {
		return err
	}
	path, _, _ := strings.Cut(page, "#")
	return v.Done(v.Path(path+"?"+query), ui.Toast{Text: v.T("cabinet.view_saved")})
}

// keptView is a view in the trail.
type keptView struct {
	Name  string `json:"name"`
	Page  string `json:"page"`
	Query string `json:"query"`
}

func checkView(page, name, query string) error {
	parsed, err := url.ParseQuery(query)
	path, _, _ := strings.Cut(page, "#")
	switch {
	case !ident.Line(name, longestViewName):
		return errs.New(errs.Invalid, "cabinet.bad_view", "a name has 1 to %d characters, none of them invisible", longestViewName).At("name")
	case err != nil || len(query) > longestViewQuery || parsed.Encode() != query:
		return errs.New(errs.Invalid, "cabinet.bad_view", "this state of the table cannot be kept").At("query")
	case path == "" || web.Back(path, "") != path || len(page) > longestViewQuery:
		return errs.New(errs.Invalid, "cabinet.bad_view", "no such page").At("page")
	}
	return nil
}

// removeView forgets a view: POST /views/remove?page=...&id=....
func (c *Cabinet) removeView(v *Visit) error {
	query := v.R.URL.Query()
	err := v.Change(func(ctx context.Context, tx *store.Tx) error {
		was := keptView{Page: query.Get("page")}
		err := tx.QueryRow(ctx, `DELETE FROM cabinet_view WHERE user_id = $1 AND org = $2 AND page = $3 AND view_id = $4 RETURNING name, query`,
			string(v.User.ID), v.Org.String(), was.Page, query.Get("id")).Scan(&was.Name, &was.Query)
		if errors.Is(err, sql.ErrNoRows) {
			return nil // it was removed in another tab
		}
		if err != nil {
			return err
		}
		return v.Record(ctx, tx, audit.Change{Object: "view", ObjectID: query.Get("id"), Action: "remove", Before: was})
	})
	if err != nil {
		return err
	}
	return v.Done(query.Get("back"), ui.Toast{Text: v.T("cabinet.view_removed")})
}

// IsPutAway tells whether the reader has put something away in the page's organisation: "checklist".
func (v *Visit) IsPutAway(what string) (bool, error) {
	var count int
	err := v.cabinet.DB.QueryRow(v.Context(), `SELECT COUNT(*) FROM cabinet_put_away WHERE user_id = $1 AND org = $2 AND what = $3`,
		string(v.User.ID), v.Org.String(), what).Scan(&count)
	return count > 0, err
}

// PutAway keeps that the reader does not want to see something again, or that they do after all. Both are in the trail.
func (v *Visit) PutAway(what string, away bool) error {
	return v.Change(func(ctx context.Context, tx *store.Tx) error {
		who := []any{string(v.User.ID), v.Org.String(), what}
		if _, err := tx.Exec(ctx, `DELETE FROM cabinet_put_away WHERE user_id = $1 AND org = $2 AND what = $3`, who...); err != nil {
			return err
		}
		if !away {
			return v.Record(ctx, tx, audit.Change{Object: "hint", ObjectID: what, Action: "show"})
		}
		if _, err := tx.Exec(ctx, `INSERT INTO cabinet_put_away (user_id, org, what, at) VALUES ($1, $2, $3, $4)`, append(who, v.At.UnixMicro())...); err != nil {
			return err
		}
		return v.Record(ctx, tx, audit.Change{Object: "hint", ObjectID: what, Action: "hide"})
	})
}
