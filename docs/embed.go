package docs

import (
	"embed"
	"io/fs"
	"regexp"
	"strings"
	"sync"
)

//go:embed rules/*.md
var files embed.FS

// Rule is a numbered rule of the business.
type Rule struct {
	Number string `json:"number" example:"B-07"`
	Title  string `json:"title"`
	Text   string `json:"text"` // Markdown
}

// FindRule finds a rule by its number.
func FindRule(number string) (Rule, bool) {
	rule, ok := rules()[number]
	return rule, ok
}

var heading = regexp.MustCompile(`(?m)^### ([A-Z]-\d+) (.+)$`)

var rules = sync.OnceValue(func() map[string]Rule {
	found := map[string]Rule{}
	names, err := fs.Glob(files, "rules/*.md")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			panic(err) // it is embedded
		}
		collect(string(text), found)
	}
	return found
})

// collect takes the rules out of a page: each reaches to the next heading of any level.
func collect(page string, found map[string]Rule) {
	for _, at := range heading.FindAllStringSubmatchIndex(page, -1) {
		number, title, text := page[at[2]:at[3]], page[at[4]:at[5]], page[at[1]:]
		if end := strings.Index(text, "\n#"); end >= 0 {
			text = text[:end]
		}
		found[number] = Rule{Number: number, Title: title, Text: strings.TrimSpace(text)}
	}
}
