// Package lang writes for people: the texts of the surfaces in Russian, Ukrainian and English, and amounts, dates,
// durations and telephone numbers as those languages write them.
//
// It owns the message files (texts/SECTION.LANGUAGE.yaml), the choice of a language for a reader, and formats. It does
// not know what a text is about: a surface asks for a key. Errors of the domains are translated by their stable code,
// and stay in English where no translation exists.
//
// Invariants:
//   - Every key exists in every language, in every plural form the language has; a test reads the sources for keys that
//     are missing and for keys that nothing uses.
//   - Amounts are rounded once, for show, to the minor unit of the currency (Rule B-02); a zero has no sign.
//   - A number, its sign and its currency are never parted by a line break.
package lang
