import { cloudScenarios } from './cloud-scenarios.ts';
import { sandboxBench } from './sandbox-bench.ts';

cloudScenarios('whole clouds on the sandbox', sandboxBench);
