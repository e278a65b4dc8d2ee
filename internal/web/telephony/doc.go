// Package telephony is the pages of a project's telephony (/p/{project}/telephony): routing schemes and their visual editor with
// the dry run, which number has which scheme, employees with their contacts and SIP accounts, working hours and holidays, prompts
// and music, the block list, trunks and the settings; and the operator's trunks (/op/trunks).
//
// It owns what these pages show and ask, and no table. What is kept is staff's, routing's and trunk's; what a scheme does is
// dialplan's. Invariants:
//
//   - The editor works without scripts: whatever is done to a scheme posts the whole form and shows it again; nothing is kept
//     before it is saved, no call sees it before it is published.
//   - A password is on the page that follows its making and on no other.
//   - What the PBX or the Smart Phone would cost is a preview by the code that charges it.
package telephony
