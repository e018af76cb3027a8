// One small contract from its notice to its closing, each step by the person whose duty it is and on the day it falls on.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Stage } from "../lib/stage.mjs";
import * as begin from "./engagement/begin.mjs";
import * as tender from "./engagement/tender.mjs";

/** Everybody's knowledge of the story: identifiers of records by what they are. */
const told = {};
let stage;
const RULE = [["適用開始日", "使わない利用者を止めるまでの日数"], ["2025-01-27", "730"]];

before(async () => {
  stage = await Stage.of("2025-01-27");
  // Some come to their desk only twice a year; their accounts are not to be stopped in between.
  await stage.bring("account_rule", RULE);
});

after(async () => {
  await stage?.end();
});

/** An act on its day. When one fails, those after it have nothing to stand on. */
function act(moment, name, play) {
  test(`${moment}: ${name}`, async (context) => {
    if (told.stopped) return context.skip(`after: ${told.stopped}`);
    try {
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
