package audio

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"time"

	"bellwether/internal/errs"
)

// Voices are the languages prompts are spoken in, as espeak-ng names them.
var Voices = []string{"uk", "ru", "en"}

// maxSpoken bounds a prompt: about three minutes of speech. Speaking it takes a second.
const (
	maxSpoken      = 2000
	speakingAtMost = 10 * time.Second
)

// CanSpeak tells whether this machine has a voice.
func CanSpeak() bool {
	_, err := exec.LookPath("espeak-ng")
	return err == nil
}

// Speak makes a clip of a text by espeak-ng. Errors: audio.no_voice, audio.not_spoken.
func Speak(ctx context.Context, voice, text string) (*Clip, error) {
	if !CanSpeak() {
		return nil, errs.New(errs.Unavailable, "audio.no_voice", "no speech on this machine").
			Try("install espeak-ng, or upload a recording")
	}
	if err := speakable(voice, text); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, speakingAtMost)
	defer cancel()
	// The text goes by standard input: nothing in it can be an option.
	command := exec.CommandContext(ctx, "espeak-ng", "-v", voice, "-s", "150", "--stdin", "--stdout")
	command.WaitDelay = time.Second
	command.Stdin = strings.NewReader(text)
	wav, err := command.Output()
	if err != nil {
		return nil, errs.New(errs.Unavailable, "audio.not_spoken", "the text could not be spoken").Because(err)
	}
	return Read(bytes.NewReader(wav))
}

func speakable(voice, text string) error {
	known := false
	for _, v := range Voices {
		known = known || v == voice
	}
	switch {
	case !known:
		return errs.New(errs.Invalid, "audio.not_spoken", "no voice for %q", voice).Try("uk, ru or en")
	case strings.TrimSpace(text) == "":
		return errs.New(errs.Invalid, "audio.not_spoken", "there is nothing to say")
	case len([]rune(text)) > maxSpoken:
		return errs.New(errs.Invalid, "audio.not_spoken", "the text is too long").Try("at most 2,000 characters are spoken")
	}
	return nil
}
