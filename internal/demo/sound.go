package demo

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"time"

	"bellwether/internal/call"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

var shopOrg = ident.ProjectOrg(Project)

const (
	recordedDays = 2  // of the story, the last ones, have recordings
	mostRecorded = 16 // in all
	longestTalk  = 75 // seconds of a call that is recorded
	rate         = 8000
)

// record synthesises recordings of some of the last calls: voices are hummed, turn by turn.
func (l *life) record(ctx context.Context, list []*told) error {
	for _, c := range list {
		talk, voicemail := int(c.closing.EndedAt.Sub(c.closing.AnsweredAt)/time.Second), c.closing.Status == call.Voicemail
		if voicemail {
			talk = max(4, int(c.closing.EndedAt.Sub(c.at)/time.Second)-15)
		} else if c.closing.Status != call.Answered {
			continue
		}
		if l.recorded >= mostRecorded || talk > longestTalk || l.options.Now.Sub(c.at) > recordedDays*24*time.Hour {
			continue
		}
		l.recorded++
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
	if err := os.WriteFile(path, hum(c, seconds, voicemail), 0o600); err != nil {
		return err
	}
	sound, err := l.Files.Keep(Project, path)
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	r := call.Recording{
		Call: call.Ref{Project: Project, ID: c.opening.ID}, N: 1, Kind: call.TalkRecording, StartedAt: c.closing.AnsweredAt, Sound: sound, Consent: call.ConsentAnnounced,
	}
	if voicemail {
		r.Kind, r.StartedAt = call.VoicemailRecording, c.at.Add(15*time.Second)
	}
	return l.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return call.AddRecording(ctx, tx, r) })
}

// hum is a stereo WAV of G.711 µ-law: the client on the left, the employee on the right, who hum by turns.
func hum(c *told, seconds int, alone bool) []byte {
	frames := seconds * rate
	out := append([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x07\x00\x02\x00"), make([]byte, 12)...)
	binary.LittleEndian.PutUint32(out[24:], rate)
	binary.LittleEndian.PutUint32(out[28:], 2*rate)
	out[32], out[34] = 2, 8
	out = append(out, "data"...)
	out = binary.LittleEndian.AppendUint32(out, uint32(2*frames))
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8+2*frames))
	pitches, speaker, turn, phase := [2]float64{190 + c.Float64()*60, 110 + c.Float64()*40}, 0, 0, 0.0
	syllable, loud := 0, 0.0
	for range frames {
		if turn--; turn <= 0 {
			turn = rate + c.IntN(4*rate)
			if speaker = 1 - speaker; alone {
				speaker = 0
			}
		}
		if syllable--; syllable <= 0 {
			syllable, loud = rate/8+c.IntN(rate/6), c.Float64()
		}
		phase += 2 * math.Pi * pitches[speaker] / rate
		wave := math.Sin(phase) + 0.5*math.Sin(2*phase) + 0.25*math.Sin(3*phase)
		sample := muLaw(int(wave * loud * loud * 9000 * math.Sin(math.Pi*float64(syllable%2000)/2000)))
		both := [2]byte{silence, silence}
		both[speaker] = sample
		out = append(out, both[0], both[1])
	}
	return out
}

const silence = 0xff

// muLaw is a sample of 16 bits in µ-law (ITU-T G.711).
func muLaw(sample int) byte {
	const bias, most = 0x84, 32635
	sign := byte(0)
	if sample < 0 {
		sample, sign = -sample, 0x80
	}
	sample = min(sample, most) + bias
	exponent := 7
	for mask := 0x4000; sample&mask == 0 && exponent > 0; mask >>= 1 {
		exponent--
	}
	return ^(sign | byte(exponent<<4) | byte(sample>>(exponent+3)&0x0f))
}
