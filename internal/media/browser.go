package media

import (
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"bellwether/internal/errs"
	"bellwether/internal/media/audio"
	"bellwether/internal/media/sdp"
)

// browserPort is the one UDP port of all browsers. Packets find their leg by ICE user fragment, then by address.
type browserPort struct {
	mux   ice.UDPMux
	conn  net.PacketConn
	api   *webrtc.API
	ended sync.WaitGroup // connections on their way down, and readers
}

// browser is the pion half of a WebRTC leg: ICE, DTLS and SRTP. Counting, sources and reports stay the leg's.
type browser struct {
	leg    *Leg
	port   *browserPort
	pc     *webrtc.PeerConnection
	stream webrtc.TrackLocalWriter // nil until keys are agreed; guarded by the leg's lock
}

func webrtcFailed(err error) error {
	return errs.New(errs.Unavailable, "media.webrtc", "a WebRTC leg could not be made").Because(err)
}

// openBrowser makes the leg's connection, and the port with the first. It holds e.mu.
func (e *Engine) openBrowser(leg *Leg) error {
	if e.browser == nil {
		port, err := newBrowserPort(e.config)
		if err != nil {
			return webrtcFailed(err)
		}
		e.browser = port
	}
	b := &browser{leg: leg, port: e.browser}
	if err := b.connect(); err != nil {
		return webrtcFailed(err)
	}
	leg.browser = b
	return nil
}

func newBrowserPort(config Config) (*browserPort, error) {
	local := config.BrowserAt
	if !local.IsValid() {
		local = netip.AddrPortFrom(config.Addr, 0)
	}
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(local))
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadBuffer(4 << 20) // of all browsers together; what the kernel grants will do
	port := &browserPort{mux: webrtc.NewICEUDPMux(nil, conn), conn: conn}
	var settings webrtc.SettingEngine
	settings.SetLite(true) // we have an address: browsers come to us
	settings.SetICEUDPMux(port.mux)
	settings.SetIncludeLoopbackCandidate(config.Loopback)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	if config.Public != config.Addr && config.Public.IsValid() {
		rule := webrtc.ICEAddressRewriteRule{External: []string{config.Public.String()}, AsCandidateType: webrtc.ICECandidateTypeHost}
		if err := settings.SetICEAddressRewriteRules(rule); err != nil {
			return nil, err
		}
	}
	var codecs webrtc.MediaEngine
	for _, codec := range browserCodecs {
		if err := codecs.RegisterCodec(codec, webrtc.RTPCodecTypeAudio); err != nil {
			return nil, err
		}
	}
	// No interceptors: retransmission and reports of pion's would be beside our own.
	port.api = webrtc.NewAPI(webrtc.WithSettingEngine(settings), webrtc.WithMediaEngine(&codecs))
	return port, nil
}

// browserCodecs are what trunks speak too: nothing is ever transcoded but one law of G.711 into the other.
var browserCodecs = []webrtc.RTPCodecParameters{
	browserCodec(webrtc.MimeTypePCMA, 8),
	browserCodec(webrtc.MimeTypePCMU, 0),
	browserCodec("audio/"+sdp.TelephoneEvent, 101),
}

func browserCodec(mime string, pt webrtc.PayloadType) webrtc.RTPCodecParameters {
	codec := webrtc.RTPCodecParameters{PayloadType: pt}
	codec.MimeType, codec.ClockRate = mime, audio.Rate
	return codec
}

// close waits for what is on its way down; no leg is left then.
func (p *browserPort) close() {
	p.ended.Wait()
	_ = p.mux.Close()
	_ = p.conn.Close()
}

func (b *browser) connect() error {
	pc, err := b.port.api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return err
	}
	b.pc = pc
	transceiver, err := pc.AddTransceiverFromTrack(voice{b}, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendrecv})
	if err == nil {
		err = transceiver.SetCodecPreferences(b.preferred())
	}
	if err != nil {
		_ = pc.Close()
		return err
	}
	pc.OnTrack(func(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
		b.read(func(buffer []byte) (int, error) { n, _, err := track.Read(buffer); return n, err }, b.hear)
	})
	b.port.ended.Go(func() {
		b.read(func(buffer []byte) (int, error) { n, _, err := transceiver.Sender().Read(buffer); return n, err }, b.control)
	})
	b.port.ended.Go(func() {
		b.read(func(buffer []byte) (int, error) { n, _, err := transceiver.Receiver().Read(buffer); return n, err }, b.control)
	})
	return nil
}

// preferred puts the leg's codecs in its order, under whatever numbers the browser gave them.
func (b *browser) preferred() []webrtc.RTPCodecParameters {
	var codecs []webrtc.RTPCodecParameters
	for _, name := range append(b.leg.config.Codecs[:len(b.leg.config.Codecs):len(b.leg.config.Codecs)], sdp.TelephoneEvent) {
		for _, codec := range browserCodecs {
			if strings.EqualFold(codec.MimeType, "audio/"+name) {
				codec.PayloadType = 0
				codecs = append(codecs, codec)
			}
		}
	}
	return codecs
}

// read passes on what comes until the connection ends.
func (b *browser) read(next func([]byte) (int, error), pass func([]byte, time.Time)) {
	buffer := make([]byte, maxPacket)
	for {
		n, err := next(buffer)
		if err != nil {
			return
		}
		pass(buffer[:n], time.Now())
	}
}

// hear receives audio that DTLS-SRTP has proved to be the browser's.
func (b *browser) hear(datagram []byte, now time.Time) {
	l, p := b.leg, packet(datagram)
	payload, ok := p.parse()
	if !ok || len(payload) == 0 {
		return
	}
	l.mu.Lock()
	if l.closed || !l.session.ready || !l.expects(p.pt()) {
		l.in.foreign++
		l.mu.Unlock()
		return
	}
	l.admit(p, netip.AddrPort{}, true, now)
	f, ok := l.sort(p, payload)
	route := l.route
	l.mu.Unlock()
	if ok {
		l.deliver(f, route, now)
	}
}

func (b *browser) control(datagram []byte, now time.Time) {
	b.leg.mu.Lock()
	defer b.leg.mu.Unlock()
	if !b.leg.closed {
		b.leg.readControl(datagram, netip.AddrPort{}, true, now)
	}
}

// write sends a packet of the leg; before keys are agreed it goes nowhere. It holds the leg's lock.
func (b *browser) write(p packet) error {
	if b.stream == nil {
		return errNowhere
	}
	header := rtp.Header{
		Version: 2, Marker: p.marker(), PayloadType: p.pt(), SequenceNumber: p.seq(), Timestamp: p.timestamp(), SSRC: p.ssrc(),
	}
	_, err := b.stream.WriteRTP(&header, p[headerBytes:])
	return err
}

func (b *browser) writeControl(packets []rtcp.Packet) { _ = b.pc.WriteRTCP(packets) }

// close takes the connection down in the background.
func (b *browser) close() {
	b.port.ended.Go(func() { _ = b.pc.GracefulClose() })
}

// voice is the leg's stream as pion sees it. Its own tracks know one payload type; ours sends keys under another.
type voice struct{ *browser }

// Bind learns under which numbers the stream is sent, once the descriptions agree.
func (v voice) Bind(context webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	for _, wanted := range v.preferred() {
		for _, codec := range context.CodecParameters() {
			if strings.EqualFold(codec.MimeType, wanted.MimeType) && !strings.EqualFold(codec.MimeType, "audio/"+sdp.TelephoneEvent) {
				v.bound(context, codec)
				return codec, nil
			}
		}
	}
	return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
}

func (v voice) bound(context webrtc.TrackLocalContext, codec webrtc.RTPCodecParameters) {
	l := v.leg
	l.mu.Lock()
	defer l.mu.Unlock()
	v.stream = context.WriteStream()
	l.out.ssrc = uint32(context.SSRC())
	l.session.agreed.Send.PT = uint8(codec.PayloadType)
	l.session.law = lawOf(strings.TrimPrefix(strings.ToUpper(codec.MimeType), "AUDIO/"))
}

// Unbind ends the stream.
func (v voice) Unbind(webrtc.TrackLocalContext) error {
	v.leg.mu.Lock()
	defer v.leg.mu.Unlock()
	v.stream = nil
	return nil
}

// ID, RID, StreamID and Kind name the stream in descriptions.
func (voice) ID() string                { return "voice" }
func (voice) RID() string               { return "" }
func (voice) StreamID() string          { return "bellwether" }
func (voice) Kind() webrtc.RTPCodecType { return webrtc.RTPCodecTypeAudio }
