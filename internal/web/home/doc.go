// Package home is the first page of a project: whether the telephone rings and was answered, what the project has and spends, what
// needs somebody now, the first steps, when and from where clients called, and what moved lately.
//
// It owns nothing: every number is asked of its domain, and every part is shown only to those whose permit opens what it is
// about. Invariants:
//
//   - A step of the checklist is done when what it asks for is there, never because somebody clicked.
//   - Each row of what needs somebody has one button, to the page where it is done.
package home
