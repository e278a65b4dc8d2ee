// What the page says to scripts, in <meta name="bw">.
type Told = {
  chart: string;
  chartStyle: string;
  live: string;
  words: Record<string, string>;
};

const meta = document.querySelector<HTMLMetaElement>('meta[name="bw"]');

export const told: Told = JSON.parse(meta?.content ?? '{"words":{}}');

export function word(name: string): string {
  return told.words[name] ?? name;
}

// The parts of htmx that are used here.
type Swapping = {
  ajax(method: string, path: string, options: object): Promise<void>;
  process(root: Element): void;
};

export const htmx = (window as unknown as { htmx: Swapping }).htmx;

export function byID<T extends HTMLElement>(id: string): T | null {
  return document.getElementById(id) as T | null;
}

// typing tells whether keys now go into a text.
export function typing(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return !!element?.closest?.("input, textarea, select, [contenteditable]");
}
