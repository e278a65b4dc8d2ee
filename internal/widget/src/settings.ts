// What the server puts beside the core, as the argument of the function it wraps it in. doc.go explains the fields.
export type Parts = [country: string, trunk: string, national: string];

export type Numbers = Record<string, Parts>;

export type Settings = {
  k: string; h: string; o: RequestCredentials; a: string; b: string; c?: number; m?: string; g: number;
  n: [target: string, parts: Parts][];
  x: string[];
  f: string[];
};

export type Answer = { v: string; s: string; n: Numbers; b: number; promo?: string };

// Tag is window.bellwether, which pages call and what is loaded on demand is given.
export type Tag = ((what: "consent" | "set" | "lead", value: any) => void) & { q?: any };

declare global {
  const S: Settings;
}
