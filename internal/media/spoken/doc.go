// Package spoken is what the program says to callers by itself, in Russian, Ukrainian and English: that a call is recorded, which place in a
// queue they have and how long they will wait.
//
// It owns the words (words.txt), their clips, which are part of the program and need no voice on the machine, and the rules by which numbers are
// put together from them. It plays nothing, and does not know what projects upload. The clips are made by espeak-ng and brought to one loudness (`make record`); any of
// them may be replaced by a recording of the same words: WAV, G.711 µ-law, 8 kHz.
package spoken
