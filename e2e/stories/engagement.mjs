// One small contract from its notice to its closing, each step by the person whose duty it is and on the day it falls on.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Stage } from "../lib/stage.mjs";
import * as begin from "./engagement/begin.mjs";
import * as end from "./engagement/end.mjs";
import * as months from "./engagement/months.mjs";
import * as papers from "./engagement/papers.mjs";
import * as tender from "./engagement/tender.mjs";
import * as year from "./engagement/year.mjs";

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

/** An act of the story on its day. When one fails, those after it have nothing to stand on. */
function story(name, moment, play) {
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

story("the officer announces and a firm asks", "2025-02-03", tender.announce);
story("all are answered and three firms qualify and bid under seal", "2025-02-13T10:00", tender.bid);
story("two open the first round: all above the ceiling so a second round is held at once", "2025-03-04T10:05", tender.firstRound);
story("two open the second round: a tie and lots that anybody can do again", "2025-03-04T11:05", tender.secondRound);
story("the award is decided and told", "2025-03-04T13:30", tender.award);
story("the contract is signed under terms learnt while running and its deadlines stand", "2025-04-01", begin.sign);
story("plan and baseline are agreed and a meeting is called", "2025-04-07", begin.plan);
story("the meeting turns into minutes that all confirm; things are lent and entrusted", "2025-04-08T15:00", begin.firstMeeting);

/** The routine of a month, and what else happens on that day. */
function monthly(name, moment, at, ...more) {
  story(name, moment, async () => {
    await months.month(stage, told, at, at === 0 || at === 11);
    // One claim is forgotten.
    if (at !== months.LATE) await months.pay(stage, told, at);
    for (const play of more) await play(stage, told);
  });
}

monthly("April is reported, inspected and claimed through the pages", "2025-05-09", 0);
monthly("May; an issue is raised, a risk gets its plan for the worst", "2025-06-06", 1, year.trouble);
monthly("June; the second meeting, the issue is solved and approved", "2025-07-07", 2, year.solved);
monthly("July; a worker is replaced, a subcontract approved", "2025-08-07", 3, year.changes);
monthly("August; the change is done", "2025-09-05", 4, year.changed);
monthly("September; the manual comes a week late", "2025-10-07", 5, year.late);
story("the manual fails inspection", "2025-10-14", year.fails);
story("what came late is mended and accepted and the delay costs a penalty", "2025-10-24", year.reworked);
monthly("October; the third meeting, the penalty is paid", "2025-11-10", 6, year.thirdMeeting);
monthly("November; a claim is forgotten", "2025-12-05", 7);
monthly("December", "2026-01-09", 8);
monthly("January", "2026-02-06", 9);
monthly("February; the forgotten claim is paid with interest", "2026-03-06", 10, months.payLate);
monthly("March; everything goes back", "2026-04-07", 11, end.giveBack);
story("all is back and the contract is completed and closed", "2026-04-14", async () => {
  await end.complete(stage, told);
  await end.close(stage, told);
});
story("every document of it is printed", "2026-04-15", papers.all);
