package sip

import (
	"encoding/json"
	"net/netip"
	"strconv"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/sip/wire"
)

// State is a dialog as it is kept over a restart: enough to end it (Rule T-65). It is written as JSON.
type State struct {
	ID        string         `json:"id"`
	CallID    string         `json:"call_id"`
	Tag       string         `json:"tag"`
	PeerTag   string         `json:"peer_tag"`
	From      string         `json:"from"`
	To        string         `json:"to"`
	Seq       uint32         `json:"seq"`
	Heard     uint32         `json:"heard"`
	Target    string         `json:"target"`
	Routes    []string       `json:"routes,omitempty"`
	Transport string         `json:"transport"`
	Remote    netip.AddrPort `json:"remote"`
	Source    bool           `json:"source"` // requests go to Remote rather than to the target
	Out       bool           `json:"out"`
	Account   string         `json:"account,omitempty"`
	Trunk     string         `json:"trunk,omitempty"`
}

// State gives what has to be kept of the dialog. It is worth keeping from Answered (or Answer) on, and again after each event.
func (l *Leg) State() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return State{
		ID: l.ID, CallID: l.CallID, Tag: l.tag, PeerTag: l.peer.tag, From: l.from, To: l.to, Seq: l.seq, Heard: l.heard,
		Target: l.peer.target.String(), Routes: l.peer.routes, Transport: l.way.flow.Transport, Remote: l.way.flow.Remote,
		Source: l.way.settled, Out: l.out, Account: l.Account, Trunk: l.Trunk,
	}
}

// MarshalState is State as JSON.
func (l *Leg) MarshalState() ([]byte, error) { return json.Marshal(l.State()) }

// seqSlack is added to the CSeq of a dialog that comes back: requests may have been sent after it was kept.
const seqSlack = 1000

// ErrGone is what Resume says of a peer whose only connection ended with the process before.
var ErrGone = wire.ErrGone

// Resume brings a dialog back that another process had, so that it can be ended, or go on. A peer that could be reached over one
// connection only is gone with it: ErrGone.
func (s *Stack) Resume(state State, tell func(*Leg, Event)) (*Leg, error) {
	target, err := wire.ParseURI(state.Target)
	if err != nil || state.CallID == "" || state.Tag == "" || state.PeerTag == "" {
		return nil, errs.New(errs.Invalid, "sip.bad_state", "the kept state of a dialog is not whole").At(state.ID)
	}
	if state.Transport == wire.WS || state.Transport == wire.WSS {
		return nil, wire.ErrGone
	}
	l := newLeg(s, state.Out)
	l.ID, l.CallID, l.tag, l.Account, l.Trunk = state.ID, state.CallID, state.Tag, state.Account, state.Trunk
	l.from, l.to, l.seq, l.heard = state.From, state.To, state.Seq+seqSlack, state.Heard
	l.peer = peer{tag: state.PeerTag, target: target, routes: state.Routes}
	l.phase, l.tell = confirmed, tell
	l.creds = s.trunks.credentials(state.Trunk)
	if state.Source || len(state.Routes) == 0 && unreachable(&target, wire.Flow{Remote: state.Remote}) {
		flow, err := s.wire.Reach(s.context, wire.Hop{Transport: state.Transport, Addr: state.Remote})
		if err != nil {
			return nil, err
		}
		l.way = way{flow: flow, settled: true}
	}
	s.add(l)
	s.settled(l)
	return l, nil
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
