package media

import (
	"net/netip"
	"os"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// poller finds the sockets of one loop that have something to read (epoll, level-triggered).
type poller struct {
	fd     int
	events [128]unix.EpollEvent
	buffer [maxPacket]byte

	mu      sync.Mutex
	sockets map[int32]*rawSocket
}

// readsATurn bounds what one turn reads of a socket: what floods it waits in its own buffer and is lost there, at 1,600 packets a second.
const readsATurn = 8

func newPoller() (*poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	return &poller{fd: fd, sockets: map[int32]*rawSocket{}}, nil
}

func (p *poller) open(local netip.AddrPort, receive receiver) (socket, error) {
	return openRaw(p, local, receive)
}

func (p *poller) add(fd int, s *rawSocket) error {
	p.mu.Lock()
	p.sockets[int32(fd)] = s
	p.mu.Unlock()
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}
	return os.NewSyscallError("epoll_ctl", unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, fd, &event))
}

func (p *poller) remove(fd int) {
	_ = unix.EpollCtl(p.fd, unix.EPOLL_CTL_DEL, fd, nil)
	p.mu.Lock()
	delete(p.sockets, int32(fd))
	p.mu.Unlock()
}

// turn reads whatever waits, a datagram of each socket in turn.
func (p *poller) turn() {
	p.mu.Lock()
	rounds := readsATurn * (1 + len(p.sockets)/len(p.events))
	p.mu.Unlock()
	for range rounds {
		n, _, failed := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd), uintptr(unsafe.Pointer(&p.events[0])),
			uintptr(len(p.events)), 0, 0, 0)
		if failed != 0 || n == 0 {
			return
		}
		now := time.Now()
		for i := range p.events[:n] {
			p.mu.Lock()
			s := p.sockets[p.events[i].Fd]
			p.mu.Unlock()
			if s != nil {
				s.read(p.buffer[:], now)
			}
		}
	}
}

func (p *poller) close() { _ = unix.Close(p.fd) }
