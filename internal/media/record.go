package media

import (
	"sync"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/media/audio"
)

// The sides of a recording.
const (
	left  = 0 // the caller
	right = 1 // the staff
)

// The window of a recording, in samples: what may still be changed by late packets.
const (
	windowFrames = 4 * audio.Rate
	holdFrames   = 3 * audio.Rate / 2
	chunkFrames  = audio.Rate
)

// tap is where a leg's audio is recorded.
type tap struct {
	recording *Recording
	side      int
}

// Recording is a stereo file in the making (Rule T-86). Its audio gathers in a window; the engine's disk goroutine writes what is past it, so that
// a slow disk stops no packet and a full one ends the recording but not the call.
type Recording struct {
	engine *Engine
	law    audio.Law
	begun  time.Time
	failed func(error)
	done   chan struct{}

	mu      sync.Mutex
	legs    [2]*Leg
	sides   [2]side
	window  [2 * windowFrames]byte // a ring of pairs
	flushed int64                  // frames handed to the disk
	stopped bool

	writer recordingWriter // the disk goroutine's
}

// Record begins to record what two legs say, the caller left and the staff right, into a new file. Either may be nil or change later (Follow).
// failed is called once, on a goroutine of the engine, where the disk fails: the call goes on. Errors: media.not_recorded.
func (e *Engine) Record(caller, staff *Leg, path string, failed func(error)) (*Recording, error) {
	law := audio.ALaw
	if caller != nil {
		law = caller.Law()
	}
	file, err := audio.CreateStereo(path, law)
	if err != nil {
		return nil, errs.New(errs.Unavailable, "media.not_recorded", "the recording could not be begun").At(path).Because(err)
	}
	return e.record(caller, staff, file, law, failed)
}

func (e *Engine) record(caller, staff *Leg, file *audio.StereoFile, law audio.Law, failed func(error)) (*Recording, error) {
	if failed == nil {
		failed = func(error) {}
	}
	r := &Recording{engine: e, law: law, begun: time.Now(), failed: failed, done: make(chan struct{})}
	r.writer = recordingWriter{file: file, law: law}
	r.sides = [2]side{{limits: recorded}, {limits: recorded}}
	r.silence(0, windowFrames)
	if err := e.keep(r); err != nil {
		_ = file.Close()
		return nil, err
	}
	r.Follow(caller, staff)
	return r, nil
}

// keep remembers a recording, so that Close can end it.
func (e *Engine) keep(r *Recording) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return errStopped
	}
	e.recordings[r] = struct{}{}
	return nil
}

// Follow records other legs from now on: after a transfer, say.
func (r *Recording) Follow(caller, staff *Leg) {
	r.mu.Lock()
	before := r.legs
	r.legs = [2]*Leg{caller, staff}
	r.mu.Unlock()
	for _, leg := range before {
		if leg != nil && leg != caller && leg != staff {
			leg.setTap(r, tap{})
		}
	}
	for i, leg := range []*Leg{caller, staff} {
		if leg != nil {
			leg.setTap(nil, tap{recording: r, side: i})
		}
	}
}

// setTap sets what records a leg; where only is given, in place of that one.
func (l *Leg) setTap(only *Recording, to tap) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || only != nil && l.route.tap.recording != only {
		return
	}
	l.route.tap = to
}

// lose forgets a leg that has closed.
func (r *Recording) lose(l *Leg) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.legs {
		if r.legs[i] == l {
			r.legs[i] = nil
		}
	}
}

func (r *Recording) at(now time.Time) int64 {
	return int64(now.Sub(r.begun)) * audio.Rate / int64(time.Second)
}

// add puts a frame in its place. A nil recording takes nothing.
func (r *Recording) add(side int, f frame, now time.Time) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		return
	}
	at := r.at(now)
	r.flush(at - holdFrames)
	pos := r.sides[side].place(f.ssrc, f.ts, len(f.payload), at)
	skip := max(0, r.flushed-pos) // what comes later than the window waits is lost
	if skip >= int64(len(f.payload)) || pos+int64(len(f.payload)) > r.flushed+windowFrames {
		return
	}
	r.lay(side, pos+skip, f.payload[skip:], f.law)
}

// lay writes a payload into one channel of the window.
func (r *Recording) lay(side int, pos int64, payload []byte, law audio.Law) {
	at := int(pos%windowFrames)*2 + side
	for _, b := range payload {
		if law != r.law {
			b = r.law.Encode(law.Decode(b))
		}
		r.window[at] = b
		if at += 2; at >= len(r.window) {
			at -= len(r.window)
		}
	}
}

// silence clears frames of the window.
func (r *Recording) silence(from, to int64) {
	quiet := r.law.Silence()
	for ; from < to; from++ {
		at := from % windowFrames * 2
		r.window[at], r.window[at+1] = quiet, quiet
	}
}

// flush hands whole chunks up to a frame to the disk.
func (r *Recording) flush(until int64) {
	for !r.stopped && until-r.flushed >= chunkFrames {
		r.emit(chunkFrames)
	}
}

// emit hands the next n frames, within a chunk, to the disk.
func (r *Recording) emit(n int64) {
	if n == 0 {
		return
	}
	c := chunk{recording: r, data: r.engine.disk.buffer()[:0]}
	for done := int64(0); done < n; {
		at := (r.flushed + done) % windowFrames
		part := min(n-done, windowFrames-at)
		c.data = append(c.data, r.window[2*at:2*(at+part)]...)
		done += part
	}
	r.silence(r.flushed, r.flushed+n)
	r.flushed += n
	if !r.engine.disk.put(c) {
		r.stopped = true
		r.engine.disk.fail(r, errs.New(errs.Unavailable, "media.disk_slow", "the disk is too slow for the recordings"))
	}
}

// advance writes on while nobody speaks.
func (r *Recording) advance(now time.Time) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flush(r.at(now) - holdFrames)
}

// Stop ends the recording. The file is whole once the channel it gives is closed; then Result tells.
func (r *Recording) Stop() <-chan struct{} {
	r.Follow(nil, nil)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		return r.done
	}
	end := r.at(time.Now())
	r.flush(end)
	if !r.stopped {
		r.emit(end - r.flushed)
	}
	if !r.stopped {
		r.stopped = true
		r.engine.disk.finish(r)
	}
	return r.done
}

// Result is what a recording came to.
type Result struct {
	Duration time.Duration
	Bytes    int64
	Peaks    Peaks
	Err      error // what ended it early, where something did: what was written until then can be heard
}

// Result waits for the end of the recording.
func (r *Recording) Result() Result {
	<-r.done
	return r.writer.result
}
