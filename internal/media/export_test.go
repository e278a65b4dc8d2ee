package media

import (
	"os"

	"bellwether/internal/media/audio"
)

// PerSocket reads each socket in a goroutine of its own: what the loop is measured against, and what runs besides Linux.
func PerSocket(c *Config) { c.perSocket = true }

// RecordTo records into a file that is there.
func RecordTo(e *Engine, caller, staff *Leg, path string, failed func(error)) (*Recording, error) {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	return e.record(caller, staff, audio.StereoOf(file, audio.ALaw), audio.ALaw, failed)
}
