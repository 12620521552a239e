import type { Subject } from '../step.ts';
import { applying } from './apply.ts';
import { basics } from './basics.ts';
import { controllers } from './controllers.ts';
import { deletion } from './deletion.ts';
import { kubectl } from './kubectl.ts';
import { lists } from './lists.ts';
import { ownership } from './ownership.ts';
import { validation } from './validation.ts';
import { watches } from './watch.ts';

export const subjects: readonly Subject[] = [
  basics,
  applying,
  ownership,
  lists,
  watches,
  validation,
  deletion,
  controllers,
  kubectl,
];
