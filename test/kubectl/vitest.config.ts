import { defineConfig } from 'vitest/config';

/** The real kubectl on the simulated cluster; `npm run test:kubectl`. */
export default defineConfig({
  test: {
    include: ['test/kubectl/**/*.test.ts'],
    testTimeout: 400_000,
    hookTimeout: 180_000,
    maxConcurrency: 4,
    fileParallelism: false,
    pool: 'forks',
  },
});
