import { afterAll, expect, it } from 'vitest';
import { RULES } from '../contract/normalise.ts';
import { subjects } from '../contract/scenarios/index.ts';
import { check, prepared } from '../contract/suite.ts';
import { realTarget } from '../contract/target.ts';
import { readTranscript } from '../contract/transcript.ts';
import { place } from './operator.ts';

/** The transcripts that the sandbox is held against are what this API server answers, too. */
const target = realTarget(place('KUBECONFIG'));

afterAll(() => target.close());

it('answers as it did when the transcripts were recorded', async () => {
  await prepared(target, async () => {
    for (const subject of subjects) {
      const { failures, requests } = await check(target, subject, readTranscript(subject.name), false);
      console.log(`${subject.name}: ${requests} requests, ${failures.length} differences`);
      expect(failures.slice(0, 20), subject.name).toEqual([]);
    }
  });
  console.log(`not compared: ${RULES.map(([what]) => what).join('; ')}`);
});
