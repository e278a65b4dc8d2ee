package help

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"bellwether/internal/lang"
)

// Found is an article that a search has found.
type Found struct {
	*Article
	Snippet []Fragment // the part of its text that fits best
	score   float64
}

// Fragment is a piece of a snippet.
type Fragment struct {
	Text string
	Hit  bool // it is what was searched for
}

// What a word counts by where it stands.
const (
	inTitle    = 8
	inWords    = 6
	inHeadings = 3
	inText     = 1
)

// index is the words of one language's articles.
type index struct {
	articles []*Article
	words    []indexed
}

// indexed is a word, and what it counts in each article it stands in.
type indexed struct {
	letters []rune
	weights map[int]float64 // by the article's place in index.articles
	rarity  float64
}

var indices = func() map[lang.Lang]*index {
	all := map[lang.Lang]*index{}
	for l, articles := range base.articles {
		all[l] = newIndex(articles)
	}
	return all
}()

func newIndex(articles []*Article) *index {
	ix := &index{articles: articles}
	places := map[string]int{}
	add := func(article int, text string, weight float64) {
		for _, t := range tokens(text) {
			at, known := places[t.word]
			if !known {
				at = len(ix.words)
				places[t.word] = at
				ix.words = append(ix.words, indexed{letters: []rune(t.word), weights: map[int]float64{}})
			}
			// The tenth mention counts for little.
			if w := ix.words[at].weights; w[article] < weight {
				w[article] = weight + w[article]/10
			} else {
				w[article] += weight / 10
			}
		}
	}
	for i, a := range articles {
		add(i, a.Title, inTitle)
		for _, words := range a.words {
			add(i, words, inWords)
		}
		for _, h := range a.headings {
			add(i, h.text, inHeadings)
		}
		for _, text := range a.paragraphs {
			add(i, text, inText)
		}
	}
	for i, w := range ix.words {
		ix.words[i].rarity = math.Log(1 + float64(len(articles))/float64(len(w.weights)))
	}
	return ix
}

// asides are words that say nothing of what is searched for.
var asides = map[string]bool{
	"the": true, "and": true, "for": true, "how": true, "what": true, "why": true, "can": true, "does": true, "with": true, "is": true, "to": true, "my": true, "do": true, "in": true, "of": true, "on": true, "it": true,
	"как": true, "что": true, "для": true, "или": true, "это": true, "при": true, "мне": true, "мой": true, "не": true, "на": true, "по": true, "из": true, "за": true, "от": true, "до": true, "почему": true,
	"як": true, "що": true, "або": true, "чи": true, "це": true, "мені": true, "мій": true, "та": true, "чому": true, "із": true, "від": true, "про": true,
}

const (
	longestQuery = 200
	mostWords    = 12
)

// Search gives up to limit articles of a language for what a reader typed, the best first. Every word must be found in an
// article; where no article has all of them, some will do.
func Search(query string, l lang.Lang, limit int) []Found {
	ix := indices[l]
	if ix == nil {
		return nil
	}
	wanted := wantedWords(query)
	if len(wanted) == 0 {
		return nil
	}
	scores, hits := make([]float64, len(ix.articles)), make([]int, len(ix.articles))
	for _, w := range wanted {
		for i, s := range ix.score(w) {
			if s > 0 {
				scores[i], hits[i] = scores[i]+s, hits[i]+1
			}
		}
	}
	most := slices.Max(hits)
	var found []Found
	for i, a := range ix.articles {
		if hits[i] > 0 && hits[i] == most {
			found = append(found, Found{Article: a, score: scores[i]})
		}
	}
	slices.SortStableFunc(found, func(a, b Found) int { return cmp.Compare(b.score, a.score) })
	found = found[:min(limit, len(found))]
	for i := range found {
		found[i].Snippet = snippet(found[i].Article, wanted)
	}
	return found
}

// wantedWords are the words of a query that say something, or all where none does.
func wantedWords(query string) [][]rune {
	if len(query) > longestQuery {
		query = query[:longestQuery]
	}
	var telling, all [][]rune
	for _, t := range tokens(strings.ToValidUTF8(query, " ")) {
		word := []rune(t.word)
		if len(word) == 0 {
			continue
		}
		all = append(all, word)
		if len(word) > 1 && !asides[t.word] {
			telling = append(telling, word)
		}
	}
	if len(telling) == 0 {
		telling = all
	}
	return telling[:min(mostWords, len(telling))]
}

// score is what one wanted word counts in each article: its best place there.
func (ix *index) score(wanted []rune) []float64 {
	scores := make([]float64, len(ix.articles))
	for _, w := range ix.words {
		near := nearness(wanted, w.letters)
		if near == 0 {
			continue
		}
		for article, weight := range w.weights {
			scores[article] = max(scores[article], near*weight*w.rarity)
		}
	}
	return scores
}

const longestSnippet = 180 // letters

// snippet is the paragraph with most of what is wanted, cut to its neighbourhood.
func snippet(a *Article, wanted [][]rune) []Fragment {
	best, most := a.Lead, 0.0
	for _, text := range a.paragraphs {
		sum := 0.0
		for _, w := range wanted {
			near := 0.0
			for _, t := range tokens(text) {
				near = max(near, nearness(w, []rune(t.word)))
			}
			sum += near
		}
		if sum > most {
			best, most = text, sum
		}
	}
	return highlight(best, wanted)
}

// highlight marks what is wanted in a text, which begins a little before the first of it.
func highlight(text string, wanted [][]rune) []Fragment {
	var marks []token
	for _, t := range tokens(text) {
		if slices.ContainsFunc(wanted, func(w []rune) bool { return nearness(w, []rune(t.word)) > 0 }) {
			marks = append(marks, t)
		}
	}
	from, until := window(text, marks)
	var fragments []Fragment
	add := func(text string, hit bool) {
		if text != "" {
			fragments = append(fragments, Fragment{text, hit})
		}
	}
	if from > 0 {
		add("…", false)
	}
	at := from
	for _, m := range marks {
		if m.start < at || m.end > until {
			continue
		}
		add(text[at:m.start], false)
		add(text[m.start:m.end], true)
		at = m.end
	}
	add(text[at:until], false)
	if until < len(text) {
		add("…", false)
	}
	return fragments
}

// window is which bytes of a text to show: whole words around the first mark.
func window(text string, marks []token) (from, until int) {
	if utf8.RuneCountInString(text) <= longestSnippet {
		return 0, len(text)
	}
	const lead = 40
	words := tokens(text)
	if len(marks) > 0 {
		for _, w := range words {
			if utf8.RuneCountInString(text[w.start:marks[0].start]) <= lead {
				from = w.start
				break
			}
		}
	}
	until = from
	for _, w := range words {
		if w.start > from && utf8.RuneCountInString(text[from:w.end]) > longestSnippet {
			return from, until
		}
		until = w.end
	}
	return from, len(text)
}
