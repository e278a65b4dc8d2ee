package ui

// LaterHeader is the header with which a page asks for a part of itself; without it the same address is a page of its own.
const LaterHeader = "Bw-Part"
