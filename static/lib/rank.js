// @ts-check
// Which names fit a few letters, the best first.

/**
 * @template {{ name: string }} N
 * @param {N[]} named
 * @param {string} text
 * @returns {N[]}
 */
export function rank(named, text) {
  const wanted = text.toLowerCase();
  if (!wanted) return named;
  return named
    .map((one, place) => ({ one, place, fit: fitOf(one.name.toLowerCase(), wanted) }))
    .filter(({ fit }) => fit > 0)
    .sort((a, b) => b.fit - a.fit || a.place - b.place)
    .map(({ one }) => one);
}

/** @param {string} name @param {string} wanted */
function fitOf(name, wanted) {
  if (name.startsWith(wanted)) return 4;
  if (name.split(/[\s,-]+/).some((word) => word.startsWith(wanted))) return 3;
  if (name.includes(wanted)) return 2;
  let from = 0;
  for (const letter of wanted) {
    from = name.indexOf(letter, from) + 1;
    if (!from) return 0;
  }
  return 1;
}
