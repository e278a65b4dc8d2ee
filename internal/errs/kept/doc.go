// Package kept writes errors down, to be told later to a reader whose language nobody knows yet.
//
// It owns how an error looks in a column of text. It does not own what readers are told, which the texts of errors do, by code.
//
// Invariants:
//   - What is read back has the code and the parameters of what was written, amounts as amounts and dates as dates,
//     so that it is told as if it had just happened.
//   - An error of ours has no code: nobody is told more than that it is one.
//   - The whole English of an error stays beside it, for logs and programs.
package kept
