package pricebook

func readNumberRule(s *section) NumberRule {
	return NumberRule{
		Name:    s.name(s.required("name", "local"), "name"),
		Match:   s.match(),
		Monthly: s.price(s.required("monthly", s.example()), "monthly"),
		Charged: Advance(s.choice("charged", string(AdvanceNone), string(AdvanceMonth))),
		Kind:    s.choice("kind", kindRent, kindProduct),
		Sample:  s.flag("sample"),
	}
}

// choice reads an optional word; the first of those known is meant where it is left out.
func (s *section) choice(name string, known ...string) string {
	if n := s.optional(name); n != nil {
		return s.word(n, name, known...)
	}
	return known[0]
}

// maybe reads an optional word without a default.
func (s *section) maybe(name string, known ...string) string {
	return s.word(s.optional(name), name, known...)
}

func (s *section) match() NumberMatch {
	g := s.sub("match")
	if g == nil {
		return NumberMatch{}
	}
	defer g.done()
	return NumberMatch{
		Owner:    g.maybe("owner", ownerOperator, ownerCustomer),
		Kinds:    g.words("kinds", numberKinds...),
		Use:      g.maybe("use", useTracking, usePBX),
		Prefixes: g.prefixes(),
	}
}

func (s *section) prefixes() []string {
	var result []string
	for _, n := range s.items(s.optional("prefixes"), "prefixes") {
		result = append(result, s.prefix(n, "prefixes"))
	}
	return result
}

// prefix reads leading digits of an international number, with or without quotes.
func (s *section) prefix(n *node, name string) string {
	if n == nil {
		return ""
	}
	if n.kind != numberNode && n.kind != textNode || !isPrefix(n.text) {
		s.problem(n, say("bad_value", "%s cannot be %.40q", s.within(name), n.text), "write the first 1 to 15 digits of the international number without +, such as 38067")
		return ""
	}
	return n.text
}

func isPrefix(text string) bool {
	if text == "" || len(text) > 15 || text[0] == '0' {
		return false
	}
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

func readService(s *section) ServiceRule {
	return ServiceRule{
		Name:    s.name(s.required("name", "tracker_service"), "name"),
		Title:   s.texts(s.required("title", "Tracker service"), "title"),
		Match:   s.match(),
		Monthly: s.price(s.required("monthly", s.example()), "monthly"),
		Sample:  s.flag("sample"),
	}
}

func readMinimum(s *section) MinimumRule {
	return MinimumRule{
		Name:   s.name(s.required("name", "any_number"), "name"),
		Match:  s.match(),
		Amount: s.price(s.required("amount", s.example()), "amount"),
		Sample: s.flag("sample"),
	}
}
