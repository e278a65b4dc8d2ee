package wire

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// The states of both kinds of transactions.
type phase uint8

const (
	calling    phase = iota // nothing answered yet (Calling, Trying)
	proceeding              // a provisional answer
	accepted                // a 2xx of INVITE: its retransmissions are the dialog's business (RFC 6026)
	completed               // a final answer otherwise
	confirmed               // ACK has come
	terminated
)

// ServerTx is a transaction of a request that came in (RFC 3261 section 17.2).
type ServerTx struct {
	Request *Request
	Flow    Flow

	e        *Endpoint
	key      string
	size     int // of the request in bytes
	mu       sync.Mutex
	trusted  bool
	phase    phase
	last     []byte // what a retransmission is answered with
	code     int
	again    *time.Timer // G
	end      *time.Timer // H, I, J, L
	interval time.Duration
	onCancel func(*Request)
	canceled *Request
}

// request sorts a request to its transaction or makes one.
func (e *Endpoint) request(r *Request, size int, from Flow) {
	key := serverKey(r, r.Method)
	e.mu.Lock()
	tx := e.servers[key]
	if tx != nil || r.Method == ACK || e.closed {
		e.mu.Unlock()
		switch {
		case tx == nil && r.Method == ACK:
			e.user.Ack(r, from)
		case tx != nil:
			tx.repeated(r, from)
		}
		return
	}
	var invite *ServerTx
	if r.Method == CANCEL {
		invite = e.servers[serverKey(r, INVITE)]
	}
	tx = &ServerTx{Request: r, Flow: from, e: e, key: key, size: size}
	e.servers[key] = tx
	e.mu.Unlock()
	if r.Method == CANCEL {
		e.cancel(tx, invite)
		return
	}
	if r.Method != INVITE {
		tx.expireAfter(64 * e.cfg.T1) // should nobody ever answer it
	}
	e.user.Request(tx)
}

// cancel answers CANCEL itself (RFC 3261 section 9.2); what becomes of the INVITE is the user's to say.
func (e *Endpoint) cancel(tx, invite *ServerTx) {
	if invite == nil {
		tx.Respond(Answer(tx.Request, 481, e.Tag(tx.Request)))
		return
	}
	invite.mu.Lock()
	trusted := invite.trusted
	invite.mu.Unlock()
	if trusted {
		tx.Trust()
	}
	tx.Respond(Answer(tx.Request, 200, e.Tag(tx.Request)))
	invite.mu.Lock()
	tell := invite.onCancel
	invite.canceled = tx.Request
	early := invite.phase == calling || invite.phase == proceeding
	invite.mu.Unlock()
	if tell != nil && early {
		tell(tx.Request)
	}
}

// OnCancel says what to call when the INVITE is cancelled before its final answer; at once where it has been already.
func (tx *ServerTx) OnCancel(tell func(cancel *Request)) {
	tx.mu.Lock()
	tx.onCancel = tell
	canceled := tx.canceled
	tx.mu.Unlock()
	if canceled != nil {
		tell(canceled)
	}
}

// repeated takes a retransmission, or the ACK of a refusal.
func (tx *ServerTx) repeated(r *Request, from Flow) {
	tx.mu.Lock()
	if r.Method == ACK {
		dialog := tx.phase == accepted
		if tx.phase == completed {
			tx.phase = confirmed
			tx.stopTimers()
			tx.endAfter(tx.unreliable(tx.e.cfg.T4))
		}
		tx.mu.Unlock()
		if dialog { // an ACK of a 2xx that kept the branch: RFC 2543, and some phones
			tx.e.user.Ack(r, from)
		}
		return
	}
	data := tx.last
	if tx.phase == accepted || tx.phase == confirmed || tx.phase == terminated {
		data = nil
	}
	tx.mu.Unlock()
	if data != nil {
		_ = from.write(data)
	}
}

// Trust says that whoever sent the request is who they say: they know a password or a running dialog, or the operator has written their
// address down. Until then answers over UDP are those of respondOnce.
func (tx *ServerTx) Trust() {
	tx.mu.Lock()
	tx.trusted = true
	tx.mu.Unlock()
}

// mostAnswer is how many times the size of its request an answer may have that goes to an address which may be forged (RFC 9000 section 8.1
// found the same bound).
const mostAnswer = 3

// respondOnce answers somebody who may have written a victim's address on the request (Rule T-72): one answer for each request and no
// provisional one, none that is much larger, and nothing is kept of it (RFC 3261 sections 8.2.7 and 26.3.2.4).
func (tx *ServerTx) respondOnce(code int, data []byte) {
	if code < 200 {
		return
	}
	tx.abandon()
	if len(data) > mostAnswer*tx.size {
		tx.e.cfg.Count("dropped", "answer too large")
		return
	}
	tx.e.cfg.Count("out", strconv.Itoa(code))
	_ = tx.Flow.write(data)
}

// Respond sends an answer. After a final one nothing more is sent, but for a 2xx of INVITE, which the dialog repeats
// through Again.
func (tx *ServerTx) Respond(res *Response) {
	if res.ContentLength() == nil {
		res.SetBody(res.Body())
	}
	if tx.e.cfg.Agent != "" && res.GetHeader("Server") == nil {
		res.AppendHeader(NewHeader("Server", tx.e.cfg.Agent))
	}
	data := []byte(res.String())
	tx.mu.Lock()
	if tx.phase >= accepted {
		tx.mu.Unlock()
		return
	}
	if !tx.trusted && !tx.Flow.Reliable() {
		tx.mu.Unlock()
		tx.respondOnce(res.StatusCode, data)
		return
	}
	tx.last, tx.code = data, res.StatusCode
	tx.advance(res.StatusCode)
	tx.mu.Unlock()
	if res.StatusCode >= 200 {
		tx.e.cfg.Count("out", strconv.Itoa(res.StatusCode))
	}
	_ = tx.Flow.write(data)
}

// Again sends the last answer once more.
func (tx *ServerTx) Again() {
	tx.mu.Lock()
	data := tx.last
	tx.mu.Unlock()
	_ = tx.Flow.write(data)
}

// Answered is the code of the last answer; 0 before the first.
func (tx *ServerTx) Answered() int {
	tx.mu.Lock()
	defer tx.mu.Unlock()
	return tx.code
}

// advance moves on by the code of an answer (RFC 3261 figures 7 and 8). The lock is held.
func (tx *ServerTx) advance(code int) {
	switch {
	case code < 200:
		tx.phase = proceeding
	case tx.Request.Method == INVITE && code < 300:
		tx.phase = accepted
		tx.endAfter(64 * tx.e.cfg.T1) // L
	case tx.Request.Method == INVITE:
		tx.phase = completed
		tx.endAfter(64 * tx.e.cfg.T1) // H
		if !tx.Flow.Reliable() {
			tx.interval = tx.e.cfg.T1
			tx.again = time.AfterFunc(tx.interval, tx.repeat) // G
		}
	default:
		tx.phase = completed
		tx.endAfter(tx.unreliable(64 * tx.e.cfg.T1)) // J
	}
}

func (tx *ServerTx) repeat() {
	tx.mu.Lock()
	if tx.phase != completed {
		tx.mu.Unlock()
		return
	}
	tx.interval = min(2*tx.interval, tx.e.cfg.T2)
	tx.again.Reset(tx.interval)
	data := tx.last
	tx.mu.Unlock()
	_ = tx.Flow.write(data)
}

// unreliable is the wait on UDP; elsewhere there is nothing to wait for.
func (tx *ServerTx) unreliable(d time.Duration) time.Duration {
	if tx.Flow.Reliable() {
		return 0
	}
	return d
}

func (tx *ServerTx) expireAfter(d time.Duration) {
	tx.mu.Lock()
	tx.endAfter(d)
	tx.mu.Unlock()
}

// endAfter ends the transaction after a while; the lock is held.
func (tx *ServerTx) endAfter(d time.Duration) {
	if tx.end != nil {
		tx.end.Stop()
	}
	tx.end = time.AfterFunc(d, tx.abandon)
}

func (tx *ServerTx) stopTimers() {
	for _, t := range []*time.Timer{tx.again, tx.end} {
		if t != nil {
			t.Stop()
		}
	}
}

// abandon forgets the transaction.
func (tx *ServerTx) abandon() {
	tx.mu.Lock()
	tx.phase = terminated
	tx.stopTimers()
	tx.mu.Unlock()
	tx.e.mu.Lock()
	if tx.e.servers[tx.key] == tx {
		delete(tx.e.servers, tx.key)
	}
	tx.e.mu.Unlock()
}

// serverKey matches requests to transactions (RFC 3261 section 17.2.3). Without the magic cookie in the branch it is made of
// what RFC 2543 had.
func serverKey(r *Request, method Method) string {
	if method == ACK {
		method = INVITE
	}
	via := r.Via()
	branch, _ := via.Params.Get("branch")
	if strings.HasPrefix(branch, sip.RFC3261BranchMagicCookie) {
		return branch + "|" + via.SentBy() + "|" + string(method)
	}
	return strings.Join([]string{
		r.Recipient.String(), Tag(r.From().Params), r.CallID().Value(),
		strconv.Itoa(int(r.CSeq().SeqNo)), via.SentBy(), branch, string(method),
	}, "|")
}
