package wire

import (
	"errors"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// ErrTimeout says that nobody answered in 64 T1 (32 s).
var ErrTimeout = errors.New("sip: no answer")

// Result is what became of a request: a response, or an error that ends it (ErrTimeout, ErrGone, what the socket said).
type Result struct {
	Response *Response
	From     Flow // where the response came from
	Err      error
}

// ClientTx is a transaction of a request of ours (RFC 3261 section 17.1).
type ClientTx struct {
	Request *Request
	Flow    Flow

	e        *Endpoint
	key      string
	tell     func(Result)
	data     []byte
	mu       sync.Mutex
	phase    phase
	ack      []byte
	again    *time.Timer // A, E
	end      *time.Timer // B, F, D, K, M
	interval time.Duration
}

// Send starts a transaction. The request gets a Via of ours; tell is called with each response, of INVITE with every 2xx too
// (retransmissions and forks, for 32 s), and with an error in the end where no final response came. It is
// never called by Send itself.
func (e *Endpoint) Send(r *Request, to Flow, tell func(Result)) *ClientTx {
	branch := newBranch()
	e.stamp(r, to, branch)
	tx := &ClientTx{Request: r, Flow: to, e: e, tell: tell, key: branch + "|" + string(r.Method), data: []byte(r.String())}
	tx.start()
	return tx
}

// Cancel sends the CANCEL of an INVITE (RFC 3261 section 9.1). The caller has waited for a provisional response. The INVITE
// ends with its final response, or with an error after 64 T1.
func (tx *ClientTx) Cancel(reason string) {
	tx.mu.Lock()
	if tx.phase >= accepted {
		tx.mu.Unlock()
		return
	}
	tx.endAfter(64*tx.e.cfg.T1, tx.timeout)
	tx.mu.Unlock()
	r := tx.follow(CANCEL, tx.Request.To())
	if reason != "" {
		r.AppendHeader(NewHeader("Reason", reason))
	}
	r.SetBody(nil)
	branch, _ := tx.Request.Via().Params.Get("branch")
	(&ClientTx{Request: r, Flow: tx.Flow, e: tx.e, tell: func(Result) {}, key: branch + "|" + string(CANCEL), data: []byte(r.String())}).start()
}

// follow makes CANCEL or ACK, which go in the footsteps of the INVITE: the same Via, target, Route and CSeq number.
func (tx *ClientTx) follow(method Method, to *To) *Request {
	r := sip.NewRequest(method, tx.Request.Recipient)
	r.AppendHeader(tx.Request.Via().Clone())
	for _, h := range tx.Request.GetHeaders("Route") {
		r.AppendHeader(sip.HeaderClone(h))
	}
	hops := sip.MaxForwardsHeader(70)
	r.AppendHeader(&hops)
	r.AppendHeader(sip.HeaderClone(tx.Request.From()))
	r.AppendHeader(sip.HeaderClone(to))
	r.AppendHeader(sip.HeaderClone(tx.Request.CallID()))
	r.AppendHeader(&sip.CSeqHeader{SeqNo: tx.Request.CSeq().SeqNo, MethodName: method})
	return r
}

func (tx *ClientTx) start() {
	tx.e.mu.Lock()
	if tx.e.closed {
		tx.e.mu.Unlock()
		go tx.fail(ErrGone)
		return
	}
	tx.e.clients[tx.key] = tx
	tx.e.mu.Unlock()
	tx.mu.Lock()
	if !tx.Flow.Reliable() {
		tx.interval = tx.e.cfg.T1
		tx.again = time.AfterFunc(tx.interval, tx.repeat)
	}
	tx.endAfter(64*tx.e.cfg.T1, tx.timeout)
	tx.mu.Unlock()
	tx.e.cfg.Count("out", methodLabel(tx.Request.Method))
	if err := tx.Flow.write(tx.data); err != nil {
		go tx.fail(err) // the caller may hold what tell needs
	}
}

func (tx *ClientTx) repeat() {
	tx.mu.Lock()
	if tx.phase > proceeding || tx.phase == proceeding && tx.Request.Method == INVITE {
		tx.mu.Unlock()
		return
	}
	tx.interval *= 2
	if tx.Request.Method != INVITE {
		tx.interval = min(tx.interval, tx.e.cfg.T2)
		if tx.phase == proceeding {
			tx.interval = tx.e.cfg.T2
		}
	}
	tx.again.Reset(tx.interval)
	tx.mu.Unlock()
	if err := tx.Flow.write(tx.data); err != nil {
		tx.fail(err)
	}
}

func (tx *ClientTx) timeout() {
	tx.e.cfg.Count("tx", "timeout")
	tx.fail(ErrTimeout)
}

// fail ends a transaction that has no final response.
func (tx *ClientTx) fail(err error) {
	tx.mu.Lock()
	early := tx.phase < accepted
	tx.mu.Unlock()
	tx.Abandon()
	if early {
		tx.tell(Result{Err: err})
	}
}

// Abandon ends the transaction; nothing more is told of it.
func (tx *ClientTx) Abandon() {
	tx.mu.Lock()
	tx.phase = terminated
	for _, t := range []*time.Timer{tx.again, tx.end} {
		if t != nil {
			t.Stop()
		}
	}
	tx.mu.Unlock()
	tx.e.mu.Lock()
	if tx.e.clients[tx.key] == tx {
		delete(tx.e.clients, tx.key)
	}
	tx.e.mu.Unlock()
}

// endAfter sets the last timer; the lock is held.
func (tx *ClientTx) endAfter(d time.Duration, what func()) {
	if tx.end != nil {
		tx.end.Stop()
	}
	tx.end = time.AfterFunc(d, what)
}

// response sorts a response to its transaction.
func (e *Endpoint) response(res *Response, from Flow) {
	branch, _ := res.Via().Params.Get("branch")
	key := branch + "|" + string(res.CSeq().MethodName)
	e.mu.Lock()
	tx := e.clients[key]
	e.mu.Unlock()
	switch {
	case tx != nil:
		tx.receive(res, from)
	case res.IsSuccess() && res.CSeq().MethodName == INVITE:
		e.user.Stray(res, from)
	default:
		e.cfg.Count("dropped", "response without a request")
	}
}

// receive moves on by a response (RFC 3261 figures 5 and 6, RFC 6026 section 7.2).
func (tx *ClientTx) receive(res *Response, from Flow) {
	invite := tx.Request.Method == INVITE
	tx.mu.Lock()
	pass := tx.phase < accepted
	switch {
	case tx.phase == accepted:
		pass = res.IsSuccess()
	case tx.phase == completed && invite && res.StatusCode >= 300:
		tx.mu.Unlock()
		_ = tx.Flow.write(tx.ack)
		return
	case !pass:
	case res.StatusCode < 200:
		tx.provisional(invite)
	case invite && res.IsSuccess():
		tx.settle(accepted, 64*tx.e.cfg.T1) // M
	case invite:
		tx.ack = []byte(tx.acknowledge(res))
		tx.settle(completed, tx.wait(64*tx.e.cfg.T1)) // D
		_ = tx.Flow.write(tx.ack)
	default:
		tx.settle(completed, tx.wait(tx.e.cfg.T4)) // K
	}
	tx.mu.Unlock()
	if pass {
		tx.tell(Result{Response: res, From: from})
	}
}

// provisional stops the retransmissions of INVITE and its timeout: it may ring for as long as somebody lets it.
func (tx *ClientTx) provisional(invite bool) {
	first := tx.phase == calling
	tx.phase = proceeding
	if invite && first {
		if tx.again != nil {
			tx.again.Stop()
		}
		tx.end.Stop()
	}
}

func (tx *ClientTx) settle(to phase, stay time.Duration) {
	tx.phase = to
	if tx.again != nil {
		tx.again.Stop()
	}
	tx.endAfter(stay, tx.Abandon)
}

func (tx *ClientTx) wait(d time.Duration) time.Duration {
	if tx.Flow.Reliable() {
		return 0
	}
	return d
}

// acknowledge makes the ACK of a refusal (RFC 3261 section 17.1.1.3).
func (tx *ClientTx) acknowledge(res *Response) string {
	r := tx.follow(ACK, res.To())
	r.SetBody(nil)
	return r.String()
}
