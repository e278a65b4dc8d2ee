package media

import (
	"sync"
	"time"

	"bellwether/internal/media/audio"
)

// queuedChunks is how much may wait for the disk: 16 MB, ten seconds of a hundred recordings.
const queuedChunks = 1024

// chunk is a second of a recording, or its end.
type chunk struct {
	recording *Recording
	data      []byte
	end       bool
	err       error
}

// disk writes recordings, in a goroutine of its own: a disk that hangs holds up no packet.
type disk struct {
	queue chan chunk
	done  chan struct{}
	pool  sync.Pool

	mu   sync.Mutex
	ends []chunk // what must not be lost where the queue is full
}

func newDisk() *disk {
	d := &disk{queue: make(chan chunk, queuedChunks), done: make(chan struct{})}
	d.pool.New = func() any { return new([2 * chunkFrames]byte) }
	go d.run()
	return d
}

func (d *disk) buffer() []byte { return d.pool.Get().(*[2 * chunkFrames]byte)[:] }

// put queues a chunk; false where the disk is too far behind.
func (d *disk) put(c chunk) bool {
	select {
	case d.queue <- c:
		return true
	default:
		return false
	}
}

func (d *disk) finish(r *Recording)          { d.end(chunk{recording: r, end: true}) }
func (d *disk) fail(r *Recording, err error) { d.end(chunk{recording: r, end: true, err: err}) }

func (d *disk) end(c chunk) {
	if d.put(c) {
		return
	}
	d.mu.Lock()
	d.ends = append(d.ends, c)
	d.mu.Unlock()
	d.put(chunk{}) // comes by once more, if it has caught up meanwhile
}

func (d *disk) run() {
	defer close(d.done)
	for c := range d.queue {
		c.write(d)
		if len(d.queue) == 0 {
			d.writeEnds()
		}
	}
	d.writeEnds()
}

func (d *disk) writeEnds() {
	d.mu.Lock()
	ends := d.ends
	d.ends = nil
	d.mu.Unlock()
	for _, c := range ends {
		c.write(d)
	}
}

func (c chunk) write(d *disk) {
	if c.recording == nil {
		return
	}
	w := &c.recording.writer
	if len(c.data) > 0 {
		w.write(c.data)
		d.pool.Put((*[2 * chunkFrames]byte)(c.data[:2*chunkFrames]))
		c.err = w.stumbled()
	}
	if c.err != nil || c.end {
		c.recording.over(c.err)
	}
}

func (d *disk) close() {
	close(d.queue)
	<-d.done
}

// recordingWriter is the part of a recording that only the disk goroutine touches.
type recordingWriter struct {
	file   *audio.StereoFile
	law    audio.Law
	chunks int
	err    error
	told   bool
	over   bool
	peaks  peakMeter
	bytes  int64
	result Result
}

// marked is how many chunks are written before the header is brought up: who listens meanwhile hears up to there.
const marked = 10

func (w *recordingWriter) write(pairs []byte) {
	if w.err != nil || w.over {
		return
	}
	if w.err = w.file.Write(pairs); w.err != nil {
		return
	}
	w.bytes += int64(len(pairs))
	w.peaks.add(pairs, w.law)
	if w.chunks++; w.chunks%marked == 0 {
		w.err = w.file.Mark()
	}
}

// stumbled gives an error once.
func (w *recordingWriter) stumbled() error {
	if w.err == nil || w.told {
		return nil
	}
	w.told = true
	return w.err
}

// over closes the file, on the disk goroutine.
func (r *Recording) over(err error) {
	w := &r.writer
	if w.over {
		return
	}
	w.over = true
	if closed := w.file.Close(); err == nil {
		err = closed
	}
	w.result = Result{
		Duration: time.Duration(w.bytes/2) * time.Second / audio.Rate, Bytes: w.bytes, Peaks: w.peaks.finish(), Err: err,
	}
	r.mu.Lock()
	r.stopped = true
	r.mu.Unlock()
	r.engine.mu.Lock()
	delete(r.engine.recordings, r)
	r.engine.mu.Unlock()
	close(r.done)
	if err != nil {
		r.engine.config.Log.Error("a recording stopped", "error", err)
		r.failed(err)
	}
}
