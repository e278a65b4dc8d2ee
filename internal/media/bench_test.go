package media_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/ipv4"

	"bellwether/internal/media"
	"bellwether/internal/media/sdp"
)

// calls is how many calls the benchmark holds; its figures are for a hundred.
const calls = 100

// BenchmarkRelay holds 100 calls of G.711 whose peers are another process, and tells what this one needs: CPU as a share of one core, and packets
// that did not come out. An iteration is a second of it. "goroutines" is the plain way, a goroutine for each socket.
//
//	go test ./internal/media -run xxx -bench Relay -benchtime 5x
func BenchmarkRelay(b *testing.B) {
	b.Run("relayed", func(b *testing.B) { benchmarkRelay(b, false) })
	b.Run("recorded", func(b *testing.B) { benchmarkRelay(b, true) })
	b.Run("goroutines/relayed", func(b *testing.B) { benchmarkRelay(b, false, media.PerSocket) })
	b.Run("goroutines/recorded", func(b *testing.B) { benchmarkRelay(b, true, media.PerSocket) })
}

func benchmarkRelay(b *testing.B, recorded bool, change ...func(*media.Config)) {
	e := newEngine(b, change...)
	g := startGenerator(b)
	var ports []string
	for i := range calls {
		caller, staff := benchLeg(b, e, g.addr, &ports), benchLeg(b, e, g.addr, &ports)
		if err := media.Bridge(caller, staff); err != nil {
			b.Fatal(err)
		}
		if recorded {
			if _, err := e.Record(caller, staff, filepath.Join(b.TempDir(), fmt.Sprint(i, ".wav")), nil); err != nil {
				b.Fatal(err)
			}
		}
	}
	g.start(b, ports)
	g.second(b) // the latch, and the sockets' buffers
	b.ResetTimer()
	before, used, sent, received := time.Now(), cpu(), 0, 0
	for b.Loop() {
		s, r := g.second(b)
		sent, received = sent+s, received+r
	}
	b.ReportMetric(100*(cpu()-used).Seconds()/time.Since(before).Seconds(), "%core/100calls")
	b.ReportMetric(float64((cpu()-used).Microseconds())/float64(max(sent, 1)), "µs/packet")
	b.ReportMetric(100*(1-float64(received)/float64(max(sent, 1))), "%lost")
}

// benchLeg makes a leg whose peer is the generator.
func benchLeg(b *testing.B, e *media.Engine, at netip.AddrPort, ports *[]string) *media.Leg {
	leg := newLeg(b, e, media.LegConfig{})
	offer := sdp.Local{Addr: at.Addr(), Port: at.Port(), Codecs: []string{sdp.PCMA}}.Offer()
	answer, err := leg.Answer(offer)
	if err != nil {
		b.Fatal(err)
	}
	ours, err := sdp.Parse(answer)
	if err != nil {
		b.Fatal(err)
	}
	*ports = append(*ports, fmt.Sprint(ours.Audio().Port))
	return leg
}

func cpu() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// generator is the process of the peers: one socket stands for them all.
type generator struct {
	addr netip.AddrPort
	in   *bufio.Scanner
	out  *bufio.Writer
}

// asGenerator makes the test binary the generator.
const asGenerator = "MEDIA_TEST_GENERATOR"

func startGenerator(b *testing.B) *generator {
	command := exec.Command(os.Args[0], "-test.run=^TestGenerator$")
	command.Env = append(os.Environ(), asGenerator+"=1")
	stdin, err := command.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = stdin.Close(); _ = command.Wait() })
	g := &generator{in: bufio.NewScanner(stdout), out: bufio.NewWriter(stdin)}
	g.in.Scan()
	g.addr = netip.MustParseAddrPort(g.in.Text())
	return g
}

func (g *generator) start(b *testing.B, ports []string) {
	if _, err := g.out.WriteString(strings.Join(ports, " ") + "\n"); err != nil || g.out.Flush() != nil {
		b.Fatal("the generator is gone")
	}
}

// second waits for the generator's count of a second.
func (g *generator) second(b *testing.B) (sent, received int) {
	if !g.in.Scan() {
		b.Fatal("the generator is gone")
	}
	if _, err := fmt.Sscan(g.in.Text(), &sent, &received); err != nil {
		b.Fatal(err)
	}
	return sent, received
}

// TestGenerator is no test but the other process of the benchmark.
func TestGenerator(t *testing.T) {
	if os.Getenv(asGenerator) == "" {
		t.Skip("part of the benchmark")
	}
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadBuffer(8 << 20)
	fmt.Println(conn.LocalAddr())
	input := bufio.NewScanner(os.Stdin)
	input.Scan()
	batches := streams(strings.Fields(input.Text()))
	closed := make(chan struct{})
	go func() { input.Scan(); close(closed) }()
	received := make(chan int, 1)
	received <- 0
	go drain(conn, received)
	generate(conn, batches, received, closed)
}

// slots is how many times in 20 ms a part of the streams is sent.
const slots = 20

// streams makes a packet for each port, in the slots of 20 ms.
func streams(ports []string) [slots][]ipv4.Message {
	var batches [slots][]ipv4.Message
	for i, port := range ports {
		var number int
		_, _ = fmt.Sscan(port, &number)
		raw := make([]byte, 172)
		raw[0], raw[1] = 0x80, 8
		binary.BigEndian.PutUint32(raw[8:], uint32(i+1))
		batches[i%slots] = append(batches[i%slots], ipv4.Message{
			Buffers: [][]byte{raw}, Addr: &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: number},
		})
	}
	return batches
}

func drain(conn *net.UDPConn, received chan int) {
	messages := make([]ipv4.Message, 64)
	for i := range messages {
		messages[i].Buffers = [][]byte{make([]byte, 1500)}
	}
	for p := ipv4.NewPacketConn(conn); ; {
		n, err := p.ReadBatch(messages, 0)
		if err != nil {
			return
		}
		received <- <-received + n
	}
}

func generate(conn *net.UDPConn, batches [slots][]ipv4.Message, received chan int, closed chan struct{}) {
	p := ipv4.NewPacketConn(conn)
	ticker := time.NewTicker(time.Millisecond)
	begun, sent, told, slot := time.Now(), 0, 0, 0
	for {
		select {
		case <-closed:
			_ = conn.Close()
			return
		case now := <-ticker.C:
			for due := int(now.Sub(begun) / time.Millisecond); slot < due; slot++ {
				batch := batches[slot%slots]
				for i := range batch {
					raw := batch[i].Buffers[0]
					binary.BigEndian.PutUint16(raw[2:], binary.BigEndian.Uint16(raw[2:])+1)
					binary.BigEndian.PutUint32(raw[4:], binary.BigEndian.Uint32(raw[4:])+160)
				}
				for rest := batch; len(rest) > 0; {
					n, err := p.WriteBatch(rest, 0)
					if err != nil {
						break
					}
					rest, sent = rest[n:], sent+n
				}
			}
			if seconds := int(now.Sub(begun) / time.Second); seconds > told {
				told = seconds
				n := <-received
				received <- 0
				fmt.Println(sent, n)
				sent = 0
			}
		}
	}
}
