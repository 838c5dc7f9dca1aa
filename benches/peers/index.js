// The page that leads to the pages of figures in a directory.

import { existsSync } from 'node:fs';
import { join } from 'node:path';

export function indexPage(dir, parts) {
  const there = parts.filter(({ name }) => existsSync(join(dir, `${name}.md`)));
  return `# Figures

What \`make bench-peers\` measured on one machine, written by the run itself; \`benches/peers/README.md\` says what is measured
and what is unfair about each comparison.

${there.map(({ name, title }) => `- [${title}](${name}.md)`).join('\n')}

Steading alone, under faults and on little:

- [An hour of faults](soak.md): \`make soak\`
- [A small board, simulated](small-machine.md): \`make small-machine\`

Steading alone, on your machine, is measured by \`steading bench\`; what the figures mean and what moves them is in
[performance.md](../performance.md).
`;
}
