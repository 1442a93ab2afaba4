import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCatwalk } from './run-catwalk.js';
import { type BatchServer, batchId, startBatchServer } from './start-batch-server.js';

let server: BatchServer;
const folder = mkdtempSync(join(tmpdir(), 'catwalk-control-'));
beforeAll(async () => {
  server = await startBatchServer();
  writeFileSync(join(folder, 'catalogue.csv'), 'customId\n');
});
beforeEach(() => {
  server.lines = [
    { customId: 'a', ends: 'succeeded' },
    { customId: 'b', ends: 'failed' },
  ];
  server.state = 'finished';
  server.paused = null;
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const batch = (...typed: string[]) => runCatwalk(folder, { CATWALK_URL: server.url }, 'batch', ...typed);
const last = () => server.asked.at(-1);

describe('catwalk batch', () => {
  it.each([
    ['status', [batchId], `GET /v1/batches/${batchId}`],
    ['cancel', [batchId], `POST /v1/batches/${batchId}/cancel`],
    ['pause', [batchId], `POST /v1/batches/${batchId}/pause`],
    ['priority', [batchId, 'low'], `POST /v1/batches/${batchId}/priority`],
  ])('%s does that and shows how the batch stands then, also as JSON', async (name, args, line) => {
    const before = server.askedFor(line).length;
    const { code, stdout } = await batch(name, ...args);
    expect(code).toBe(0);
    expect(server.askedFor(line)).toHaveLength(before + 1);
    expect(stdout).toContain(`${batchId} finished, some failed,`);
    expect(stdout).toContain('try-ons  2: 1 succeeded, 1 failed');
    expect(JSON.parse((await batch(name, ...args, '--json')).stdout)).toMatchObject({ id: batchId });
  });

  it('status of one that has ended names its first failures, and the command that shows them all', async () => {
    const failed = (customId: string) => ({ customId, ends: 'failed' as const });
    server.lines = ['b', 'c', 'd', 'e', 'f', 'g'].map(failed);
    const { stdout } = await batch('status', batchId);
    expect(stdout).toContain('\nb  content_rejected: refused\nc  content_rejected: refused\n');
    expect(stdout).toMatch(
      new RegExp(`… and 1 more in \`npx catwalk batch results ${batchId} --status failed --format csv\`\n$`),
    );
    server.lines = [failed('b'), { customId: 'c', ends: 'open' }];
    expect((await batch('status', batchId)).stdout).not.toContain('content_rejected: refused');
  });

  it('knows a batch by the folder of its run', async () => {
    await batch('run', 'catalogue.csv', '--out', 'results/', '--yes');
    const { code, stdout } = await batch('status', '--out', 'results');
    expect(code).toBe(0);
    expect(stdout).toContain(batchId);
    expect(await batch('status')).toMatchObject({ code: 1 });
    expect((await batch('status', '--out', 'elsewhere')).stderr).toContain('elsewhere knows of no batch');
  });

  it('sends failed ones again only when that is agreed to, and says what was left out', async () => {
    const refused = await batch('retry-failed', batchId);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('agree with --yes');
    const { code, stdout } = await batch('retry-failed', batchId, '--yes');
    expect(code).toBe(0);
    expect(stdout).toBe('31 retried, left out: 6 unproven\n');
    expect(server.askedFor(`POST /v1/batches/${batchId}/retry-failed`)).toHaveLength(1);
  });

  it('lets a paused one go on only when that is agreed to', async () => {
    const since = '2030-01-31T12:00:00.000Z';
    server.state = 'paused';
    server.paused = { reason: 'failures', detail: '12 of 30 failed', actor: 'system', since };
    const refused = await batch('unpause', batchId);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('paused by system (failures): 12 of 30 failed');
    expect(server.askedFor(`POST /v1/batches/${batchId}/resume`)).toEqual([]);
    expect(await batch('unpause', batchId, '--yes')).toMatchObject({ code: 0 });
    expect(server.askedFor(`POST /v1/batches/${batchId}/resume`)).toHaveLength(1);
  });

  it('prints results as lines or as a table, from where one wants', async () => {
    const { stdout } = await batch('results', batchId, '--status', 'succeeded,failed', '--after', '1');
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).customId),
    ).toEqual(['b']);
    expect(last()?.query).toMatchObject({ status: 'succeeded,failed', after: '1' });
    const csv = await batch('results', batchId, '--format', 'csv', '--status', 'failed');
    expect(csv.stdout).toBe('customId,status\nb,failed\n');
  });

  it('lists the newest', async () => {
    const { stdout } = await batch('list', '--limit', '5');
    expect(stdout).toMatch(new RegExp(`^batch .*\n${batchId}  some_failed  2 `));
  });

  it('says of an unknown one that it is none, and where nobody answers, that nobody does', async () => {
    const unknown = await batch('status', `bat_${'f'.repeat(32)}`);
    expect(unknown).toMatchObject({ code: 1, stderr: 'catwalk: batch_not_found: there is no such batch\n' });
    const away = await batch('status', batchId, '--url', 'http://127.0.0.1:9');
    expect(away.code).toBe(1);
    expect(away.stderr).toMatch(/^catwalk: .*no connection.*127\.0\.0\.1:9/);
  });

  it('sends the key it was given', async () => {
    await batch('status', batchId, '--key', 'a-key-of-mine');
    expect(last()?.headers.authorization).toBe('Bearer a-key-of-mine');
  });
});
