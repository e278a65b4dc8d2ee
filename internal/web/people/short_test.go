//go:build !soak

package people_test

const soaking = false
