//go:build !soak

package gallery_test

// soaking: every page in every language, theme and width, in `make soak`; here each page in one look.
const soaking = false
