package pricebook

var (
	// chargeKinds are the kinds of ledger entries that charge a project; pricing.Kind names the same.
	chargeKinds = []string{"product_fee", "seat_fee", "slot_fee", "number_rent", "sessions", "call", "sms", "package_overage", "minimum", "term"}
	// paymentMethods are the ways in which money comes in.
	paymentMethods = []string{"card", "bank", "wallet", "terminal"}
)

func (s *section) loyalty() *Loyalty {
	g := s.sub("loyalty")
	if g == nil {
		return nil
	}
	defer g.done()
	l := &Loyalty{
		Methods:         g.words("methods", paymentMethods...),
		Months:          list(g, "months", "loyalty period", readLoyaltyMonths),
		Cap:             g.percent(g.required("cap", "20"), "cap"),
		Applies:         LoyaltyApplies(g.word(g.required("applies", "next"), "applies", string(LoyaltyNext), string(LoyaltySame))),
		Combine:         LoyaltyCombine(g.word(g.required("combine", "max"), "combine", string(CombineMax), string(CombineSum))),
		RequiresProduct: g.flag("requires_product"),
		PaysFor:         g.words("pays_for", chargeKinds...),
	}
	g.required("methods", "[card]")
	g.required("months", "a list such as - {days: 30, months: 1}")
	g.required("pays_for", "[product_fee]")
	return l
}

func readLoyaltyMonths(s *section) LoyaltyMonths {
	return LoyaltyMonths{
		Days:   s.count(s.required("days", "30"), "days", 1, 3650),
		Months: s.count(s.required("months", "1"), "months", 0, 120),
	}
}

func readLongTerm(s *section) LongTerm {
	return LongTerm{
		Days:   s.count(s.required("days", "90"), "days", 1, 3650),
		Off:    s.off(),
		Sample: s.flag("sample"),
	}
}

func (s *section) off() Percent { return s.percent(s.required("off", "5"), "off") }

func (s *section) terms() *Terms {
	g := s.sub("terms")
	if g == nil {
		return nil
	}
	defer g.done()
	t := &Terms{
		MonthDays: g.count(g.required("month_days", "30"), "month_days", 28, 31),
		Lengths:   list(g, "lengths", "term length", readTermLength),
		Plans:     list(g, "plans", "plan", readPlan),
		ExtraUser: g.price(g.required("extra_user", g.example()), "extra_user"),
		Sample:    g.flag("sample"),
	}
	g.required("lengths", "a list such as - {months: 1, off: 0}")
	g.required("plans", "a list such as - {name: starter, title: Starter, monthly: 990, free_users: 1}")
	return t
}

func readTermLength(s *section) TermLength {
	return TermLength{
		Months: s.count(s.required("months", "3"), "months", 1, 120),
		Off:    s.off(),
		Sample: s.flag("sample"),
	}
}

const unlimitedWord = "unlimited"

func readPlan(s *section) Plan {
	return Plan{
		Name:      s.name(s.required("name", "starter"), "name"),
		Title:     s.texts(s.required("title", "Starter"), "title"),
		Monthly:   s.price(s.required("monthly", s.example()), "monthly"),
		FreeUsers: s.freeUsers(),
		Sample:    s.flag("sample"),
	}
}

func (s *section) freeUsers() int64 {
	n := s.required("free_users", "3")
	if n != nil && n.kind == textNode && n.text == unlimitedWord {
		return Unlimited
	}
	if n != nil && n.kind != numberNode {
		s.problem(n, say("wrong_kind", "%s is not a number", s.within("free_users")), "write a whole number, or unlimited")
		return 0
	}
	return s.count(n, "free_users", 0, maxCount)
}

func readAgencyTier(s *section) AgencyTier {
	return AgencyTier{
		From:   s.price(s.required("from", s.example()), "from"),
		Off:    s.off(),
		Sample: s.flag("sample"),
	}
}

func readTax(s *section) Tax {
	return Tax{
		Country:  s.taxCountry(),
		Kind:     s.choice("kind", append([]string{"*"}, chargeKinds...)...),
		Rate:     s.percent(s.required("rate", "20"), "rate"),
		Included: s.flag("included"),
		Sample:   s.flag("sample"),
	}
}

func (s *section) taxCountry() string {
	n := s.required("country", "UA")
	text := s.text(n, "country")
	if text != "" && text != anyCountry && !isCode(text, 2, 'A', 'Z') {
		s.problem(n, say("tax_country", "a tax needs a country"), `write an ISO 3166 code such as UA, or "*" for any`)
	}
	return text
}
