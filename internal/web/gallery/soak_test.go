//go:build soak

package gallery_test

const soaking = true
