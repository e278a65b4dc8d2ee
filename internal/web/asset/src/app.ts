// What every page runs: htmx for swapping the main region, and the small elements of the design system. A page works
// without any of it.
import "../vendor/htmx-4.0.1.js";
import "./dialog";
import "./keys";
import "./known";
import "./follow";
import "./later";
import "./menu";
import "./narrow";
import "./palette";
import "./swap";
import "./theme";
import "./toast";
import "./copy";
import "./guess";
import "./passkey";
import "./player";
import "./print";
import "./since";
import "./tabs";
import "./chart-lazy";
import "./live-client";
import "./talk";
import "./chat";

document.documentElement.dataset.scripted = "";
