package people_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"bellwether/internal/web/cabinet/cabinettest"

	"bellwether/internal/access"
)

// Rules.
func TestOwnRoles(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.owner.Get("/p/shop/people/roles").Must(t, http.StatusOK, "Manager", "Built in", "Read only")
	o.owner.Get("/p/shop/people/roles/manager").Must(t, http.StatusOK, "Own and unassigned", "Copy the role")
	o.owner.Get("/p/shop/people/roles/manager/edit").Must(t, http.StatusNotFound)
	o.owner.Get("/p/shop/people/roles/operator").Must(t, http.StatusNotFound)
	o.ann.Get("/p/shop/people/roles").Must(t, http.StatusForbidden)
	o.owner.Post("/p/shop/people/roles/manager/copy", form("name", "")).Must(t, http.StatusUnprocessableEntity, "Write a name")
	o.owner.Post("/p/shop/people/roles/manager/copy", form("name", "Senior")).Must(t, http.StatusOK, "The role “Senior” is made", `name="version" value="1"`)
	at := o.ownRole()
	o.owner.Post(at+"/edit", form("version", "1", "name", "Senior", "calls.view", "all", "calls.export", "all")).Must(t, http.StatusOK, "is saved", "Calls, View: Own and unassigned → All", "Calls, Export: No → All")
	for name, c := range map[string]struct{ field, level, says string }{
		"more than is seen":  {"orders.view", "none", "These rights do not fit together"},
		"no such level":      {"calls.view", "some", "There is no such level"},
		"what is the head’s": {"funds.view", "own", "These rights do not fit together"},
	} {
		got := o.owner.Post(at+"/edit", form("version", "2", "name", "Senior", c.field, c.level))
		if got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, c.says) {
			t.Errorf("%s: %d\n%.2000s", name, got.Status, got.Body)
		}
	}
	o.owner.Post(user(o.bob.ID)+"/role", form("role", strings.TrimPrefix(at, "/p/shop/people/roles/"))).Must(t, http.StatusOK, "the role is now “Senior”")
	o.owner.Post(at+"/retire", form()).Must(t, http.StatusConflict, "Somebody has this role")
	o.owner.Post(user(o.bob.ID)+"/role", form("role", "manager")).Must(t, http.StatusOK)
	o.owner.Get(at+"/retire").Must(t, http.StatusOK, "Retire the role “Senior”?")
	o.owner.Post(at+"/retire", form()).Must(t, http.StatusOK, "is off the list")
	o.owner.Get(at+"/edit").Must(t, http.StatusNotFound)
	o.stranger.Get(strings.Replace(at, "/p/shop/", "/p/other/", 1)).Must(t, http.StatusNotFound)
}

// Two people edit a role: the second is told what the first changed, keeps what they wrote, and may save it over that.
func TestRoleChangedMeanwhile(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	administrator := o.SignIn(o.named("Ada Administrator", shop, access.Administrator))
	o.owner.Post("/p/shop/people/roles/manager/copy", form("name", "Senior")).Must(t, http.StatusOK)
	at := o.ownRole() + "/edit"
	administrator.Post(at, form("version", "1", "name", "Senior", "calls.view", "all")).Must(t, http.StatusOK)
	stale := o.owner.Post(at, form("version", "1", "name", "Chief", "tasks.view", "all"))
	stale.Must(t, http.StatusConflict, "Somebody else changed this role meanwhile", "Calls, View: Own and unassigned → All", `name="version" value="2"`, `value="Chief"`)
	o.owner.Post(at, form("version", "2", "name", "Chief", "tasks.view", "all")).Must(t, http.StatusOK, "The role “Chief” is saved")
	o.owner.Post(at, form("version", "x", "name", "Chief")).Must(t, http.StatusConflict)
}

// A key is shown once, may no more than its scope, and opens nothing once it is revoked. Rule A-08.
func TestKeys(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.owner.Get("/p/shop/people/keys").Must(t, http.StatusOK, "No API keys")
	o.owner.Get("/p/shop/people/keys/new").Must(t, http.StatusOK, "project:charge: authorises")
	for name, c := range map[string]struct{ name, scope, life, says string }{
		"no name":       {"", "project:read", "30", "Write what the key is for"},
		"too much":      {"x", "operator", "30", "An operator’s key belongs to no project"},
		"no such scope": {"x", "project:king", "30", "Choose the rights"},
		"no such life":  {"x", "project:read", "31", "Choose from the list for how long"},
	} {
		got := o.owner.Post("/p/shop/people/keys/new", form("id", name, "name", c.name, "scope", c.scope, "life", c.life))
		if got.Status != http.StatusUnprocessableEntity || !strings.Contains(got.Body, c.says) {
			t.Errorf("%s: %d\n%.2000s", name, got.Status, got.Body)
		}
	}
	made := o.owner.Post("/p/shop/people/keys/new", form("id", "1", "name", "Nightly <b>", "scope", "project:read", "life", "30")).Must(t, http.StatusOK, "it is shown only once", "Nightly &lt;b&gt;")
	secret := codeIn(made.Body)
	list := o.owner.Get("/p/shop/people/keys").Must(t, http.StatusOK, "Olena Owner", "Works", "23 Dec 2026")
	if strings.Contains(list.Body, secret) || o.byKey(secret) != http.StatusOK {
		t.Errorf("the key answers %d, or is shown again", o.byKey(secret))
	}
	at := hrefIn(list.Body, "/p/shop/people/keys/0")
	o.ann.Get("/p/shop/people/keys").Must(t, http.StatusForbidden)
	o.stranger.Get(strings.Replace(at, "/p/shop/", "/p/other/", 1)).Must(t, http.StatusNotFound)
	o.owner.Get(at+"/revoke").Must(t, http.StatusOK, "refused within 5 seconds")
	o.owner.Post(at+"/revoke", form()).Must(t, http.StatusOK, "opens nothing any more", "Revoked")
	o.Pass(5 * time.Second)
	if got := o.byKey(secret); got != http.StatusUnauthorized {
		t.Errorf("a revoked key answers %d", got)
	}
	body := o.owner.Get("/p/shop/people/audit?format=json").Must(t, http.StatusOK).Body
	if strings.Contains(body, secret) {
		t.Error("the log has the secret")
	}
}

// codeIn is the text of the first code on a page that can be copied.
func codeIn(body string) string {
	_, rest, _ := strings.Cut(body, `class="secret"`)
	_, rest, _ = strings.Cut(rest, `data-text="`)
	return rest[:strings.Index(rest, `"`)]
}

// An agency and the operator make roles of their own, of what they have and of what is beneath them; nobody makes one that may more than
// they. Rules.
func TestOwnRolesOfAgenciesAndTheOperator(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.Agency("north", "shop")
	head, operator := o.SignIn(o.named("Hanna Head", agency, access.AgencyRole)), o.Operator()
	reader := o.SignIn(o.named("Rita Reader", agency, access.ReadOnly))
	for base, c := range map[string]struct {
		who  *cabinettest.Person
		from string
		says string
	}{"/a/north/people/roles": {head, "marketer", "In the agency’s projects"}, "/op/people/roles": {operator, "operator", "In all agencies and projects"}} {
		made := c.who.Post(base+"/"+c.from+"/copy", form("name", "Senior")).Must(t, http.StatusOK, "The role “Senior” is made", c.says)
		c.who.Post(made.Path, form("version", "1", "name", "Senior", "people.view", "all", "calls.listen", "all")).Must(t, http.StatusOK, "is saved", "History of the role")
		c.who.Post(made.Path, form("version", "2", "name", "Senior", "ownership.view", "all")).Must(t, http.StatusUnprocessableEntity)
		c.who.Get(base).Must(t, http.StatusOK, "Senior", "Own")
	}
	reader.Get("/a/north/people/roles").Must(t, http.StatusOK, "Senior")
	reader.Post("/a/north/people/roles/read_only/copy", form("name", "Mine")).Must(t, http.StatusForbidden)
	list := head.Get("/a/north/people/roles").Body
	at := hrefIn(list, "/a/north/people/roles/0")
	head.Post("/a/north/people/users/"+string(reader.ID)+"/role", form("role", strings.TrimPrefix(at, "/a/north/people/roles/"))).Must(t, http.StatusOK, "the role is now “Senior”")
	o.Pass(5 * time.Second)
	reader.Get("/p/shop/numbers").Must(t, http.StatusOK) // a marketer's right, in the agency's project
	reader.Get("/p/shop/people/keys").Must(t, http.StatusForbidden)
	reader.Get("/p/other").Must(t, http.StatusNotFound)
	o.owner.Get("/p/shop/people/roles/"+strings.TrimPrefix(at, "/a/north/people/roles/")).Must(t, http.StatusNotFound)
	operator.Get("/a/north/people/roles").Must(t, http.StatusOK, "Senior")
}
