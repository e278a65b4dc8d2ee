package sip_test

import (
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"bellwether/internal/sip"
)

// BenchmarkCall sets calls up and ends them over loopback, 50 at a time: an INVITE out and one in, as a call through a PBX has, with
// 180, 200, ACK and BYE. cpu-us/op is the processor time of both sides together.
func BenchmarkCall(b *testing.B) {
	stack := func() (*sip.Stack, string) {
		s, err := sip.New(sip.Config{Host: realm, SessionExpires: -1})
		if err != nil {
			b.Fatal(err)
		}
		conn, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		if err := s.ServeUDP(conn); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(s.Close)
		return s, conn.LocalAddr().String()
	}
	callee, addr := stack()
	callee.Handle(answering{})
	if err := callee.SetTrunks([]sip.Trunk{{ID: "in", Sources: loopback}}); err != nil {
		b.Fatal(err)
	}
	caller, _ := stack()
	if err := caller.SetTrunks([]sip.Trunk{{ID: "out", Sources: loopback}}); err != nil {
		b.Fatal(err)
	}
	before := processorTime(b)
	b.ResetTimer()
	work := make(chan bool)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for range work {
				oneCall(b, caller, addr)
			}
		})
	}
	for range b.N {
		work <- true
	}
	close(work)
	all.Wait()
	b.StopTimer()
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/float64(b.N), "cpu-us/op")
}

func oneCall(b *testing.B, caller *sip.Stack, addr string) {
	over := make(chan bool, 1)
	_, err := caller.Dial(sip.Target{URI: "sip:100@" + addr, From: sip.Party{User: "1"}, SDP: offer}, func(l *sip.Leg, e sip.Event) {
		switch e.(type) {
		case sip.Answered:
			l.Hangup(sip.Normal)
		case sip.Ended:
			over <- true
		case sip.Refused, sip.Lost:
			over <- false
		}
	})
	if err != nil {
		b.Error(err)
		return
	}
	if !<-over {
		b.Error("a call was lost")
	}
}

func processorTime(b *testing.B) time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
