import { scenarios } from '../shared/scenarios.ts';
import { apiBench } from './api-bench.ts';

scenarios('on a real kube-apiserver', apiBench);
