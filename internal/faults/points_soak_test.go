//go:build soak

package faults_test

const soaking = true
