// Every journey, one after the other, against one server with real data.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, pictureOfFailure } from "./browser.js";
import { JOURNEYS as allowances } from "./journeys/allowances.js";
import { JOURNEYS as backups } from "./journeys/backups.js";
import { JOURNEYS as doors } from "./journeys/doors.js";
import { JOURNEYS as events } from "./journeys/events.js";
import { JOURNEYS as files } from "./journeys/files.js";
import { JOURNEYS as finding } from "./journeys/finding.js";
import { JOURNEYS as hostile } from "./journeys/hostile.js";
import { JOURNEYS as house } from "./journeys/house.js";
import { JOURNEYS as keyboard } from "./journeys/keyboard.js";
import { JOURNEYS as limits } from "./journeys/limits.js";
import { JOURNEYS as newcomer } from "./journeys/newcomer.js";
import { JOURNEYS as pace } from "./journeys/pace.js";
import { JOURNEYS as people } from "./journeys/people.js";
import { JOURNEYS as pictures } from "./journeys/pictures.js";
import { JOURNEYS as sparing } from "./journeys/sparing.js";
import { JOURNEYS as system } from "./journeys/system.js";
import { JOURNEYS as tabs } from "./journeys/tabs.js";
import { JOURNEYS as telemetry } from "./journeys/telemetry.js";
import { JOURNEYS as work } from "./journeys/work.js";
import { Receiver } from "./receiver.js";
import { seed } from "./seed.js";
import { Server } from "./server.js";

/** @typedef {{ server: Server, receiver: Receiver, browser: import("playwright-core").Browser, token: string }} World */

/** @type {World} */
const world = /** @type {any} */ ({});

before(async () => {
  world.receiver = await Receiver.start();
  // Webhooks go to no machine of this network, but for the one that the journeys look at.
  world.server = await Server.start({ STEADING__OUTBOUND__ALLOW: world.receiver.host, STEADING__TELEMETRY__SAMPLE: "100%" });
  world.browser = await launch();
});

after(async () => {
  await world.browser?.close();
  const errors = world.server.errors();
  await world.server.stop();
  await world.receiver.stop();
  assert.deepEqual(errors, [], "the server's log has errors");
});

/** Journeys that take longer than a minute, in minutes. @type {Record<string, number>} */
const PATIENCE = {
  a_failing_webhook_goes_from_red_to_fixed_to_replayed: 2, an_owner_goes_back_and_comes_back_from_there: 2,
  eight_tabs_listen_by_one_stream_of_each_kind: 3, every_page_is_reached_and_left_with_tab_and_nothing_moves: 3,
  hostile_text_in_every_field_stays_text_on_every_page: 8, who_has_read_nothing_sends_breaks_mends_and_sends_again: 3,
};

/** @param {(world: World) => Promise<void>} journey */
function go(journey) {
  const wanted = process.env.JOURNEY;
  if (wanted && !doors.includes(journey) && !journey.name.includes(wanted)) return;
  const patience = process.env.PICTURES ? 5 : (PATIENCE[journey.name] ?? 1);
  test(journey.name.replaceAll("_", " "), { timeout: 60_000 * patience }, async () => {
    try {
      await journey(world);
    } catch (error) {
      await pictureOfFailure(world.browser, journey.name);
      throw error;
    }
  });
}

// The first of these makes the owner, as whom the others come.
for (const journey of doors) go(journey);

test("a desk in the middle of its day", async () => {
  world.token = world.server.run("token", "create", "--account", "ada@example.org");
  await seed(world.server, world.token);
});

for (const journey of [...work, ...limits, ...allowances, ...events, ...telemetry, ...people, ...house, ...system, ...backups, ...newcomer, ...keyboard, ...files, ...pictures, ...pace, ...sparing, ...tabs, ...finding, ...hostile]) go(journey);
