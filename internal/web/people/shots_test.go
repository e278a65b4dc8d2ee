package people_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/store"
	"bellwether/internal/web/webtest"
)

// TestShots keeps pictures of the pages in the folder that BELLWETHER_SHOTS names, for somebody to look at.
func TestShots(t *testing.T) {
	folder := os.Getenv("BELLWETHER_SHOTS")
	if folder == "" {
		t.Skip("no shots wanted")
	}
	o := openOffice(t)
	o.fill()
	for _, look := range []struct {
		lang, theme string
		width       int64
	}{{"ru", "light", 1280}, {"uk", "dark", 1280}, {"en", "light", 360}} {
		o.speaks(look.lang)
		browser := webtest.Start(t)
		for _, path := range o.paths() {
			page := o.owner.Browse(t, browser, look.width)
			page.SetCookie(t, o.URL, "__Host-theme", look.theme)
			page.Go(t, o.URL+path)
			name := strings.ReplaceAll(strings.Trim(strings.TrimPrefix(path, "/p/shop"), "/"), "/", "-")
			page.Shoot(t, filepath.Join(folder, name[:min(40, len(name))]+"-"+look.lang+"-"+look.theme+"-"+strconv.FormatInt(look.width, 10)+".png"))
		}
	}
}

// speaks changes the language of the owner.
func (o *office) speaks(l string) {
	o.Helper()
	o.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := account.EditUser(ctx, tx, audit.Program("test"), o.owner.ID, "Olena Owner", l, o.Now())
		return err
	})
	o.Pass(5 * time.Second)
}

// fill makes something to look at on every page.
func (o *office) fill() {
	o.Helper()
	o.key(o.owner, "Nightly report")
	o.owner.Post("/p/shop/people/departments/new", form("name", "Sales", "people", string(o.ann.ID), "people", string(o.bob.ID)))
	o.owner.Post("/p/shop/people/invite", form("email", "new@example.com", "role", "manager"))
	o.owner.Post("/p/shop/people/roles/manager/copy", form("name", "Senior manager"))
	o.owner.Post(user(o.dan.ID)+"/block", form("hand_to", string(o.ann.ID)))
	o.Pass(15 * 24 * time.Hour)
	o.CloseDays()
	o.owner = o.SignIn(o.owner.User)
	o.ann = o.SignIn(o.ann.User)
	o.ann.Get("/p/shop/people")
	o.owner.Post(user(o.cleo.ID)+"/role", form("role", "marketer"))
	o.owner.Post("/p/shop/people/seats/take", form("user", string(o.bob.ID), "product", "virtual_pbx"))
}

// paths are the pages of the shop's people.
func (o *office) paths() []string {
	o.Helper()
	return []string{
		"/p/shop/people", "/p/shop/people/invite", "/p/shop/people/invitations", "/p/shop/people/seats", "/p/shop/people/seats/give", "/p/shop/people/departments", "/p/shop/people/departments/new",
		"/p/shop/people/roles", "/p/shop/people/roles/manager", o.ownRole() + "/edit", o.ownRole(), "/p/shop/people/keys", "/p/shop/people/keys/new", "/p/shop/people/audit",
		user(o.ann.ID), user(o.ann.ID) + "/block", user(o.dan.ID), user(o.dan.ID) + "/unblock", "/p/shop/people/seats/take?user=" + string(o.cleo.ID) + "&product=virtual_pbx",
	}
}

// ownRole is the page of the shop's first role of its own.
func (o *office) ownRole() string {
	o.Helper()
	roles, err := access.OwnRoles(o.Context(), o.App.DB, shop)
	if err != nil || len(roles) == 0 {
		o.Fatalf("%v, %v", roles, err)
	}
	return "/p/shop/people/roles/" + string(roles[0].ID)
}
