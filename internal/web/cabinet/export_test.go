package cabinet

// Instead makes every route do the same, behind the need of its own.
func (c *Cabinet) Instead(action Action) {
	for _, route := range c.routes {
		route.action = action
	}
}
