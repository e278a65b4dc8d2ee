package rating

import (
	"math"
	"math/bits"
)

// trie finds which of many prefixes a number begins with. Nodes stand in breadth-first order, so a node's children are
// neighbours and a bit mask with one offset finds each: 12 bytes a node, no pointers. A look-up is bound by memory, so
// a node also says itself where the rows of its prefix stand.
type trie []node

type node struct {
	digits uint16 // bit d is set where a child continues with digit d
	count  uint16 // rows of the prefix that ends here; zero where none does
	row    uint32 // index of the first of them
	first  uint32 // index of the child with the lowest digit
}

// maxRows is how many rows one prefix may have, by node.count.
const maxRows = math.MaxUint16

// newTrie builds a trie over rows sorted by prefix, whose prefixes are digits.
func newTrie(rows []Row) trie {
	type stretch struct{ low, high, depth int } // rows[low:high] share the first depth digits
	nodes := trie{{}}
	queue := []stretch{{0, len(rows), 0}}
	for i := 0; i < len(queue); i++ {
		q := queue[i]
		at := node{row: uint32(q.low), first: uint32(len(nodes))}
		for q.low < q.high && len(rows[q.low].Prefix) == q.depth {
			at.count++
			q.low++
		}
		for low := q.low; low < q.high; {
			digit, high := rows[low].Prefix[q.depth], low+1
			for high < q.high && rows[high].Prefix[q.depth] == digit {
				high++
			}
			at.digits |= 1 << (digit - '0')
			nodes = append(nodes, node{})
			queue = append(queue, stretch{low, high, q.depth + 1})
			low = high
		}
		nodes[i] = at
	}
	return nodes
}

// path is the nodes at which a prefix of a number ends, shortest first.
type path struct {
	nodes  [maxDigits]uint32
	length int
}

// find walks a number of at most maxDigits digits down the trie.
func (t trie) find(digits string) (p path) {
	at := uint32(0)
	for i := range len(digits) {
		here, below := &t[at], uint16(1)<<(digits[i]-'0')
		if here.digits&below == 0 {
			return p
		}
		at = here.first + uint32(bits.OnesCount16(here.digits&(below-1)))
		if t[at].count > 0 {
			p.nodes[p.length] = at
			p.length++
		}
	}
	return p
}
