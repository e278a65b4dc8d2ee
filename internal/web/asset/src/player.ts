// <bw-player>: a recording with its waveform. Without scripts the browser's own player stands there; with them the waveform
// is the slider: a click or the arrows move within it, the blank plays and pauses.
const speeds = [1, 1.25, 1.5, 2];

class Player extends HTMLElement {
  private audio!: HTMLAudioElement;
  private button = document.createElement("button");
  private speed = document.createElement("button");
  private time = document.createElement("span");

  connectedCallback() {
    const audio = this.querySelector("audio");
    if (!audio || this.dataset.ready) return;
    this.audio = audio;
    this.dataset.ready = "true";
    this.controls();
    const wave = this.querySelector<SVGElement>(".wave");
    if (wave) this.slider(wave);
    for (const event of ["play", "pause", "timeupdate", "seeked", "loadedmetadata", "ended"]) audio.addEventListener(event, () => this.show());
    audio.addEventListener("error", () => (audio.hidden = false));
    audio.hidden = true;
    this.show();
  }

  disconnectedCallback() {
    this.audio?.pause();
  }

  private get length() {
    return Number.isFinite(this.audio.duration) ? this.audio.duration : Number(this.dataset.seconds ?? 0);
  }

  private controls() {
    const bar = document.createElement("div");
    bar.className = "player-bar";
    this.button.type = this.speed.type = "button";
    this.button.className = "button player-play";
    this.speed.className = "button button-small button-quiet";
    this.time.className = "number player-time";
    this.button.addEventListener("click", () => this.toggle());
    this.speed.addEventListener("click", () => {
      this.audio.playbackRate = speeds[(speeds.indexOf(this.audio.playbackRate) + 1) % speeds.length];
      this.show();
    });
    bar.append(this.button, this.time, this.speed);
    this.append(bar);
  }

  private slider(wave: SVGElement) {
    wave.setAttribute("role", "slider");
    wave.setAttribute("tabindex", "0");
    wave.setAttribute("aria-label", this.dataset.seek ?? "");
    wave.setAttribute("aria-valuemin", "0");
    wave.addEventListener("click", (event) => {
      const box = wave.getBoundingClientRect();
      this.seek(((event.clientX - box.left) / box.width) * this.length);
    });
    wave.addEventListener("keydown", (event) => this.key(event));
  }

  private key(event: KeyboardEvent) {
    const step = 5;
    const moves: Record<string, number> = { ArrowLeft: -step, ArrowRight: step, ArrowDown: -step, ArrowUp: step, PageDown: -30, PageUp: 30 };
    if (event.key in moves) this.seek(this.audio.currentTime + moves[event.key]);
    else if (event.key === "Home") this.seek(0);
    else if (event.key === "End") this.seek(this.length);
    else if (event.key === " ") this.toggle();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private toggle() {
    if (this.audio.paused) void this.audio.play().catch(() => (this.audio.hidden = false));
    else this.audio.pause();
  }

  private seek(to: number) {
    const at = Math.min(Math.max(0, to), this.length);
    if (this.audio.readyState === 0) {
      this.audio.preload = "metadata";
      this.audio.addEventListener("loadedmetadata", () => (this.audio.currentTime = at), { once: true });
      this.audio.load();
    } else {
      this.audio.currentTime = at;
    }
    this.show();
  }

  private show() {
    const [at, length] = [this.audio.currentTime, this.length];
    this.button.textContent = (this.audio.paused ? this.dataset.play : this.dataset.pause) ?? "";
    this.time.textContent = `${clock(at)} / ${clock(length)}`;
    this.speed.textContent = `${this.audio.playbackRate}×`;
    this.speed.setAttribute("aria-label", `${this.dataset.speed ?? ""} ${this.audio.playbackRate}×`);
    const wave = this.querySelector(".wave");
    wave?.querySelector(".wave-played")?.setAttribute("width", length ? `${(at / length) * 100}%` : "0");
    if (wave?.getAttribute("role") !== "slider") return;
    wave.setAttribute("aria-valuemax", String(Math.round(length)));
    wave.setAttribute("aria-valuenow", String(Math.round(at)));
    wave.setAttribute("aria-valuetext", `${clock(at)} / ${clock(length)}`);
  }
}

function clock(seconds: number) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

customElements.define("bw-player", Player);
