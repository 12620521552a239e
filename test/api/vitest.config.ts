import { defineConfig } from 'vitest/config';

/** Suites on a real kube-apiserver with controller-manager, scheduler and simulated nodes; `npm run test:api`. */
export default defineConfig({
  test: {
    include: ['test/api/**/*.test.ts'],
    globalSetup: ['test/api/setup.ts'],
    testTimeout: 240_000,
    hookTimeout: 240_000,
    fileParallelism: false,
    pool: 'forks',
  },
});
