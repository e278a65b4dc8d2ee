// Package help is the knowledge base: articles in Markdown, a file an article and language, embedded, rendered once at
// start, and searched in memory.
//
// It owns articles/ARTICLE.LANGUAGE.md and their search. It does not own the pages that show them, nor the rules they
// explain (docs/rules). Invariants:
//
//   - Every article is there in every language, with the same headings; links among articles lead somewhere. Tests read the
//     files.
//   - No HTML of an author's gets into a page: raw HTML in Markdown is left out.
//   - A search reads nothing but memory, and takes words with their endings, beginnings of words and slips of the keyboard.
package help
