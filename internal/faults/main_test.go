package faults_test

import (
	"os"
	"testing"
)

// The test binary runs itself as a worker that is meant to come to harm: workerJob holds the job as JSON.
const workerJob = "BELLWETHER_FAULTS_JOB"

func TestMain(m *testing.M) {
	if text := os.Getenv(workerJob); text != "" {
		os.Exit(work(text))
	}
	if text := os.Getenv(visitsVariable); text != "" {
		os.Exit(workVisits(text))
	}
	os.Exit(m.Run())
}
