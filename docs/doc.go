// Package docs carries the rules of the business into the program, so that an explanation can quote the rule it follows.
//
// It owns no rule: the text is what stands in rules/*.md under headings such as "### B-07 A day's share of a month".
package docs
