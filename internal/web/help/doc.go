// Package help is the pages of the knowledge base: its contents, its search, and each article, for readers and strangers.
//
// It owns no text: articles and their search are package help's below. Articles are also found by the search of the cabinet.
package help
