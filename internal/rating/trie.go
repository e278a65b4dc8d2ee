package rating

import "math/bits"

// trie finds which of many prefixes a number begins with. Nodes stand in breadth-first order, so a node's children are
// neighbours and a bit mask with one offset finds each: 12 bytes a node, no pointers.
type trie []node

type node struct {
	digits uint16 // bit d is set where a child continues with digit d
	first  uint32 // index of the child with the lowest digit
	group  uint32 // 1 + index of the prefix that ends here, or zero
}

// newTrie builds a trie over sorted, distinct prefixes of digits.
func newTrie(prefixes []string) trie {
	type stretch struct{ low, high, depth int } // prefixes[low:high] share their first depth digits
	nodes := trie{{}}
	queue := []stretch{{0, len(prefixes), 0}}
	for i := 0; i < len(queue); i++ {
		q := queue[i]
		at := node{first: uint32(len(nodes))}
		if q.low < q.high && len(prefixes[q.low]) == q.depth {
			at.group = uint32(q.low) + 1
			q.low++
		}
		for low := q.low; low < q.high; {
			digit, high := prefixes[low][q.depth], low+1
			for high < q.high && prefixes[high][q.depth] == digit {
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

// path is the groups a number passes on its way down: shortest prefix first.
type path struct {
	groups [maxDigits]uint32
	length int
}

// find walks a number of at most maxDigits digits down the trie.
func (t trie) find(digits string) (p path) {
	at := &t[0]
	for i := range len(digits) {
		below := uint16(1) << (digits[i] - '0')
		if at.digits&below == 0 {
			return p
		}
		at = &t[at.first+uint32(bits.OnesCount16(at.digits&(below-1)))]
		if at.group > 0 {
			p.groups[p.length] = at.group - 1
			p.length++
		}
	}
	return p
}
