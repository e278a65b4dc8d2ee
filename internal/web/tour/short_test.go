//go:build !soak

package tour_test

const everyLook = false
