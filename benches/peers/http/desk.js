// The records that all keep: those of a service desk, of which each is open.

const DESCRIPTION =
  'It happens every morning between eight and nine, on both screens, and goes away when the cable is pulled ' +
  'and put back. A colleague has the same since the last update.';

export const LIST_LENGTH = 30;

export function ask(number) {
  return { title: `The display flickers at desk ${number}`, description: DESCRIPTION, priority: 'normal' };
}
