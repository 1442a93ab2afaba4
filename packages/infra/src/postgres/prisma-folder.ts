import { fileURLToPath } from 'node:url';

/** The prisma folder of the repository; `src` and `dist` lie equally deep. */
export const PRISMA_FOLDER = fileURLToPath(new URL('../../../../prisma', import.meta.url));
