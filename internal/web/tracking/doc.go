// Package tracking is the pages of a project's call tracking (/p/{project}/tracking): sites with the code to install, pools and the
// numbers in them, numbers that stand for a source, substitution rules with their tester and versions, the calculator of
// pools, and who is on the sites now (/p/{project}/visitors).
//
// It owns what these pages show and ask, and no table. What is kept is package tracking's; what rules decide is swap's; how many
// numbers a pool needs is package pool's. Invariants:
//
//   - The editor of rules works without scripts: whatever is done to a rule posts the whole form and shows it again; nothing is in
//     force before it is saved.
//   - The tester decides by the code that decides for visits (Rule C-68).
//   - What visitors do is pushed within seconds, whichever node took the hit, to those who may see visits.
package tracking
