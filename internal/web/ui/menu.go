package ui

// MenuView is a menu: its button, its links, and whether it opens towards the left.
type MenuView struct {
	Button Button
	Links  []Link
	End    bool
}
