package cabinet_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/audit"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/pricing"
	"bellwether/internal/store"
	"bellwether/internal/web/cabinet"
	"bellwether/internal/web/cabinet/cabinettest"
)

// Open routes answer anybody something: none of them breaks on an empty request.
func TestOpenRoutes(t *testing.T) {
	t.Parallel()
	h := openWide(t)
	h.Project("shop", "1000")
	visitors := map[string]*cabinettest.Person{"stranger": h.Stranger(), "owner": h.Member(shop, access.Owner), "operator": h.Operator()}
	for _, route := range h.App.Cabinet.Routes() {
		if !route.Need.Open || route.Pattern == "POST /sign-out" {
			continue // whoever signs out is a stranger on every later route
		}
		for name, who := range visitors {
			method, path := pathOf(route)
			if got := ask(t, h, who, method, path, url.Values{}); got.Status >= http.StatusInternalServerError {
				t.Errorf("%s: %s answers %d", name, route.Pattern, got.Status)
			}
		}
	}
}

// foreign are things of a project, by the wildcard of the routes that show or change them.
type foreign struct {
	ids   map[string]string
	words []string // which no page of another project may say
	form  url.Values
}

// furnish gives the project other one of each thing that has an id of its own.
func furnish(t *testing.T, h *cabinettest.House) foreign {
	t.Helper()
	other := ident.ProjectOrg("other")
	permit := h.Permit(other)
	member := h.User("hideaway-member@other.example")
	h.Join(member, other, access.Manager)
	f := foreign{ids: map[string]string{"user": string(member.ID), "number": "380441234567"}, words: []string{"hideaway", "Hideaway"}}
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		role, err := access.CopyRole(ctx, tx, permit, rand.Reader, access.Manager, "Hideaway role", h.Now())
		if err != nil {
			return err
		}
		department, err := access.MakeDepartment(ctx, tx, permit, rand.Reader, "Hideaway department", h.Now())
		if err != nil {
			return err
		}
		_, key, err := access.MakeKey(ctx, tx, permit, rand.Reader, "Hideaway key", account.ProjectRead, time.Time{}, h.Now())
		if err != nil {
			return err
		}
		invitation, _, err := access.Invite(ctx, tx, permit, rand.Reader, "hideaway-guest@other.example", access.Manager, h.Now())
		if err != nil {
			return err
		}
		f.ids["role"], f.ids["department"], f.ids["key"], f.ids["invitation"] = string(role.ID), string(department.ID), string(key.ID), string(invitation.ID)
		_, err = h.App.Numbers.Bring(ctx, tx, "other", pricing.Number{Number: "+380441234567", Kind: "local", Use: "pbx"}, "Hideaway number", "test", h.Now())
		return err
	})
	entries, err := ledger.Entries(t.Context(), h.App.DB, ledger.Filter{Project: "other", Limit: 1})
	if err != nil || len(entries) != 1 {
		t.Fatalf("%v, %v", entries, err)
	}
	f.ids["entry"] = fmt.Sprint(int64(entries[0].ID))
	f.ids["audit entry"] = fmt.Sprint(trail(t, h)[0].ID)
	f.form = url.Values{
		"user": {f.ids["user"]}, "hand_to": {f.ids["user"]}, "people": {f.ids["user"]}, "role": {f.ids["role"]}, "name": {"Taken"}, "label": {"Taken"}, "product": {"virtual_pbx"}, "use": {"tracking"}, "day": {"2026-11-22"},
	}
	return f
}

// trail is everything that was done in the project other, newest first.
func trail(t *testing.T, h *cabinettest.House) []audit.Entry {
	t.Helper()
	other := ident.ProjectOrg("other")
	entries, err := audit.List(t.Context(), h.App.DB, audit.Filter{Org: &other}, 0, 100)
	if err != nil || len(entries) == 0 {
		t.Fatalf("%v, %v", entries, err)
	}
	return entries
}

// pathOf is a route of the shop with the ids of another project's things; empty where the route has no such id.
func (f foreign) pathOf(route cabinet.Route) (method, path string) {
	method, path, _ = strings.Cut(route.Pattern, " ")
	if route.Need.Kind != ident.ProjectKind {
		return "", ""
	}
	ids := []string{"{project}", "shop"}
	if strings.Contains(path, "/audit/{entry}") {
		ids = append(ids, "{entry}", f.ids["audit entry"])
	}
	for name, id := range f.ids {
		if !strings.Contains(name, " ") {
			ids = append(ids, "{"+name+"}", id)
		}
	}
	full := strings.NewReplacer(ids...).Replace(path)
	if full == strings.ReplaceAll(path, "{project}", "shop") || strings.Contains(full, "{") {
		return "", ""
	}
	return method, full
}

// The things of another project are not there for the owner of this one, whatever the route: nothing of theirs is shown or
// changed. Rule A-07.
func TestThingsOfAnotherProject(t *testing.T) {
	t.Parallel()
	h := openWide(t)
	h.Project("shop", "1000")
	h.Project("other", "1000")
	owner, f := h.Member(shop, access.Owner), furnish(t, h)
	before, asked := trail(t, h), map[string]bool{}
	for _, route := range h.App.Cabinet.Routes() {
		method, path := f.pathOf(route)
		if path == "" {
			continue
		}
		for name := range f.ids {
			asked[name] = asked[name] || strings.Contains(route.Pattern, "{"+name+"}")
		}
		got := ask(t, h, owner, method, path, f.form)
		if got.Status != http.StatusNotFound && got.Status != http.StatusUnprocessableEntity {
			t.Errorf("%s %s answers %d", method, path, got.Status)
		}
		for _, word := range f.words {
			if strings.Contains(got.Body, word) {
				t.Errorf("%s %s says %q", method, path, word)
			}
		}
	}
	for _, name := range []string{"user", "role", "department", "key", "invitation", "number", "entry"} {
		if !asked[name] {
			t.Errorf("no route has the id of a %s", name)
		}
	}
	if diff := cmp.Diff(len(before), len(trail(t, h))); diff != "" {
		t.Errorf("something of the other project was changed:\n%s", diff)
	}
}

// What a stranger announces is not read: the answer comes before the body does.
func TestStrangersBodiesAreNotRead(t *testing.T) {
	t.Parallel()
	h := openWide(t)
	for path, want := range map[string]string{"/op/books/upload": "401", "/me": "401", "/sign-in": "413"} {
		line, err := net.Dial("tcp", strings.TrimPrefix(h.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = line.Close() })
		if err := line.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		_, err = fmt.Fprintf(line, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99000000\r\n\r\nx", path, line.RemoteAddr())
		if err != nil {
			t.Fatal(err)
		}
		head := make([]byte, len("HTTP/1.1 401"))
		if _, err := io.ReadFull(line, head); err != nil || string(head) != "HTTP/1.1 "+want {
			t.Errorf("%s answers %q, want %s: %v", path, head, want, err)
		}
	}
}
