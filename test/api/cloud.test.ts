import { cloudScenarios } from '../shared/cloud-scenarios.ts';
import { apiBench } from './api-bench.ts';

cloudScenarios('whole clouds on a real kube-apiserver', apiBench);
