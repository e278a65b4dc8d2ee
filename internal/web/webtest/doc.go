// Package webtest is a headless Chromium for tests: it opens pages as a person would, walks them by keys, and tells what
// a person would stumble over.
//
// It owns the browser's life, the checks every page must pass, axe-core, and the JsSIP of pages that make calls. It does not own what is tested.
//
// Invariants:
//   - A test that needs the browser fails where there is none, and says how to get it: a page nobody looked at is not
//     tested.
//   - A check fails on any error in the console, any violation of the content security policy, any text or box wider than
//     the window, and any finding of axe.
package webtest
