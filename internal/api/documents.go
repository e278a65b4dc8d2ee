package api

import (
	"bytes"
	"cmp"
	_ "embed" // the page's parts
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed documents.html
var pageText string

//go:embed documents.css
var styleText []byte

// documents are the descriptions of the API, made once when it starts.
type documents struct{ json, yaml, page []byte }

// pagePolicy lets the page use its own style sheet and nothing else: no script, no image, no other host.
const pagePolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// documentRoutes serves the OpenAPI document and the page made from it. Both are public: they hold no secret, and a
// developer reads them before having a key.
func (a *API) documentRoutes() {
	var err error
	if a.documents.json, err = json.MarshalIndent(a.huma.OpenAPI(), "", "  "); err != nil {
		panic(err) // the document is made of our own types
	}
	if a.documents.yaml, err = a.huma.OpenAPI().YAML(); err != nil {
		panic(err)
	}
	a.documents.page = renderPage(a.huma.OpenAPI())
	for _, d := range []struct {
		path, media string
		text        []byte
	}{
		{"/openapi.json", "application/openapi+json", a.documents.json},
		{"/openapi.yaml", "application/openapi+yaml", a.documents.yaml},
		{"/docs", "text/html; charset=utf-8", a.documents.page},
		{"/docs/style.css", "text/css; charset=utf-8", styleText},
	} {
		a.mux.HandleFunc("GET "+d.path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", d.media)
			w.Header().Set("Content-Security-Policy", pagePolicy)
			w.Header().Set("Cache-Control", "no-cache")
			_, _ = w.Write(d.text)
		})
	}
	a.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/docs", http.StatusFound) })
}

// The page's view of the document.
type (
	pageView struct {
		Title, Version string
		Introduction   template.HTML
		Chapters       []chapterView
		Problems       []problemView
		Schemas        []schemaView
	}
	chapterView struct {
		Name, Anchor, Text string
		Operations         []operationView
	}
	operationView struct {
		ID, Method, Path, Summary string
		Text                      template.HTML
		Need                      string
		Parameters                []fieldView
		Request, Answer           []fieldView
		RequestMedia              string
		Status                    string
		Curl                      string
	}
	fieldView struct {
		Name, In, Type, Link, Text string
		Required                   bool
	}
	schemaView struct {
		Name   string
		Text   string
		Fields []fieldView
	}
	problemView struct {
		Anchor, Title, Text string
		Status              int
	}
)

func renderPage(api *huma.OpenAPI) []byte {
	view := pageView{Title: api.Info.Title, Version: api.Info.Version, Introduction: paragraphs(api.Info.Description)}
	for _, tag := range api.Tags {
		view.Chapters = append(view.Chapters, viewChapter(api, tag))
	}
	for _, kind := range kindsOfProblem {
		view.Problems = append(view.Problems, problemView{
			Anchor: strings.TrimPrefix(kind.typeURI(), "/docs#"), Title: kind.title, Text: kind.text, Status: kind.status,
		})
	}
	for name, schema := range api.Components.Schemas.Map() {
		view.Schemas = append(view.Schemas, schemaView{Name: name, Text: schema.Description, Fields: fieldsOf(api, schema, "")})
	}
	slices.SortFunc(view.Schemas, func(a, b schemaView) int { return cmp.Compare(a.Name, b.Name) })
	var page bytes.Buffer
	if err := template.Must(template.New("page").Parse(pageText)).Execute(&page, view); err != nil {
		panic(err) // the template and the view are ours
	}
	return page.Bytes()
}

func viewChapter(api *huma.OpenAPI, tag *huma.Tag) chapterView {
	view := chapterView{Name: tag.Name, Text: tag.Description, Anchor: "chapter-" + strings.ReplaceAll(strings.ToLower(strings.ReplaceAll(tag.Name, ",", "")), " ", "-")}
	for path, item := range api.Paths {
		for method, op := range methodsOf(item) {
			if op != nil && slices.Contains(op.Tags, tag.Name) {
				view.Operations = append(view.Operations, viewOperation(api, method, path, op))
			}
		}
	}
	slices.SortFunc(view.Operations, func(a, b operationView) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return view
}

func methodsOf(item *huma.PathItem) map[string]*huma.Operation {
	return map[string]*huma.Operation{
		http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodDelete: item.Delete, http.MethodPatch: item.Patch,
	}
}

func viewOperation(api *huma.OpenAPI, method, path string, op *huma.Operation) operationView {
	needed, _ := op.Metadata[needMetadata].(need)
	text, _, _ := strings.Cut(op.Description, "Needs: "+string(needed)+".")
	_, after, _ := strings.Cut(op.Description, "Needs: "+string(needed)+".")
	view := operationView{ID: op.OperationID, Method: method, Path: path, Summary: op.Summary, Text: paragraphs(strings.TrimSpace(text + after)), Need: string(needed)}
	for _, p := range op.Parameters {
		view.Parameters = append(view.Parameters, fieldView{
			Name: p.Name, In: p.In, Type: typeName(p.Schema), Required: p.Required, Text: cmp.Or(p.Description, p.Schema.Description),
		})
	}
	if op.RequestBody != nil {
		for media, content := range op.RequestBody.Content {
			view.RequestMedia, view.Request = media, fieldsOf(api, content.Schema, "")
		}
	}
	for status, response := range op.Responses {
		if status[0] != '2' {
			continue
		}
		view.Status = status
		for media, content := range response.Content {
			if view.Answer = fieldsOf(api, content.Schema, ""); len(view.Answer) == 0 {
				view.Answer = []fieldView{{Name: media, Type: typeName(content.Schema), Text: response.Description}}
			}
		}
	}
	view.Curl = curl(method, path, op)
	return view
}

// curl is a request to copy.
func curl(method, path string, op *huma.Operation) string {
	lines := []string{"curl"}
	if method != http.MethodGet {
		lines[0] += " -X " + method
	}
	lines[0] += ` "$BELLWETHER` + path + `"`
	lines = append(lines, `  -H "Authorization: Bearer $KEY"`)
	for _, p := range op.Parameters {
		if p.Name == idempotencyHeader && p.Required {
			lines = append(lines, `  -H "Idempotency-Key: $(date +%s)-1"`)
		}
	}
	if op.RequestBody != nil {
		lines = append(lines, `  -d @request.json`)
	}
	return strings.Join(lines, " \\\n")
}

// fieldsOf lists the fields of an object, or of the object a schema refers to.
func fieldsOf(api *huma.OpenAPI, schema *huma.Schema, prefix string) []fieldView {
	if schema == nil {
		return nil
	}
	if schema.Ref != "" {
		schema = api.Components.Schemas.SchemaFromRef(schema.Ref)
	}
	var fields []fieldView
	for name, field := range schema.Properties {
		text := field.Description
		if len(field.Enum) > 0 && !strings.Contains(text, "one of") {
			text = strings.TrimSpace(text + " One of " + enumText(field.Enum) + ".")
		}
		fields = append(fields, fieldView{
			Name: prefix + name, Type: typeName(field), Link: linkOf(field), Required: slices.Contains(schema.Required, name), Text: text,
		})
	}
	slices.SortFunc(fields, func(a, b fieldView) int {
		if a.Required != b.Required {
			if a.Required {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return fields
}

func enumText(values []any) string {
	var texts []string
	for _, v := range values {
		if s, ok := v.(string); ok {
			texts = append(texts, s)
		}
	}
	return strings.Join(texts, ", ")
}

// typeName says in a word or two what a schema describes.
func typeName(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return refName(s.Ref)
	case s.Type == huma.TypeArray:
		return "list of " + typeName(s.Items)
	case s.Pattern == amountPattern:
		return "amount"
	case s.Format == "date" || s.Format == "date-time":
		return s.Format
	case s.Type == "":
		return "any"
	case s.Type == huma.TypeObject:
		if of, ok := s.AdditionalProperties.(*huma.Schema); ok {
			return "map to " + typeName(of)
		}
	}
	return s.Type
}

func refName(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }

// linkOf is the anchor of the object a field holds.
func linkOf(s *huma.Schema) string {
	for s != nil {
		if s.Ref != "" {
			return "schema-" + refName(s.Ref)
		}
		s = s.Items
	}
	return ""
}

// paragraphs turns the little Markdown of our descriptions into HTML: blank lines, **bold** and `code`.
func paragraphs(text string) template.HTML {
	var out strings.Builder
	for paragraph := range strings.SplitSeq(text, "\n\n") {
		if paragraph = strings.TrimSpace(paragraph); paragraph == "" {
			continue
		}
		escaped := template.HTMLEscapeString(paragraph)
		escaped = pairs(escaped, "**", "strong")
		escaped = pairs(escaped, "`", "code")
		out.WriteString("<p>" + escaped + "</p>\n")
	}
	return template.HTML(out.String()) //nolint:gosec // escaped above; the text is ours
}

// pairs puts what stands between two marks into an element.
func pairs(text, mark, element string) string {
	parts := strings.Split(text, mark)
	var out strings.Builder
	for i, part := range parts {
		switch {
		case i%2 == 1 && i < len(parts)-1:
			out.WriteString("<" + element + ">" + part + "</" + element + ">")
		default:
			out.WriteString(part)
		}
	}
	return out.String()
}
