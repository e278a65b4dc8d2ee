package media

import (
	"bytes"

	"github.com/pion/srtp/v3"

	"bellwether/internal/errs"
	"bellwether/internal/media/sdp"
)

// replayWindow is how many packets back a copy is known and refused (RFC 3711 section 3.3.2).
const replayWindow = 128

// sealing is SRTP and SRTCP of a leg (RFC 3711) with keys by SDES.
type sealing struct {
	local, remote sdp.Crypto
	seal, open    *srtp.Context
}

func (s *sealing) active() bool { return s.open != nil }

// agree takes keys into use. The same keys go on where they were: their packet counters must not start again.
func (s *sealing) agree(agreed sdp.Agreement) error {
	if !agreed.Secure {
		*s = sealing{}
		return nil
	}
	if s.open == nil || !same(s.remote, agreed.RemoteKey) {
		context, err := newContext(agreed.RemoteKey)
		if err != nil {
			return err
		}
		s.open, s.remote = context, agreed.RemoteKey
	}
	if s.seal == nil || !same(s.local, agreed.LocalKey) {
		context, err := newContext(agreed.LocalKey)
		if err != nil {
			return err
		}
		s.seal, s.local = context, agreed.LocalKey
	}
	return nil
}

func same(a, b sdp.Crypto) bool { return a.Suite == b.Suite && bytes.Equal(a.Key, b.Key) }

func newContext(key sdp.Crypto) (*srtp.Context, error) {
	profile := srtp.ProtectionProfileAes128CmHmacSha1_80
	if key.Suite == sdp.Suite32 {
		profile = srtp.ProtectionProfileAes128CmHmacSha1_32
	}
	context, err := srtp.CreateContext(key.Key[:16], key.Key[16:], profile,
		srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow))
	if err != nil {
		return nil, errs.New(errs.Invalid, "media.bad_key", "a key that SRTP does not take").Because(err)
	}
	return context, nil
}

func (s *sealing) openRTP(into, datagram []byte) ([]byte, error) {
	return s.open.DecryptRTP(into, datagram, nil)
}

func (s *sealing) sealRTP(into, p []byte) ([]byte, error) { return s.seal.EncryptRTP(into, p, nil) }

func (s *sealing) openRTCP(datagram []byte) ([]byte, error) {
	return s.open.DecryptRTCP(nil, datagram, nil)
}

func (s *sealing) sealRTCP(p []byte) ([]byte, error) { return s.seal.EncryptRTCP(nil, p, nil) }
