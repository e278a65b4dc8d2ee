package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"bellwether/internal/api"
	"bellwether/internal/store/storetest"
)

// document is the OpenAPI document as a validator sees it. Every answer that a test of this package gets is held to it.
type document struct {
	mu       sync.Mutex
	compiler *jsonschema.Compiler
	routes   []described
}

type described struct {
	api.Operation
	path *regexp.Regexp
}

var (
	theDocument  *document
	readDocument sync.Once
)

// described gives the document, read once: all sites serve the same.
func (s *site) described() *document {
	readDocument.Do(func() {
		response, err := http.Get(s.url + "/openapi.json")
		if err != nil {
			s.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		text, err := jsonschema.UnmarshalJSON(response.Body)
		if err != nil {
			s.Fatal(err)
		}
		d := &document{compiler: jsonschema.NewCompiler()}
		d.compiler.DefaultDraft(jsonschema.Draft2020)
		if err := d.compiler.AddResource("openapi.json", text); err != nil {
			s.Fatal(err)
		}
		for _, op := range s.api.Operations() {
			pattern := "^" + parameter.ReplaceAllString(regexp.QuoteMeta(op.Path), "[^/]+") + "$"
			pattern = regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(pattern, "[^/]+")
			d.routes = append(d.routes, described{op, regexp.MustCompile(pattern)})
		}
		slices.SortFunc(d.routes, func(a, b described) int { // as the mux does: what names more comes first
			return strings.Count(a.Path, "{") - strings.Count(b.Path, "{")
		})
		theDocument = d
	})
	return theDocument
}

// check holds an answer to what the document says: of a success the operation's schema, of anything else a Problem.
func (d *document) check(t testing.TB, method, path string, got answer) {
	t.Helper()
	media, _, _ := strings.Cut(got.header.Get("Content-Type"), ";")
	path, _, _ = strings.Cut(path, "?")
	i := slices.IndexFunc(d.routes, func(r described) bool { return r.Method == method && r.path.MatchString(path) })
	switch {
	case i < 0 || got.status/100 == 3:
		return
	case got.status >= 400:
		d.validate(t, "#/components/schemas/Problem", got)
	case media == "application/json":
		op := d.routes[i]
		escape := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace
		d.validate(t, fmt.Sprintf("#/paths/%s/%s/responses/%d/content/application~1json/schema", escape(op.Path), strings.ToLower(method), got.status), got)
	}
}

// compile is for many tests at once; the compiler is not.
func (d *document) compile(at string) (*jsonschema.Schema, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.compiler.Compile("openapi.json" + at)
}

func (d *document) validate(t testing.TB, at string, got answer) {
	t.Helper()
	schema, err := d.compile(at)
	if err != nil {
		t.Errorf("the document does not know %s: %v", at, err)
		return
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(got.body))
	if err == nil {
		err = schema.Validate(value)
	}
	if err != nil {
		t.Errorf("an answer is not as %s describes it: %v\n%s", at, err, got.body)
	}
}

// The document is OpenAPI 3.1 whose references lead somewhere, whose operations have names of their own and which
// declares the parameters of its paths.
func TestDocument(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	got := s.must(nil, http.MethodGet, "/openapi.json", "", http.StatusOK)
	var doc struct {
		OpenAPI    string
		Info       struct{ Title, Version string }
		Paths      map[string]map[string]struct{ OperationID string }
		Components struct{ Schemas map[string]any }
	}
	got.into(t, &doc)
	if doc.OpenAPI != "3.1.0" || doc.Info.Title == "" || doc.Info.Version != "test" {
		t.Errorf("the head of the document is %+v", doc.Info)
	}
	for _, ref := range regexp.MustCompile(`"\$ref": "([^"]+)"`).FindAllStringSubmatch(string(got.body), -1) {
		name, local := strings.CutPrefix(ref[1], "#/components/schemas/")
		if !local || doc.Components.Schemas[name] == nil {
			t.Errorf("%s leads nowhere", ref[1])
		}
	}
	seen := map[string]bool{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			if op.OperationID == "" || seen[op.OperationID] {
				t.Errorf("%s %s has no name of its own: %q", method, path, op.OperationID)
			}
			seen[op.OperationID] = true
		}
	}
	for name := range doc.Components.Schemas {
		if _, err := s.described().compile("#/components/schemas/" + name); err != nil {
			t.Errorf("schema %s: %v", name, err)
		}
	}
	yaml := s.must(nil, http.MethodGet, "/openapi.yaml", "", http.StatusOK)
	if !bytes.Contains(yaml.body, []byte("openapi: 3.1.0")) {
		t.Errorf("the YAML begins %.80s", yaml.body)
	}
}

// The page works without any other host and without a script, names every operation, and may do nothing but show itself.
func TestPage(t *testing.T) {
	t.Parallel()
	s := openSite(t, storetest.SQLite(t))
	page := s.must(nil, http.MethodGet, "/docs", "", http.StatusOK)
	style := s.must(nil, http.MethodGet, "/docs/style.css", "", http.StatusOK)
	for _, text := range []string{string(page.body), string(style.body)} {
		for _, forbidden := range []string{"http://", "https://", "<script", "javascript:", " style=", " onclick", "@import", "url("} {
			if strings.Contains(text, forbidden) {
				t.Errorf("%q is in the page", forbidden)
			}
		}
	}
	policy := page.header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; style-src 'self';") || strings.Contains(policy, "script") {
		t.Errorf("the page's policy is %q", policy)
	}
	for _, op := range s.api.Operations() {
		if !strings.Contains(string(page.body), `id="`+op.ID+`"`) {
			t.Errorf("the page leaves out %s", op.ID)
		}
	}
	anchors := map[string]bool{}
	for _, id := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(string(page.body), -1) {
		if anchors[id[1]] {
			t.Errorf("the anchor %s is there twice", id[1])
		}
		anchors[id[1]] = true
	}
	for _, link := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(string(page.body), -1) {
		if !anchors[link[1]] {
			t.Errorf("the link to #%s leads nowhere", link[1])
		}
	}
	if root := s.must(nil, http.MethodGet, "/", "", http.StatusOK); !bytes.Equal(root.body, page.body) {
		t.Error("the root does not lead to the page")
	}
	if !json.Valid(s.must(nil, http.MethodGet, "/openapi.json", "", http.StatusOK).body) {
		t.Error("the document is not JSON")
	}
}
