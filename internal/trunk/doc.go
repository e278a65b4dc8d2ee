// Package trunk knows the lines to carriers: the operator's and those that projects bring along. It says which trunk carries a
// number, and over which ones, in which order, a call goes out.
//
// It owns the tables trunk_*. It dials nothing and registers nowhere: the SIP side reads a trunk here, tells how it is
// ([Service.Report]), and counts its channels, which nodes share by [Share]. Who holds a number is package number's to say. Invariants:
//
//   - A trunk is the operator's or one project's; a project's carries that project's calls and numbers only (Rule T-54).
//   - A number is carried by one trunk at most (Rule T-55).
//   - A password is sealed by the vault and never shown again.
//   - A trunk that goes down, or comes up, is told of once (Rule T-58).
package trunk
