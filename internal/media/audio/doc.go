// Package audio is sound as calls carry it: 8,000 samples a second of G.711, and what is made into it.
//
// It owns the G.711 tables, clips (prompts, music, tones, announcements), the reading of WAV and MP3 uploads with
// resampling, and the writing of stereo recordings with their repair. It does not own packets, timing or files' places
// (package media), nor what is said (package spoken, and projects).
//
// What always holds:
//   - Both laws are tables computed once from ITU-T G.711; one law goes to the other by a table too.
//   - An upload is a stranger's file: its size and length are bounded, and a broken one is an error, never a panic.
//   - A clip does not change once made; any number of legs plays it at once.
package audio
