import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'test/model/**/*.test.ts',
      'test/shared/**/*.test.ts',
      'test/contract/**/*.test.ts',
      'test/simulation/**/*.test.ts',
    ],
    environment: 'node',
    testTimeout: 20_000,
  },
});
