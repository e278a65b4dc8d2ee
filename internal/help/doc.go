// Package help is the knowledge base: articles in Markdown, a file an article and language, embedded, rendered once at
// start, and searched in memory.
//
// It owns articles/ARTICLE.LANGUAGE.md, their search, and pictures/NAME.LANGUAGE.png, which the tour of the cabinet takes (web/tour). It does not
// own the pages that show them, nor the rules they explain (docs/rules). Invariants:
//
//   - Every article is there in every language, with the same headings; links among articles lead somewhere. Tests read the
//     files.
//   - An article shows pages as they are in its language: each picture is there in three, and none is in the program that no article shows.
//   - No HTML of an author's gets into a page: raw HTML in Markdown is left out.
//   - A search reads nothing but memory, and takes words with their endings, beginnings of words and slips of the keyboard.
package help
