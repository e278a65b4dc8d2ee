package dialplan

import (
	"cmp"
	"time"
)

// message is a voicemail that is being left.
type message struct {
	Emails []string  `json:"emails,omitempty"`
	Max    int       `json:"max"`
	Since  time.Time `json:"since"` // zero while the greeting is played
}

// ShortestMessage is how many seconds a voicemail has at least (Rule T-30).
const ShortestMessage = 2

func (r *run) enterVoicemail(v *Voicemail) {
	r.answer(r.Near)
	r.Message = &message{Emails: v.Emails, Max: v.MaxSeconds}
	r.play(r.Near, Sound{Kind: Prompt, Name: cmp.Or(v.Greeting, "@voicemail")})
}

func (r *run) takeMessage() {
	r.Message.Since = r.at
	r.do(TakeMessage{Leg: r.Near, MaxSeconds: r.Message.Max, Emails: r.Message.Emails})
	r.start(timerMessage, seconds(r.Message.Max))
}

func (r *run) messageDone() { r.end(CauseNormal, reason("voicemail.done")) }

// endMessage closes a voicemail, whoever ended it.
func (r *run) endMessage() {
	if r.Message == nil || r.Message.Since.IsZero() {
		r.Message = nil
		return
	}
	said := int64(r.at.Sub(r.Message.Since) / time.Second)
	keep := said >= ShortestMessage
	if keep {
		r.Result.MessageSeconds = said
		r.note("voicemail.left")
	}
	r.do(EndMessage{Leg: r.Near, Keep: keep})
	r.Message = nil
}
