package demo

import (
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"time"

	"bellwether/internal/media/audio"
	"bellwether/internal/routing"
)

// What the shop says to its callers, by the name of the prompt. It is spoken where espeak-ng is installed; elsewhere a bell
// stands for it.
const (
	welcome   = "Welcome and menu"
	closed    = "We are closed"
	message   = "Leave a message"
	consent   = "The call is recorded"
	ringBack  = "Press 1 and we call back"
	willRing  = "We will call back"
	wrongKey  = "No such key"
	waltz     = "Waltz of the flowers"
	shopVoice = "uk"
)

// prompts are the spoken ones, in the order in which they were made.
var prompts = []struct{ name, text string }{
	{welcome, "Вітаємо! Ви зателефонували до майстерні квітів «Квітка». Щоб замовити букет, натисніть один. Щоб дізнатися про доставку, натисніть два. Бухгалтерія — три. Або наберіть внутрішній номер."},
	{closed, "Вітаємо! Майстерня «Квітка» зараз зачинена. Ми працюємо у будні з дев'ятої до двадцятої, у суботу з десятої до вісімнадцятої, у неділю до сімнадцятої. Термінова доставка — натисніть один. Щоб залишити повідомлення, зачекайте."},
	{message, "Назвіть, будь ласка, ваше ім'я та що вас цікавить. Говоріть після сигналу, ми зателефонуємо вам."},
	{consent, "Для якості обслуговування розмова записується."},
	{ringBack, "Усі флористи зайняті. Натисніть один, і ми зателефонуємо вам, щойно хтось звільниться. Ваше місце в черзі збережеться."},
	{willRing, "Дякуємо! Ми зателефонуємо вам найближчим часом."},
	{wrongKey, "Такого пункту немає."},
}

// sounds makes the files of the prompts and of the music, and puts them in their place.
func (l *life) sounds(ctx context.Context) (made map[string]routing.Stored, err error) {
	made = map[string]routing.Stored{}
	for _, p := range prompts {
		file, err := routing.Speak(ctx, p.text, shopVoice)
		if err != nil {
			file = wave(audio.Join(audio.Beep, audio.Beep).PCM())
		}
		if made[p.name], err = l.Routing.Store(file); err != nil {
			return nil, err
		}
	}
	made[waltz], err = l.Routing.Store(wave(waltzPCM()))
	return made, err
}

// wave is a WAV file of one channel of 16 bits.
func wave(pcm []int16) []byte {
	u16, u32 := binary.LittleEndian.AppendUint16, binary.LittleEndian.AppendUint32
	size := uint32(2 * len(pcm))
	out := u32([]byte("RIFF"), 36+size)
	out = u32(append(out, "WAVEfmt "...), 16)
	out = u32(u32(u16(u16(out, 1), 1), audio.Rate), 2*audio.Rate)
	out = u32(append(u16(u16(out, 2), 16), "data"...), size)
	for _, sample := range pcm {
		out = u16(out, uint16(sample))
	}
	return out
}

// waltzPCM is music for those who wait: a bass note and two chords a bar, and a tune above, plucked.
func waltzPCM() []int16 {
	const (
		beat = 380 * time.Millisecond
		note = audio.Rate * int(beat/time.Millisecond) / 1000
	)
	bass := [][3]int{{48, 64, 67}, {45, 60, 64}, {41, 57, 60}, {43, 59, 62}, {48, 64, 67}, {45, 60, 64}, {43, 59, 65}, {48, 64, 67}}
	tune := [][3]int{{76, 79, 84}, {81, 79, 76}, {77, 81, 84}, {83, 81, 79}, {84, 79, 76}, {72, 76, 81}, {79, 77, 74}, {72, 0, 0}}
	mix := make([]float64, 2*3*len(bass)*note)
	pluck := func(at, key int, loud float64) {
		if key == 0 {
			return
		}
		hz := 440 * math.Pow(2, float64(key-69)/12)
		for i := range min(2*note, len(mix)-at) {
			t := float64(i) / audio.Rate
			mix[at+i] += loud * math.Exp(-4*t) * (math.Sin(2*math.Pi*hz*t) + 0.3*math.Sin(4*math.Pi*hz*t))
		}
	}
	for round := range 2 {
		for bar := range bass {
			for b := range 3 {
				at := (round*3*len(bass) + 3*bar + b) * note
				if b == 0 {
					pluck(at, bass[bar][0], 0.5)
				} else {
					pluck(at, bass[bar][1], 0.25)
					pluck(at, bass[bar][2], 0.25)
				}
				pluck(at, tune[bar][b], 0.6)
			}
		}
	}
	pcm := make([]int16, len(mix))
	for i, s := range mix {
		pcm[i] = int16(6000 * s)
	}
	return pcm
}

// speak makes a clip of a text, where this machine has a voice.
func speak(ctx context.Context, voice, text string) (*audio.Clip, error) {
	wav, err := routing.Speak(ctx, text, voice)
	if err != nil {
		return nil, err
	}
	return audio.Read(bytes.NewReader(wav))
}
