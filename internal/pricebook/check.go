package pricebook

import (
	"slices"
	"strings"
)

// checker looks at a book as a whole, once it is read: what each value may be is checked where it is read.
type checker struct {
	*reader
	*Book
	root *node
}

func (c *checker) check() {
	c.checkDescription()
	c.checkProducts()
	c.checkNumbers()
	c.checkPackages()
	c.checkLegs()
	c.checkDiscounts()
	c.checkLoyalty()
	c.checkTerms()
	c.checkTaxes()
	c.checkLifecycle()
	c.checkLimits()
}

// at reports a mistake of a kind at a place given by field names and indexes.
func (c *checker) at(path []any, code, hint, format string, args ...any) {
	c.problem(c.root.find(path...), say(code, format, args...), hint)
}

func place(steps ...any) []any { return steps }

func contains[T comparable](list []T, item T) bool { return slices.Contains(list, item) }

func (c *checker) checkDescription() {
	for i, currency := range c.Currencies {
		if slices.Index(c.Currencies, currency) < i {
			c.at(place("currencies", i), "twice", "keep one", "%s stands twice in currencies", currency)
		}
	}
	if len(c.Products) == 0 && c.Terms == nil && len(c.Numbers) == 0 && len(c.found) == 0 {
		c.at(nil, "sells_nothing", "add products, numbers or terms", "the book sells nothing")
	}
}

// checkUnique reports the second of two things with one name.
func checkUnique[T any](c *checker, section []any, list []T, name func(T) string) {
	seen := map[string]bool{}
	for i, item := range list {
		switch name := name(item); {
		case name == "":
		case seen[name]:
			c.at(append(slices.Clone(section), i, "name"), "name_taken", "give each a name of its own", "the name %s is taken", name)
		default:
			seen[name] = true
		}
	}
}

func (c *checker) checkProducts() {
	checkUnique(c, place("products"), c.Products, func(p Product) string { return p.Name })
	for i, p := range c.Products {
		c.checkReferences(p, i, "needs", p.Needs)
		c.checkReferences(p, i, "included_with", p.IncludedWith)
	}
	c.checkCycle("needs", func(p Product) []string { return p.Needs })
	c.checkCycle("included_with", func(p Product) []string { return p.IncludedWith })
	uses := map[string]string{}
	for i, p := range c.Products {
		if p.Slots == nil || p.Slots.Use == "" {
			continue
		}
		if other, taken := uses[p.Slots.Use]; taken {
			c.at(place("products", i, "slots"), "slots_taken", "let one product count them", "numbers used for %s fill the slots of %s already", p.Slots.Use, other)
		}
		uses[p.Slots.Use] = p.Name
	}
}

func (c *checker) productNames() []string {
	var names []string
	for _, p := range c.Products {
		names = append(names, p.Name)
	}
	return names
}

func (c *checker) checkReferences(p Product, i int, field string, names []string) {
	for j, name := range names {
		at := place("products", i, field, j)
		switch _, known := c.Product(name); {
		case name == "":
		case !known:
			c.at(at, "unknown_product", suggest(name, c.productNames()), "%s of product %s: the book has no product %s", field, p.Name, name)
		case name == p.Name:
			c.at(at, "names_itself", "leave it out", "%s of product %s names the product itself", field, p.Name)
		case slices.Index(names, name) < j:
			c.at(at, "twice", "keep one", "%s stands twice in %s of product %s", name, field, p.Name)
		}
	}
}

// checkCycle reports each product that reaches itself through others, once a cycle: at its first product.
func (c *checker) checkCycle(field string, next func(Product) []string) {
	told := map[string]bool{}
	for i, p := range c.Products {
		cycle := c.cycleFrom(p.Name, next)
		if len(cycle) < 2 || told[p.Name] {
			continue
		}
		for _, name := range cycle {
			told[name] = true
		}
		c.at(place("products", i, field), "circle", "drop one of them", "%s goes round in a circle: %s", field, strings.Join(append(cycle, p.Name), " -> "))
	}
}

// cycleFrom finds the shortest way from a product back to itself; nil where there is none.
func (c *checker) cycleFrom(start string, next func(Product) []string) []string {
	from := map[string]string{}
	queue := []string{start}
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		p, _ := c.Product(name)
		for _, to := range next(p) {
			if to == start {
				way := []string{name}
				for name != start {
					name = from[name]
					way = append(way, name)
				}
				slices.Reverse(way)
				return way
			}
			if _, seen := from[to]; !seen {
				from[to] = name
				queue = append(queue, to)
			}
		}
	}
	return nil
}
