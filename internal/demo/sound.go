package demo

import (
	"context"
	"errors"
	"math"
	"os"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/ident"
	"bellwether/internal/media/audio"
	"bellwether/internal/store"
)

var shopOrg = ident.ProjectOrg(Project)

const (
	recordedDays  = 2  // of the story, the last ones, have recordings
	mostRecorded  = 16 // in all
	shortestTalk  = 18 // seconds of a call that is recorded
	longestTalk   = 60
	messageDays   = 14 // of the story, the last ones, have voicemails that can be heard
	unheardDays   = 2  // of them, the last ones, nobody has listened to
	shortestPause = 300 * time.Millisecond
	higherVoice   = 1.16 // the client's beside the employee's
)

// record makes recordings of some of the last calls: people are spoken where espeak-ng is installed, and hummed elsewhere.
func (l *life) record(ctx context.Context, list []*told) error {
	for _, c := range list {
		talk, voicemail := int(c.closing.EndedAt.Sub(c.closing.AnsweredAt)/time.Second), c.closing.Status == call.Voicemail
		days := recordedDays
		switch {
		case voicemail:
			talk, days = c.said.seconds(), messageDays
		case c.closing.Status != call.Answered || c.opening.Direction == call.Internal || talk < shortestTalk || talk > longestTalk || l.recorded >= mostRecorded:
			continue
		default:
			c.said = dialogues[c.IntN(len(dialogues))]
		}
		if l.options.Now.Sub(c.at) > time.Duration(days)*24*time.Hour {
			continue
		}
		if !voicemail {
			l.recorded++
		}
		if err := l.keep(ctx, c, talk, voicemail); err != nil {
			return err
		}
	}
	return nil
}

// keep writes one recording and tells of it.
func (l *life) keep(ctx context.Context, c *told, seconds int, voicemail bool) error {
	path, err := l.Files.Incoming("demo-" + c.opening.ID.String())
	if err != nil {
		return err
	}
	file, err := audio.CreateStereo(path, audio.ULaw)
	if err != nil {
		return err
	}
	if err := errors.Join(file.Write(l.sound(ctx, c, time.Duration(seconds)*time.Second)), file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	sound, err := l.Files.Keep(Project, path)
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	r := call.Recording{
		Call: call.Ref{Project: Project, ID: c.opening.ID}, N: 1, Kind: call.TalkRecording, StartedAt: c.closing.AnsweredAt, Sound: sound, Consent: call.ConsentAnnounced,
	}
	if voicemail {
		r.Kind, r.StartedAt = call.VoicemailRecording, c.closing.EndedAt.Add(-time.Duration(seconds)*time.Second)
	}
	return l.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := call.AddRecording(ctx, tx, r); err != nil || !voicemail || l.options.Now.Sub(c.at) < unheardDays*24*time.Hour {
			return err
		}
		return call.MarkHeard(ctx, tx, l.permit, c.opening.ID, r.N, true, r.StartedAt.Add(time.Hour))
	})
}

// sound is pairs of samples: the client on the left, the employee on the right, who speak by turns and pause between, so that
// they come to a length.
func (l *life) sound(ctx context.Context, c *told, length time.Duration) []byte {
	var spoken [][]int16
	rest := samplesOf(length)
	for _, one := range c.said.lines {
		pcm := l.say(ctx, c, one)
		if rest -= len(pcm) + samplesOf(shortestPause); rest < 0 {
			break
		}
		spoken = append(spoken, pcm)
	}
	pause := samplesOf(shortestPause)
	if rest > 0 {
		pause += rest / (len(spoken) + 1)
	}
	pairs := make([]byte, 2*samplesOf(length))
	for i := range pairs {
		pairs[i] = audio.ULaw.Silence()
	}
	at := pause
	for i, pcm := range spoken {
		for j, sample := range pcm {
			if place := 2*(at+j) + c.said.lines[i].side; place < len(pairs) {
				pairs[place] = audio.ULaw.Encode(sample)
			}
		}
		at += len(pcm) + pause
	}
	return pairs
}

func samplesOf(d time.Duration) int { return int(d * audio.Rate / time.Second) }

// say is one line in the voice of whoever says it. What was said once is not spoken again.
func (l *life) say(ctx context.Context, c *told, one line) []int16 {
	if known, ok := l.spoken[one]; ok {
		return known
	}
	clip, err := speak(ctx, shopVoice, one.text)
	if err != nil {
		return hum(c, one)
	}
	pcm := clip.PCM()
	if one.side == client {
		pcm = faster(pcm, higherVoice)
	}
	l.spoken[one] = pcm
	return pcm
}

// faster plays sound faster, and so higher.
func faster(pcm []int16, by float64) []int16 {
	out := make([]int16, int(float64(len(pcm))/by))
	for i := range out {
		out[i] = pcm[int(float64(i)*by)]
	}
	return out
}

// hum is a line without words: syllables of a pitch that is the speaker's.
func hum(c *told, one line) []int16 {
	const syllable = audio.Rate / 5
	pitch := [2]float64{190, 120}[one.side] + 20*c.Float64()
	pcm := make([]int16, len([]rune(one.text))*audio.Rate/14)
	loud := 0.0
	for i := range pcm {
		if i%syllable == 0 {
			loud = c.Float64()
		}
		t := 2 * math.Pi * pitch * float64(i) / audio.Rate
		wave := math.Sin(t) + 0.5*math.Sin(2*t) + 0.25*math.Sin(3*t)
		pcm[i] = int16(wave * loud * loud * 9000 * math.Sin(math.Pi*float64(i%syllable)/syllable))
	}
	return pcm
}
