package help

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"

	"bellwether/internal/lang"
)

// Section is a part of the knowledge base.
type Section string

// Sections are all sections in their order.
var Sections = []Section{"start", "calls", "telephony", "funds", "numbers", "people", "account", "agency", "operator"}

// Article is one article in one language.
type Article struct {
	Name    string // in its address: "balance"
	Lang    lang.Lang
	Title   string
	Section Section
	Lead    string   // its first paragraph, as text
	Pages   []string // below an organisation, the pages it is about: "/funds"
	HTML    string   // its body: made here from Markdown without raw HTML
	Rank    int      // its place within its section
	Also    []string // other names of it, in addresses of pages
	Related []string // the names of the articles it links to, in their order

	Pictures []string // the files of the pictures it shows, in their order: "home.en.png"

	words      []string // to find it by, besides its own
	headings   []heading
	paragraphs []string // its text, for search and snippets
}

type heading struct {
	level int
	text  string
}

// front is what stands before an article.
type front struct {
	Title   string   `yaml:"title"`
	Section Section  `yaml:"section"`
	Rank    int      `yaml:"rank"`
	Pages   []string `yaml:"pages"`
	Also    []string `yaml:"also"`
	Words   []string `yaml:"words"`
}

const (
	fence  = "---\n"
	prefix = "/help/" // of an article's address
)

//go:embed articles
var files embed.FS

// base is the knowledge base that is shipped. A malformed article is a programmer's mistake and ends the program at its start.
var base = func() *library {
	l, err := load(files)
	if err != nil {
		panic(err)
	}
	return l
}()

// library is articles by language, in the order of sections and ranks.
type library struct{ articles map[lang.Lang][]*Article }

func load(from fs.FS) (*library, error) {
	paths, err := fs.Glob(from, "articles/*.md")
	if err != nil {
		return nil, err
	}
	l := &library{articles: map[lang.Lang][]*Article{}}
	for _, file := range paths {
		data, err := fs.ReadFile(from, file)
		if err != nil {
			return nil, err
		}
		a, err := parse(path.Base(file), string(data))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		l.articles[a.Lang] = append(l.articles[a.Lang], a)
	}
	for _, list := range l.articles {
		slices.SortFunc(list, func(a, b *Article) int {
			if a.Section != b.Section {
				return slices.Index(Sections, a.Section) - slices.Index(Sections, b.Section)
			}
			return a.Rank - b.Rank
		})
	}
	return l, nil
}

// parse reads NAME.LANGUAGE.md: the front matter between two fences, then the body.
func parse(file, data string) (*Article, error) {
	parts := strings.Split(file, ".")
	const want = 3
	if len(parts) != want {
		return nil, errors.New("the name is not ARTICLE.LANGUAGE.md")
	}
	l, known := lang.Parse(parts[1])
	if !known {
		return nil, fmt.Errorf("%s is no language", parts[1])
	}
	head, body, ok := strings.Cut(strings.TrimPrefix(data, fence), fence)
	if !ok || !strings.HasPrefix(data, fence) {
		return nil, errors.New("no front matter between two lines ---")
	}
	var f front
	if err := yaml.UnmarshalWithOptions([]byte(head), &f, yaml.Strict()); err != nil {
		return nil, err
	}
	if f.Title == "" || !slices.Contains(Sections, f.Section) {
		return nil, fmt.Errorf("an article needs a title and one of the sections %v", Sections)
	}
	a := &Article{Name: parts[0], Lang: l, Title: f.Title, Section: f.Section, Rank: f.Rank, Pages: f.Pages, Also: f.Also, words: f.Words}
	return a, a.render([]byte(body))
}

// render turns Markdown into HTML, and reads its text, headings and links on the way. Raw HTML is left out, and so are
// addresses with a scheme that runs.
func (a *Article) render(body []byte) error {
	markdown := goldmark.New()
	document := markdown.Parser().Parse(text.NewReader(body))
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			a.note(n, body)
		}
		return ast.WalkContinue, nil
	})
	if len(a.paragraphs) > 0 {
		a.Lead = a.paragraphs[0]
	}
	hang(document)
	var html bytes.Buffer
	err := markdown.Renderer().Render(&html, body, document)
	a.HTML = html.String()
	return err
}

func (a *Article) note(n ast.Node, body []byte) {
	switch n := n.(type) {
	case *ast.Heading:
		a.headings = append(a.headings, heading{n.Level, textOf(n, body)})
	case *ast.Paragraph, *ast.TextBlock:
		a.paragraphs = append(a.paragraphs, textOf(n, body))
	case *ast.Image:
		a.Pictures = append(a.Pictures, path.Base(string(n.Destination)))
	case *ast.Link:
		if name, ok := strings.CutPrefix(string(n.Destination), prefix); ok && !slices.Contains(a.Related, name) {
			a.Related = append(a.Related, name)
		}
	}
}

// textOf is what a reader sees of a block.
func textOf(block ast.Node, body []byte) string {
	var out strings.Builder
	_ = ast.Walk(block, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			out.Write(t.Segment.Value(body))
			if t.SoftLineBreak() || t.HardLineBreak() {
				out.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	return out.String()
}

// All gives the articles of a language, in the order of sections.
func All(l lang.Lang) []*Article { return base.articles[l] }

// Get gives an article by its name or another name of it; nil where there is none.
func Get(name string, l lang.Lang) *Article {
	for _, a := range base.articles[l] {
		if a.Name == name || slices.Contains(a.Also, name) {
			return a
		}
	}
	return nil
}

// About gives the path of the article about a page, by its path below the organisation ("/funds/movement"), or of the
// knowledge base where there is none.
func About(page string) string {
	for at := page; at != "" && at != "/"; at = path.Dir(at) {
		for _, a := range base.articles[lang.English] {
			if slices.Contains(a.Pages, at) {
				return prefix + a.Name
			}
		}
	}
	return strings.TrimSuffix(prefix, "/")
}
