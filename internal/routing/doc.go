// Package routing keeps what a project has decided about its calls: routing schemes and their versions, which number has which
// scheme, working hours and holidays, the block list, prompts and music, and the telephony settings.
//
// It owns the tables routing_* and the files of prompts. What a scheme means is dialplan's, who is rung staff's, who holds a
// number the registry's (package number). Invariants:
//
//   - A version that was published never changes; what counts is one of them (Rule T-46).
//   - What is published has no mistake, names nothing that is not there and is within the project's package (Rules T-46, T-47).
//   - A project's number has one scheme at most, and its caller id is a number it holds (Rule T-51).
//   - A file is stored under the hash of its content, and only if its content is sound (Rule T-50).
package routing
