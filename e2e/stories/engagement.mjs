// One small contract from its notice to its closing, each step by the person whose duty it is and on the day it falls on.
import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import { after, before, test } from "node:test";
import { Stage } from "../lib/stage.mjs";
import * as begin from "./engagement/begin.mjs";
import * as tender from "./engagement/tender.mjs";

/** Everybody's knowledge of the story: identifiers of records by what they are. */
const told = {};
let stage;

before(async () => {
  stage = await Stage.of("2025-01-27");
});

after(async () => {
  await stage?.end();
});

/** DEV: begin at a day with what was kept of a former run. */
async function keep(moment) {
  const root = process.env.STORY_KEEP;
  if (!root) return true;
  const from = process.env.STORY_FROM;
  if (from && moment < from) return false;
  await stage.close();
  if (from === moment) {
    await fs.rm(stage.data, { recursive: true, force: true });
    await fs.cp(`${root}/${moment}`, stage.data, { recursive: true });
    Object.assign(told, JSON.parse(await fs.readFile(`${root}/${moment}.json`, "utf8")));
  } else {
    await fs.rm(`${root}/${moment}`, { recursive: true, force: true });
    await fs.cp(stage.data, `${root}/${moment}`, { recursive: true });
    await fs.writeFile(`${root}/${moment}.json`, JSON.stringify(told));
  }
  return true;
}

/** An act on its day. When one fails, those after it have nothing to stand on. */
function act(moment, name, play) {
  test(`${moment}: ${name}`, async (context) => {
    if (told.stopped) return context.skip(`after: ${told.stopped}`);
    try {
      if (!(await keep(moment))) return context.skip("begun later");
      await stage.on(moment);
      await play(stage, told);
      for (const person of stage.people.values()) assert.deepEqual(person.problems, [], person.name);
    } catch (failure) {
      told.stopped = name;
      throw failure;
    }
  });
}

act("2025-02-03", "the officer announces, a firm asks", tender.announce);
act("2025-02-13T10:00", "all are answered, three firms qualify and bid under seal", tender.bid);
act("2025-03-04T10:05", "two open the first round: all above the ceiling, a second round at once", tender.firstRound);
act("2025-03-04T11:05", "two open the second round: a tie, lots that anybody can do again", tender.secondRound);
act("2025-03-04T13:30", "the award is decided and told", tender.award);
act("2025-04-01", "the contract is signed under terms learnt while running, its deadlines stand", begin.sign);
act("2025-04-07", "plan and baseline are agreed, a meeting is called", begin.plan);
act("2025-04-08T15:00", "the meeting turns into minutes that all confirm; things are lent and entrusted", begin.firstMeeting);
