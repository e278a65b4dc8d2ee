// Package rehearsal answers what a draft of a price book would have cost: it replays the last days of real projects under the draft,
// as a job, and keeps what came of each.
//
// It owns the table rehearsal_project. It does not own the replay and the comparison (simulate), the drafts (bookshelf), nor the queue (job).
// Nothing of a project changes. A job that is interrupted goes on with the projects that are left; one whose draft was edited meanwhile
// ends, for its answers would be about two drafts (Rule O-13).
package rehearsal
