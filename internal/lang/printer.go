package lang

import (
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed texts
var files embed.FS

// Key names a text: "table.empty". Write it as a literal, so that the test of keys can read it.
type Key string

// Values are what a text's {{.Name}} places hold.
type Values map[string]any

// Printer writes one language for one reader. It is cheap, safe for use by many goroutines, and made by For.
type Printer struct {
	Lang Lang
	zone *time.Location
	says *i18n.Localizer
}

var bundle = mustLoad(files)

// mustLoad reads every file of texts; a malformed one is a programmer's mistake and ends the program at its start.
func mustLoad(texts fs.FS) *i18n.Bundle {
	b := i18n.NewBundle(language.English)
	b.RegisterUnmarshalFunc("yaml", func(data []byte, to any) error { return yaml.Unmarshal(data, to) })
	paths, err := fs.Glob(texts, "texts/*.yaml")
	if err != nil {
		panic(err)
	}
	for _, path := range paths {
		if _, err := b.LoadMessageFileFS(texts, path); err != nil {
			panic(fmt.Errorf("%s: %w", path, err))
		}
	}
	return b
}

// For makes the printer of a reader of language l whose clock shows zone (nil for UTC).
func For(l Lang, zone *time.Location) *Printer {
	if zone == nil {
		zone = time.UTC
	}
	return &Printer{Lang: l, zone: zone, says: i18n.NewLocalizer(bundle, string(l))}
}

// Zone is the time zone instants are shown in.
func (p *Printer) Zone() *time.Location { return p.zone }

// T gives the text of key, with values in its places, isolated where they are written from right to left; only the first of values is
// looked at. An unknown key is shown as
// itself: the test of keys keeps that from happening.
func (p *Printer) T(key Key, values ...Values) string {
	config := &i18n.LocalizeConfig{MessageID: string(key)}
	if len(values) > 0 {
		config.TemplateData = isolated(values[0])
	}
	return p.say(config, key)
}

// N gives the text of key in the plural form for count, which stands in its {{.Count}} place.
func (p *Printer) N(key Key, count int, values ...Values) string {
	data := Values{"Count": p.Int(count)}
	if len(values) > 0 {
		for name, value := range isolated(values[0]) {
			data[name] = value
		}
	}
	return p.say(&i18n.LocalizeConfig{MessageID: string(key), PluralCount: count, TemplateData: data}, key)
}

func (p *Printer) say(config *i18n.LocalizeConfig, key Key) string {
	text, err := p.says.Localize(config)
	if err != nil && text == "" {
		return string(key)
	}
	return text
}
