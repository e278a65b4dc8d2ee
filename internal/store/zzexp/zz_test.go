package zzexp
import ("context";"fmt";"testing";"time";"strings"
"bellwether/internal/store";"bellwether/internal/store/storetest";"syscall")
var cols = strings.Split("project_id,leg_id,kind,to_number,number,owner,state,hold_id,held,opened_at,answered_at,heartbeat_at,elapsed,seconds,billable,minutes,package,amount,day,prefix,zone,per_minute,book,entry_id,cause,closed_at,max_seconds,hold_seconds",",")
func cpu() time.Duration { var r syscall.Rusage; syscall.Getrusage(0,&r); return time.Duration(r.Utime.Nano()+r.Stime.Nano()) }
func BenchmarkX(b *testing.B){
 def := func(suffix string) string { var s []string; for _,c := range cols { t:="BIGINT NOT NULL"; switch c {case "project_id","leg_id","kind","to_number","number","owner","state","package","prefix","zone","book","cause": t="TEXT NOT NULL"}; s=append(s,c+" "+t)}; return strings.Join(s,",")+suffix }
 for name, ddl := range map[string][]string{
  "append": {"CREATE TABLE z("+def("")+")","CREATE UNIQUE INDEX z1 ON z(leg_id,project_id)"},
  "append+day": {"CREATE TABLE z("+def("")+")","CREATE UNIQUE INDEX z1 ON z(leg_id,project_id)","CREATE INDEX z2 ON z(project_id,day,leg_id)"},
  "clustered": {"CREATE TABLE z("+def(", PRIMARY KEY(project_id,leg_id)")+") WITHOUT ROWID"},
  "clustleg": {"CREATE TABLE z("+def(", PRIMARY KEY(leg_id,project_id)")+") WITHOUT ROWID"},
 } { for _, projects := range []int{1,1000} { b.Run(fmt.Sprintf("%s/%d",name,projects), func(b *testing.B){
  db := storetest.SQLite(b); ctx := context.Background()
  for _,d := range ddl { if err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { _,err := tx.Exec(ctx,d); return err}); err!=nil {b.Fatal(err)} }
  b.ResetTimer(); c0 := cpu(); n:=0
  for n < b.N { rows := [][]any{}
   for range 256 { p := fmt.Sprintf("project-%04d", n*7919%projects); n++
    rows = append(rows, []any{p, fmt.Sprintf("%016x-leg",n),"outbound","+380671234567","","","settled",int64(0),int64(0),int64(1700000000000000+n),int64(1700000000000000),int64(1700000000000000),int64(61),int64(61),int64(61),int64(0),"",int64(1234567),int64(19000),"38067","Ukraine mobile Kyivstar",int64(120000),"ringostat@2021-01-01",int64(1700000000000000*256),"normal",int64(1700000000000000),int64(0),int64(0)}) }
   if err := db.Write(ctx, func(ctx context.Context, tx *store.Tx) error { return tx.Insert(ctx,"z",cols,rows)}); err!=nil {b.Fatal(err)} }
  b.ReportMetric(float64((cpu()-c0).Nanoseconds())/float64(n),"cpu-ns/row"); b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n),"ns/row")
 })}}}
