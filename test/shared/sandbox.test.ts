import { sandboxBench } from './sandbox-bench.ts';
import { scenarios } from './scenarios.ts';

scenarios('on the sandbox', sandboxBench);
