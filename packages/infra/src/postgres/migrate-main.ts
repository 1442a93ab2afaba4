import { explainStartFailure } from '../process/run-app.js';
import { migrate } from './migrate.js';

/** The containers' one-shot: migrates the database of `DATABASE_URL` and ends. */
const url = process.env.DATABASE_URL;
if (url === undefined || url === '') {
  console.error('DATABASE_URL: is required');
  process.exitCode = 1;
} else {
  try {
    await migrate(url);
    console.log('database migrated');
    // The engine leaves a timer of ten seconds behind.
    process.exit(0);
  } catch (error) {
    console.error(explainStartFailure('migrate', error));
    process.exit(1);
  }
}
