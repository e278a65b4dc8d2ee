// Package ops is the operator's pages: the health of the node, projects, agencies, money by hand and its second signature, price books
// and rates, the stock of numbers, the audit trail, and looking through a member's eyes; and the agency's portfolio.
//
// It owns nothing: what it changes, the domains change. Each route declares the
// right it needs, and what is begun in the context of a visit asks the reader's permit again below the pages (Rule A-18). A list of
// all projects is read in three queries, whatever its length, and kept for a moment, so that paging and filtering ten thousand of them
// costs no more than drawing a page.
package ops
