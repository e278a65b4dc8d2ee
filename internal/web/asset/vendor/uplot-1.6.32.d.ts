// What the chart uses of uPlot is checked by its tests; the library brings no types in the file that is kept here.
declare const uPlot: any;
type uPlot = any;
export default uPlot;
