// Who takes part over HTTP, and with which settings.

export const CONTENDERS = [
  steading('Steading', 'its default', 'full'),
  steading('Steading', 'not flushed', 'normal'),
  pocketbase('PocketBase', 'its default', 'normal'),
  pocketbase('PocketBase', 'flushed', 'full'),
];

export function nameOf({ name, synchronous }) {
  return `${name}, ${synchronous.toUpperCase()}`;
}

function steading(name, variant, synchronous) {
  return { name, variant, synchronous, file: 'steading', type: 'Steading', runtime: 'node', ours: true };
}

function pocketbase(name, variant, synchronous) {
  return { name, variant, synchronous, file: 'pocketbase', type: 'PocketBase', runtime: 'node', ours: false };
}
