package api

import (
	"net/url"

	"github.com/danielgtaylor/huma/v2"
)

// The chapters of the documentation.
const (
	chapterProjects   = "Projects"
	chapterProducts   = "Products and seats"
	chapterNumbers    = "Numbers"
	chapterTerms      = "Users and prepaid terms"
	chapterPayments   = "Payments and corrections"
	chapterUsage      = "Usage"
	chapterLegs       = "Calls and messages"
	chapterCalls      = "Call log"
	chapterStatements = "Statements, entries, forecast"
	chapterPrices     = "Prices and simulation"
	chapterTelephony  = "Telephony"
	chapterTracking   = "Call tracking"
	chapterWebhooks   = "Webhooks"
	chapterOperator   = "Operator"
)

var chapters = []*huma.Tag{
	{Name: chapterProjects, Description: "A project is the billing unit: one balance, one currency, one price list, one time zone."},
	{Name: chapterProducts, Description: "What is switched on, what it costs, and what a change would cost before it is made."},
	{Name: chapterNumbers, Description: "Telephone numbers, rented from the operator or brought along."},
	{Name: chapterTerms, Description: "For books that are sold by prepaid term with paid users."},
	{Name: chapterPayments, Description: "Money that came in, and corrections by the operator."},
	{Name: chapterUsage, Description: "What was used, by usage day."},
	{Name: chapterLegs, Description: "For a PBX: ask before dialling, extend while people talk, settle when they hang up. A leg is one side of a call."},
	{Name: chapterCalls, Description: "Who called whom, how it ended, what was said about it: calls with their legs, timelines, notes and recordings."},
	{Name: chapterStatements, Description: "Where money went, and why, down to the arithmetic of each entry."},
	{Name: chapterPrices, Description: "Price books, quotes and what-if."},
	{Name: chapterTelephony, Description: "Employees and their SIP accounts, routing schemes, what a call would meet, trunks."},
	{Name: chapterTracking, Description: "Sites and their tag, pools of numbers, substitution rules, who is and was on the sites, leads, and why a call is put down to a visit."},
	{Name: chapterWebhooks, Description: "Servers of yours that are told what happens, from the first ring on, and what became of telling them."},
	{Name: chapterOperator, Description: "For whoever runs the installation."},
}

const introduction = `Billing for call tracking and telephony: exact, explainable, prepaid and post-paid.

**Keys.** Send ` + "`Authorization: Bearer bw_...`" + `. The scopes are operator (everything), project:write (a project's configuration, and all that project:read may), project:read, and project:charge (calls and messages, nothing else). Another project's data answers like a project that does not exist.

**Writes** need the header ` + "`Idempotency-Key`" + `. The same key with the same request is one effect and one answer, over restarts; the repeated answer has the header ` + "`Idempotency-Replayed: true`" + `. The same key with another request is refused with ` + "`idem.key_reused`" + `. After an error, and after no answer at all, repeat the request with the same key. Calls, messages and payments are known by their id too: reported twice, under whatever keys, they are charged once.

**Amounts** are exact decimal strings with at most 6 decimals, in the project's currency; negative for a charge. Only statements are rounded, and say so.

**Errors** are problem details (RFC 9457) with a ` + "`code`" + ` that never changes, and the ` + "`request_id`" + ` that names the request in the log.

**Text** is what people can read: names, notes and ids with control characters, or with marks that turn the direction of writing, are refused.

**Lists** give up to ` + "`limit`" + ` items and, where there are more, ` + "`next`" + `: hand it back as ` + "`cursor`" + `.

**Days** are usage days: dates in the project's time zone, which end at its midnight.`

// pathSegment writes text as one segment of a path.
func pathSegment(s string) string { return url.PathEscape(s) }
