package pbx

import (
	"bellwether/internal/call"
	"bellwether/internal/dialplan"
	"bellwether/internal/media"
	"bellwether/internal/media/audio"
	"bellwether/internal/media/sdp"
	"bellwether/internal/sip"
)

// causeOf is what a final response says about a leg (RFC 3261 section 21).
func causeOf(code int) dialplan.Cause {
	switch code {
	case 486, 600:
		return dialplan.CauseBusy
	case 408, 480, 487:
		return dialplan.CauseNoAnswer
	case 403, 603, 607:
		return dialplan.CauseRejected
	case 404, 410, 484, 485, 604:
		return dialplan.CauseUnreachable
	}
	return dialplan.CauseFailed
}

// retryElsewhere tells whether another trunk may do what this one could not: the refusal is the network's, not the
// destination's.
func retryElsewhere(code int) bool {
	switch code {
	case 408, 500, 501, 502, 503, 504, 403, 407, 401:
		return true
	}
	return false
}

// codeOf is how a caller is refused.
func codeOf(cause dialplan.Cause) int {
	switch cause {
	case dialplan.CauseBusy:
		return 486
	case dialplan.CauseRejected:
		return 603
	case dialplan.CauseUnreachable:
		return 404
	case dialplan.CauseForbidden:
		return 403
	case dialplan.CauseFailed, dialplan.CauseFull:
		return 503
	case dialplan.CauseFunds:
		return 402
	}
	return 480
}

// reasonOf is what the far side is told in the Reason header (RFC 3326, ITU-T Q.850).
func reasonOf(cause dialplan.Cause) sip.Cause {
	switch cause {
	case dialplan.CauseBusy:
		return sip.Cause{Q850: 17, Text: "User busy"}
	case dialplan.CauseNoAnswer:
		return sip.Cause{Q850: 19, Text: "No answer"}
	case dialplan.CauseElsewhere:
		return sip.Cause{SIP: 200, Text: "Call completed elsewhere"}
	case dialplan.CauseFunds:
		return sip.Cause{Q850: 16, Text: "Funds ended"}
	case dialplan.CauseSilent:
		return sip.Cause{Q850: 41, Text: "No media"}
	case dialplan.CauseForbidden, dialplan.CauseRejected:
		return sip.Cause{Q850: 21, Text: "Call rejected"}
	case dialplan.CauseFull:
		return sip.Cause{Q850: 34, Text: "No channel available"}
	case dialplan.CauseUnreachable:
		return sip.Cause{Q850: 1, Text: "Unallocated number"}
	}
	return sip.Normal
}

// quality is how a leg sounded, as the log keeps it.
func quality(s media.Stats) call.Quality {
	return call.Quality{MOS: int64(s.MOS * 100), Loss: int64(s.Loss * 10_000), Jitter: s.Jitter}
}

// codecOf is the codec a leg sends.
func codecOf(l *media.Leg) string {
	if l.Law() == audio.ULaw {
		return sdp.PCMU
	}
	return sdp.PCMA
}
