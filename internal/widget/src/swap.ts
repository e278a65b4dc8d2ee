// Finds the site's numbers, however they are written, and writes others in their place in the same way (Rules C-42 to C-45).
import { Numbers } from "./settings";

const root = document.documentElement;

// Text of neighbouring nodes is searched as one, for a number may be in several. The joint is half of a character that nobody may use.
const joint = "\udbff";

// gap is what may stand between two digits: spaces, dashes, brackets, a joint.
const gap = "\\W{0,9}";
const left = "script,textarea,select,[contenteditable],[data-no-swap]";

// known are the numbers that a page may show, each with its target: the site's own, and whatever is written in their place.
const known = S.n;
const wanted: Numbers = {};
let pattern: RegExp | undefined;

// budget ends a quarrel with a script that writes the old number back each time.
let budget: number;

export const seen = new Set<string>();

const spaced = (digits: string) => digits.split("").join(gap);

const swapped = (text: string) => text.replace(pattern!, (match, ...found) => {
  const [target, from] = known[found.findIndex((f) => f)], to = wanted[target];
  seen.add(target);
  if (!to) return match;
  // The head, trunk prefix or country code, stays as it was written where the country does.
  const head = match.replace(/\D/g, "").slice(0, -from[2].length);
  const digits = (from[0] == to[0] ? head : (head == from[0] ? "" : "+") + to[0]) + to[2];
  let i = 0;
  return match.replace(/\d/g, () => digits[i++] || "") + digits.slice(i);
});

// scan looks at the texts and the tel: links below a node, the node among them.
function scan(from: Node) {
  const nodes: Node[] = [];
  const collect = (n: any) => {
    if (n.nodeType == 3) nodes.push(n);
    else if (n.matches && !n.matches(left)) {
      if (/^tel:/i.test(n.attributes.href?.value)) nodes.push(n.attributes.href);
      n.childNodes.forEach(collect);
    }
  };
  collect(from);
  const texts = swapped(nodes.map((n) => n.nodeValue).join(joint)).split(joint);
  nodes.map((n, i) => {
    if (n.nodeValue != texts[i]) n.nodeValue = texts[i], budget--;
  });
}

// What scripts and the parser add is swapped before it is painted; what we write ourselves is not looked at.
const observer = new MutationObserver((records) => {
  const changed = new Set<any>(records.flatMap((r) => r.type == "childList" ? [...r.addedNodes] : r.target.parentNode));
  for (const n of changed) budget > 0 && n && !changed.has(n.parentNode) && !n.parentNode?.closest?.(left) && scan(n);
  observer.takeRecords();
});

// swap shows these numbers from now on. A target that has lost its number gets the site's own back.
export function swap(numbers: Numbers = {}) {
  let news: unknown = !pattern && known[0];
  budget = 1e3;
  for (const [target] of known) {
    const to = numbers[target] || wanted[target] && known.find((k) => k[0] == target)![1];
    if (to && to + "" != wanted[target] as any) known.push([target, wanted[target] = to]), news = 1;
  }
  if (news) {
    pattern = RegExp("\\b(?:" + known.map(([, [country, trunk, national]]) =>
      "((?:0*" + spaced(country) + gap + ")?(?:" + trunk + gap + ")?" + spaced(national) + ")",
    ).join("|") + ")\\b", "g");
    scan(root);
    addEventListener("load", () => scan(root)); // for a number whose elements came one after another
    observer.takeRecords();
    observer.observe(root, { childList: true, subtree: true, characterData: true, attributeFilter: ["href"] });
  }
}
