//go:build !soak

package faults_test

// soaking: every point and long runs, in `make soak`; here a handful of each.
const soaking = false
