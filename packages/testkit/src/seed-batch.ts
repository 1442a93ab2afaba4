import { type Database, lineId, makeId } from '@catwalk/infra/postgres';
import { runSql } from './run-sql.js';

/** What of a seeded batch matters to a test. */
interface SeededBatchSettings {
  readonly client?: string;
  readonly state?: string;
  /** So many lines, spread evenly, are its pilot, for which all others wait. */
  readonly pilot?: number;
  readonly pauseOnFailures?: { readonly ratio: number; readonly after: number };
  readonly maxImages?: number;
  readonly priority?: number;
}

/** A batch and the ids of its jobs, in the order of its lines. */
export interface SeededBatch {
  readonly id: string;
  readonly ids: readonly string[];
  readonly pilotIds: readonly string[];
}

/** Stores a batch of so many lines, as if it had been received. */
export async function seedBatch(
  db: Database,
  lines: number,
  settings: SeededBatchSettings = {},
): Promise<SeededBatch> {
  const {
    client = 'shop',
    state = 'running',
    pilot = 0,
    pauseOnFailures,
    maxImages,
    priority = 1,
  } = settings;
  const id = makeId('bat');
  const ids = Array.from({ length: lines }, (_, index) => lineId(id, index + 1));
  const pilotIds = Array.from({ length: pilot }, (_, n) => ids[Math.floor((n * lines) / pilot)] ?? '');
  await runSql(
    db.url,
    `INSERT INTO catwalk.batch (id, client, format, options, state, state_since, pilot, pilot_ids, piloting,
       failure_ratio, failures_after, max_images, priority, total, images, created_at, updated_at)
     VALUES ($1, $2, 'ndjson', '', $3, clock_timestamp(), nullif($4, 0), $5, $4 > 0, $6, $7, $8, $9, $10, $10,
       clock_timestamp(), clock_timestamp())`,
    [
      id,
      client,
      state,
      pilot,
      pilotIds,
      pauseOnFailures?.ratio ?? null,
      pauseOnFailures?.after ?? null,
      maxImages ?? null,
      priority,
      lines,
    ],
  );
  await runSql(
    db.url,
    `INSERT INTO catwalk.try_on (id, client, origin, human_image, dress_input, image_count, batch_id, batch_line,
       priority, lane, flow, status, status_since, due_at, created_at, updated_at)
     SELECT l.id, $2, 'batch', 'https://pictures.example/person-' || l.id || '.jpg',
       'https://pictures.example/dress.jpg', 1, $1, l.line, $4, '*',
       CASE WHEN l.id = ANY ($5) THEN $1 || ' pilot' ELSE $1 END, 'queued', now(), now(), now(), now()
     FROM unnest($3::text[]) WITH ORDINALITY AS l(id, line)`,
    [id, client, ids, priority, pilotIds],
  );
  return { id, ids, pilotIds };
}
