package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"
)

// Telephony is what goes on in a node's telephony.
type Telephony struct {
	Calls      int64 // that run here
	Registered int64 // accounts with a telephone
	TrunksUp   int64
	TrunksDown int64
	TrunksDead int64 // that people were told of
	FreePorts  int64 // of audio
}

// WatchTelephony shows the figures that read gives at each scrape. Watching twice panics.
func (m *Metrics) WatchTelephony(read func() Telephony) {
	gauge := func(name, help string, value func(Telephony) int64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help},
			func() float64 { return float64(value(read())) }))
	}
	gauge("calls_running", "Calls that run on this node.", func(t Telephony) int64 { return t.Calls })
	gauge("sip_registered", "SIP accounts with a telephone registered at this node.", func(t Telephony) int64 { return t.Registered })
	gauge("trunks_up", "Trunks that calls can go out over.", func(t Telephony) int64 { return t.TrunksUp })
	gauge("trunks_down", "Trunks that are configured and cannot be used.", func(t Telephony) int64 { return t.TrunksDown })
	gauge("trunks_dead", "Trunks that stay down and that people were told of, of all nodes.", func(t Telephony) int64 { return t.TrunksDead })
	gauge("rtp_ports_free", "Ports of audio that no call uses.", func(t Telephony) int64 { return t.FreePorts })
}

// SIP counts what happens on the signalling side: ("in", "INVITE"), ("dropped", "not SIP"), ("refused", "400 two CSeq").
func (m *Metrics) SIP(what, label string) { m.sip.WithLabelValues(what, label).Inc() }
