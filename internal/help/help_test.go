package help

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/lang"
)

// Every article is there in every language, about the same pages, with the same headings, links and parts.
func TestEveryLanguageHasTheSameArticles(t *testing.T) {
	t.Parallel()
	for _, l := range lang.All {
		if len(All(l)) != len(All(lang.English)) {
			t.Errorf("%s has %d articles, English has %d", l, len(All(l)), len(All(lang.English)))
		}
		for i, a := range All(l) {
			english := Get(a.Name, lang.English)
			if english == nil {
				t.Errorf("%s is not there in English", a.Name)
				continue
			}
			same(t, a, "place", All(lang.English)[i].Name, a.Name)
			same(t, a, "section", english.Section, a.Section)
			same(t, a, "pages", english.Pages, a.Pages)
			same(t, a, "other names", english.Also, a.Also)
			same(t, a, "links", english.Related, a.Related)
			same(t, a, "pictures", len(english.Pictures), len(a.Pictures))
			same(t, a, "headings", levels(english), levels(a))
			same(t, a, "paragraphs", len(english.paragraphs), len(a.paragraphs))
		}
	}
}

func same(t *testing.T, a *Article, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s.%s: other %s than English (-want +got):\n%s", a.Name, a.Lang, what, diff)
	}
}

func levels(a *Article) (list []int) {
	for _, h := range a.headings {
		list = append(list, h.level)
	}
	return list
}

// Links lead to articles, images are there, headings step down one at a time below the title, pages are paths.
func TestArticlesHoldTogether(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	for _, l := range lang.All {
		titles := map[string]string{}
		for _, a := range All(l) {
			where := a.Name + "." + string(l)
			if other, twice := titles[a.Title]; twice {
				t.Errorf("%s has the title of %s", where, other)
			}
			titles[a.Title] = where
			for _, match := range link.FindAllStringSubmatch(a.HTML, -1) {
				if file, isPicture := strings.CutPrefix(match[1], PicturePrefix); isPicture {
					file, version, _ := strings.Cut(file, "?v=")
					if p, ok := PictureOf(file); !ok || p.Version != version {
						t.Errorf("%s shows %s, which is not there", where, file)
					}
					continue
				}
				name, isArticle := strings.CutPrefix(match[1], prefix)
				if !isArticle || Get(name, l) == nil || name == a.Name {
					t.Errorf("%s links to %q, which is not another article", where, match[1])
				}
			}
			above := 1
			for _, h := range a.headings {
				if h.level < 2 || h.level > above+1 {
					t.Errorf("%s: %q is a heading of level %d below one of %d", where, h.text, h.level, above)
				}
				above = h.level
			}
			for _, page := range a.Pages {
				if path.Clean(page) != page || page == "/" || page[0] != '/' {
					t.Errorf("%s is about %q, which is no page", where, page)
				}
			}
			if a.Lead == "" || len(a.words) < 3 {
				t.Errorf("%s has no first paragraph, or fewer than three words to find it by", where)
			}
		}
	}
}

// An article is written in its language: letters that only another one has betray a copy that was left.
func TestArticlesAreInTheirLanguage(t *testing.T) {
	t.Parallel()
	foreign := map[lang.Lang]string{lang.Russian: "іїєґ", lang.Ukrainian: "ыэъё", lang.English: "абвгдеіїы"}
	for _, l := range lang.All {
		for _, a := range All(l) {
			text := strings.ToLower(strings.Join(append(a.paragraphs, a.Title), " "))
			if at := strings.IndexAny(text, foreign[l]); at >= 0 {
				c, _ := utf8.DecodeRuneInString(text[at:])
				t.Errorf("%s.%s has the letter %c", a.Name, l, c)
			}
			if l != lang.English && strings.ContainsAny(text, `"“”`) {
				t.Errorf("%s.%s has quotes that are not «»", a.Name, l)
			}
		}
	}
}

func TestWhatIsWrongWithAnArticle(t *testing.T) {
	t.Parallel()
	good := "---\ntitle: T\nsection: start\n---\ntext\n"
	for name, want := range map[string]string{
		"a.en.md|" + good: "",
		"a.md|" + good:    "the name is not",
		"a.de.md|" + good: "de is no language",
		"a.en.md|text":    "no front matter",
		"a.en.md|---\ntitle: T\nsection: moon\n---\n": "one of the sections",
		"a.en.md|---\nsection: start\n---\n":          "needs a title",
		"a.en.md|---\ncolour: red\n---\n":             "colour",
	} {
		file, data, _ := strings.Cut(name, "|")
		_, err := load(fstest.MapFS{"articles/" + file: {Data: []byte(data)}})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", name, err, want)
		}
	}
}

// Nothing an author writes becomes markup that Markdown does not have.
func TestRawHTMLIsLeftOut(t *testing.T) {
	t.Parallel()
	a, err := parse("a.en.md", "---\ntitle: T\nsection: start\n---\n<script>alert(1)</script>\n\nx <b onclick=a()>y</b> [z](javascript:alert(1)) `<i>`\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<script", "onclick", "javascript:", "<b", "<i>"} {
		if strings.Contains(a.HTML, bad) {
			t.Errorf("%q is in %s", bad, a.HTML)
		}
	}
}

func TestAbout(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]string{
		"/funds": "/help/balance", "/funds/movement/2026-01-01": "/help/balance", "/funds/products": "/help/products", "/nowhere": "/help", "": "/help", "/": "/help",
	} {
		if got := About(page); got != want {
			t.Errorf("%q: %s, want %s", page, got, want)
		}
	}
}

// What people type, and the article they mean: with endings, beginnings, slips, and the letters of other keyboards.
func TestSearchFinds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		l           lang.Lang
		query, want string
	}{
		{lang.English, "quarantine", "numbers"},
		{lang.English, "quarentine", "numbers"},
		{lang.English, "why was tuesday dearer", "dearer-day"},
		{lang.English, "forgot password", "sign-in"},
		{lang.English, "pasword", "sign-in"},
		{lang.English, "api", "api-keys"},
		{lang.English, "invit", "people"},
		{lang.English, "blocking an employee", "blocking"},
		{lang.English, "unused seats", "seats"},
		{lang.Russian, "карантин номера", "numbers"},
		{lang.Russian, "почему дороже", "dearer-day"},
		{lang.Russian, "забыл пароль", "sign-in"},
		{lang.Russian, "парроль", "sign-in"},
		{lang.Russian, "прогноза", "forecast"},
		{lang.Russian, "заблокировать сотрудника", "blocking"},
		{lang.Russian, "АТС", "telephony"},
		{lang.Russian, "ПАКЕТЫ", "minute-packages"},
		{lang.Russian, "следующий счёт", "free-users"},
		{lang.Russian, "поддержка", "support"},
		{lang.Ukrainian, "чому день дорожчий", "dearer-day"},
		{lang.Ukrainian, "прогнозу", "forecast"},
		{lang.Ukrainian, "запрошення", "people"},
		{lang.Ukrainian, "сеанси", "sessions"},
		{lang.Ukrainian, "зв'язатися", "support"},
		{lang.Ukrainian, "хвилин", "minute-packages"},
		{lang.Ukrainian, "власний номер", "numbers"},
	} {
		found := Search(c.query, c.l, 3)
		if len(found) == 0 || found[0].Name != c.want {
			var names []string
			for _, f := range found {
				names = append(names, f.Name)
			}
			t.Errorf("%s %q: found %v, want %s first", c.l, c.query, names, c.want)
		}
	}
}

// Each article is found by its own title.
func TestArticlesAreFoundByTheirTitles(t *testing.T) {
	t.Parallel()
	for _, l := range lang.All {
		for _, a := range All(l) {
			found := Search(a.Title, l, 3)
			if !slices.ContainsFunc(found, func(f Found) bool { return f.Name == a.Name }) {
				t.Errorf("%s %q is not among the first three", l, a.Title)
			}
		}
	}
}

func TestSearchOfNothing(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"", "  ", "!?", "qzxwv", "\xff\xfe", "<script>", strings.Repeat("a", 10_000), strings.Repeat("слово ", 1000)} {
		for _, l := range lang.All {
			for _, f := range Search(query, l, 50) {
				for _, part := range f.Snippet {
					if !utf8.ValidString(part.Text) {
						t.Errorf("%q: a snippet that is no text: %q", query, part.Text)
					}
				}
			}
		}
	}
	if found := Search("qzxwv", lang.English, 5); found != nil {
		t.Errorf("found %v", found)
	}
	if found := Search("balance", "de", 5); found != nil {
		t.Errorf("found %v", found)
	}
}

// A snippet is short, says what stands in the article, and marks what was searched for.
func TestSnippets(t *testing.T) {
	t.Parallel()
	for _, l := range lang.All {
		for _, a := range All(l) {
			for _, f := range Search(a.words[0], l, 50) {
				var text strings.Builder
				for _, part := range f.Snippet {
					text.WriteString(part.Text)
				}
				if n := utf8.RuneCountInString(text.String()); n == 0 || n > longestSnippet+40 {
					t.Errorf("%s %q: a snippet of %d letters: %q", l, a.words[0], n, text.String())
				}
				whole := strings.Trim(text.String(), "…")
				if !slices.ContainsFunc(f.paragraphs, func(p string) bool { return strings.Contains(p, whole) }) {
					t.Errorf("%s %q: %q does not stand in %s", l, a.words[0], whole, f.Name)
				}
			}
		}
	}
	want := []Fragment{{"…", false}, {"rented number that you release rests in ", false}, {"quarantine", true}}
	if diff := cmp.Diff(want, Search("quarentine", lang.English, 1)[0].Snippet[:3]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNearness(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		wanted, word string
		want         float64
	}{
		{"номер", "номер", exactly},
		{"номе", "номер", beginning},
		{"номерами", "номера", inflected},
		{"списания", "списание", inflected},
		{"charges", "charge", inflected},
		{"номре", "номер", slipped},
		{"balence", "balance", slipped},
		{"quarentine", "quarantine", slipped},
		{"кот", "код", 0},
		{"рол", "рок", 0},
		{"номер", "балансу", 0},
	} {
		if got := nearness([]rune(c.wanted), []rune(c.word)); got != c.want {
			t.Errorf("%s to %s: %v, want %v", c.wanted, c.word, got, c.want)
		}
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"Счёт": "счет", "зв’язок": "звязок", "зв'язок": "звязок", "Café": "cafe", "ҐРУНТ": "грунт", "мій": "мій", "її": "її", "і\u0308": "ї",
	} {
		if got := fold(word); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

// The files are as people like to read them: no tabs, no blanks at the ends of lines.
func TestFilesAreTidy(t *testing.T) {
	t.Parallel()
	paths, err := fs.Glob(files, "articles/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range paths {
		data, err := fs.ReadFile(files, file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range bytes.Split(data, []byte("\n")) {
			if bytes.ContainsRune(line, '\t') || len(bytes.TrimRightFunc(line, unicode.IsSpace)) != len(line) {
				t.Errorf("%s:%d has a tab, or ends with a blank", file, i+1)
			}
		}
	}
}
