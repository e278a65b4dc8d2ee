// What is known of the visitor and the visit, and where it is kept: nowhere without consent (Rules C-50 to C-52).
import { Numbers } from "./settings";

type Kept = { c?: number; v?: string; s?: string; n?: Numbers; u?: string; r?: string; t?: number };

const name = "bellwether";

export let kept: Kept = {};

export const cookie = (of: string) => ("; " + document.cookie).split("; " + of + "=")[1]?.split(";")[0];

// What another page has kept. What is older than a visit is forgotten, but for the visitor.
try {
  kept = JSON.parse(localStorage[name] || sessionStorage[name]);
} catch {}
if (!(Date.now() - kept.t! < 18e5)) kept = { c: kept.c, v: kept.v };

// keep writes what is known where the level of consent allows, and takes away what a higher one has left.
export function keep(level: number) {
  const before = kept.c!;
  kept.c = level;
  if (level < before) kept.v = kept.s = kept.n = void 0;
  try {
    if (level || before) {
      document.cookie = name + "=" + kept.v + S.a + ";max-age=" + (level - 1) * 34128e3;
      [sessionStorage, localStorage].map((store, i) => i == level - 1 ? store[name] = JSON.stringify(kept) : delete store[name]);
    }
  } catch {}
}
