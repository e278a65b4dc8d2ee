// Package api is the HTTP API: one file an action, each of which reads the request, calls a domain and renders the answer.
//
// It owns the paths, the shapes of requests and answers, the OpenAPI document made from them, the page that shows it, and
// what stands between a stranger and a domain: keys and scopes, idempotency keys, limits, problem details. It owns no rule
// of the business, no SQL and no price arithmetic: a preview runs the very change in a transaction and undoes it.
//
// Invariants:
//   - Every operation says who may call it; one without that does not start. The check is in one place, before anything
//     of the request is looked at.
//   - Another project answers like one that does not exist.
//   - Every write carries an idempotency key; its effect and its answer are stored in one transaction (Rule B-04).
//   - Every error is a problem detail (RFC 9457) with a stable code; an internal one says nothing but the request's id.
//   - Amounts are decimal strings, identifiers of entries too; unknown fields are refused; lists have no ceiling but pages.
//   - Neither the log nor a problem repeats a telephone number that was sent.
package api
