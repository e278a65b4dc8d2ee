// Package products is the pages on which a project chooses what it pays for: products with their packages, terms and
// plans, the price book and its versions, and numbers.
//
// It owns how they are shown and asked about. It owns no price and no rule: what a change would cost is what billing's
// preview says, which makes the change and undoes it; what a period would have cost is what the simulator says. Invariants:
//
//   - Whatever costs money is asked about first, on a page that shows its effect.
//   - What can be taken back is taken back on the day it was done; after midnight it is another change, and asked about.
//   - Every change stands in the trail with what was before and after it.
package products
