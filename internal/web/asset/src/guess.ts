// <bw-guess>: fills the zone, country and currency of a new project in with what the browser's clock says, once, and keeps
// the currency with the country until somebody chooses one.
type Guesses = { countries: Record<string, string>; currencies: Record<string, string> };

// Browsers keep some zones under their old names.
const renamed: Record<string, string> = { "Europe/Kiev": "Europe/Kyiv", "Asia/Calcutta": "Asia/Kolkata" };

class Guess extends HTMLElement {
  connectedCallback() {
    const guesses = JSON.parse(this.dataset.guesses ?? "{}") as Guesses;
    const list = (name: string) => this.querySelector<HTMLSelectElement>(`select[name="${name}"]`);
    const zone = list("time_zone"), country = list("country"), currency = list("currency");
    if (!zone || !country || !currency) return;
    let chosen = false;
    currency.addEventListener("change", () => { chosen = true; });
    const follow = () => {
      const usual = guesses.currencies[country.value];
      if (usual && !chosen) currency.value = usual;
    };
    country.addEventListener("change", follow);
    if (!("fresh" in this.dataset)) return;
    const said = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const here = renamed[said] ?? said;
    if (!here || here === "UTC") return;
    if (![...zone.options].some((o) => o.value === here)) zone.add(new Option(here, here));
    zone.value = here;
    const found = guesses.countries[here];
    if (found) country.value = found;
    follow();
  }
}

customElements.define("bw-guess", Guess);
