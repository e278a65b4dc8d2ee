package media

import (
	"net/netip"
	"os"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// rawSocket is a socket that its loop polls. The runtime's own poller does not know it: that would wake a thread for each
// packet, which costs as much as the packet. Sockets of one call never have two packets waiting, so recvmmsg and sendmmsg
// gather nothing here; what is gathered is the waking, once a tick for all sockets.
type rawSocket struct {
	poller  *poller
	receive receiver
	family  int

	mu sync.RWMutex // held while the descriptor is in use: a number that was closed is soon somebody else's
	fd int          // -1 once closed
}

func openRaw(p *poller, local netip.AddrPort, receive receiver) (socket, error) {
	family := unix.AF_INET
	if local.Addr().Is6() {
		family = unix.AF_INET6
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, unix.IPPROTO_UDP)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	s := &rawSocket{poller: p, receive: receive, family: family, fd: fd}
	if err := s.bind(local); err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return s, nil
}

func (s *rawSocket) bind(local netip.AddrPort) error {
	var address unix.Sockaddr = &unix.SockaddrInet4{Port: int(local.Port())}
	if s.family == unix.AF_INET6 {
		address = &unix.SockaddrInet6{Port: int(local.Port()), Addr: local.Addr().As16()}
	} else {
		address.(*unix.SockaddrInet4).Addr = local.Addr().As4()
	}
	if err := unix.Bind(s.fd, address); err != nil {
		return os.NewSyscallError("bind", err)
	}
	return s.poller.add(s.fd, s)
}

// read takes one datagram; another one is told by the next poll.
func (s *rawSocket) read(buffer []byte, now time.Time) {
	var address unix.RawSockaddrInet6 // the larger of the two
	if n, ok := s.take(buffer, &address); ok {
		s.receive(buffer[:n], addressOf(&address), now)
	}
}

func (s *rawSocket) take(buffer []byte, address *unix.RawSockaddrInet6) (int, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.fd < 0 {
		return 0, false
	}
	length := uint32(unsafe.Sizeof(*address))
	n, _, failed := unix.RawSyscall6(unix.SYS_RECVFROM, uintptr(s.fd), uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)),
		unix.MSG_DONTWAIT, uintptr(unsafe.Pointer(address)), uintptr(unsafe.Pointer(&length)))
	return int(n), failed == 0
}

func addressOf(raw *unix.RawSockaddrInet6) netip.AddrPort {
	port := raw.Port<<8 | raw.Port>>8 // in the order of the network
	if raw.Family == unix.AF_INET {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(raw))
		return netip.AddrPortFrom(netip.AddrFrom4(v4.Addr), port)
	}
	return netip.AddrPortFrom(netip.AddrFrom16(raw.Addr).Unmap(), port)
}

func (s *rawSocket) send(datagram []byte, to netip.AddrPort) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.fd < 0 || len(datagram) == 0 {
		return os.ErrClosed
	}
	var address unix.RawSockaddrInet6
	length := fill(&address, s.family, to)
	_, _, failed := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(s.fd), uintptr(unsafe.Pointer(&datagram[0])), uintptr(len(datagram)),
		unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, uintptr(unsafe.Pointer(&address)), length)
	if failed != 0 {
		return failed
	}
	return nil
}

func fill(raw *unix.RawSockaddrInet6, family int, to netip.AddrPort) uintptr {
	port := to.Port()<<8 | to.Port()>>8
	if family == unix.AF_INET {
		v4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(raw))
		v4.Family, v4.Port = unix.AF_INET, port
		if to.Addr().Is4() {
			v4.Addr = to.Addr().As4()
		}
		return unsafe.Sizeof(*v4)
	}
	raw.Family, raw.Port, raw.Addr = unix.AF_INET6, port, to.Addr().As16()
	return unsafe.Sizeof(*raw)
}

func (s *rawSocket) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fd >= 0 {
		s.poller.remove(s.fd)
		_ = unix.Close(s.fd)
		s.fd = -1
	}
}
