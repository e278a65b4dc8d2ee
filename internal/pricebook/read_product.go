package pricebook

// Words of the format that more than one section uses.
const (
	ownerOperator = "operator"
	ownerCustomer = "customer"
	useTracking   = "tracking"
	usePBX        = "pbx"
	kindRent      = "number_rent"
	kindProduct   = "product_fee"
)

var numberKinds = []string{"local", "mobile", "toll_free"}

func readProduct(s *section) Product {
	return Product{
		Name:         s.name(s.required("name", "virtual_pbx"), "name"),
		Title:        s.texts(s.required("title", "Virtual PBX"), "title"),
		Monthly:      s.price(s.required("monthly", s.example()), "monthly"),
		Includes:     s.includes(),
		Needs:        s.names("needs"),
		IncludedWith: s.names("included_with"),
		Seats:        s.seats(),
		Slots:        s.slots(),
		Sessions:     s.sessions(),
		Sample:       s.flag("sample"),
		Source:       s.text(s.optional("source"), "source"),
	}
}

func (s *section) includes() []Text {
	var result []Text
	for _, n := range s.items(s.optional("includes"), "includes") {
		result = append(result, s.texts(n, "includes"))
	}
	return result
}

func (s *section) seats() *Seats {
	g := s.sub("seats")
	if g == nil {
		return nil
	}
	defer g.done()
	return &Seats{
		Included: g.included(),
		Monthly:  g.price(g.required("monthly", g.example()), "monthly"),
		Sample:   g.flag("sample"),
	}
}

func (s *section) included() int64 {
	return s.count(s.required("included", "5"), "included", 0, maxCount)
}

func (s *section) slots() *Slots {
	g := s.sub("slots")
	if g == nil {
		return nil
	}
	defer g.done()
	return &Slots{
		Included: g.included(),
		Use:      g.word(g.required("use", useTracking), "use", useTracking, usePBX),
		Monthly:  g.price(g.required("monthly", g.example()), "monthly"),
		Sample:   g.flag("sample"),
	}
}

func (s *section) sessions() *Sessions {
	g := s.sub("sessions")
	if g == nil {
		return nil
	}
	defer g.done()
	period := g.word(g.required("period", string(SessionsPerDay)), "period", string(SessionsPerDay), string(SessionsPer30Days))
	return &Sessions{
		Included: g.included(),
		Period:   SessionPeriod(period),
		Each:     g.price(g.required("each", g.example()), "each"),
		Sample:   g.flag("sample"),
	}
}

func (s *section) bundle() Bundle {
	g := s.sub("bundle")
	if g == nil {
		return Bundle{}
	}
	defer g.done()
	var b Bundle
	for _, n := range g.items(g.required("discounts", "[0, 5, 10]"), "discounts") {
		b.Discounts = append(b.Discounts, g.percent(n, "discounts"))
	}
	b.Sample = g.flag("sample")
	return b
}
