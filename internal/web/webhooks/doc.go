// Package webhooks is the pages of a project's webhooks (/p/{project}/settings/webhooks): which servers are told what, what became of
// telling them, and a test; and of the CRM that is asked whose a calling client is (/p/{project}/settings/crm).
//
// It owns what these pages show and ask, and no table: webhooks, messages and deliveries are webhook's, what is sent now courier's.
//
// Invariants:
//   - A secret stands on the answer that made it and nowhere else (Rule W-03).
//   - What a server answered is shown as plain text.
package webhooks
